"""`riverscape classify`: what it leaves behind."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from riverscape.labels import PUBLISHED_CLASSES
from tests.cli.map_files import BESIDE, MAPS, NAMES, SCHEME, codes_of

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]
Pixels = NDArray[np.uint8]


def test_products_carry_the_names_that_users_of_the_method_know(maps: Path) -> None:
    expected = {"run.json", "report.html", "previews"}
    for name in NAMES:
        expected |= {f"{prefix}{name}{end}" for prefix in MAPS for end in BESIDE}
        expected |= {f"CNN_{name}.csv", f"CSC_{name}.csv", f"FIGURE_{name}.png"}
    assert {path.name for path in maps.iterdir()} == expected


@pytest.mark.parametrize("prefix", MAPS)
@pytest.mark.parametrize("name", NAMES)
def test_maps_open_coloured_and_named(maps: Path, prefix: str, name: str) -> None:
    with rasterio.open(maps / f"{prefix}{name}.tif") as file:
        assert (file.count, file.dtypes, file.nodata) == (1, ("uint8",), 0)
        assert file.shape == (150, 200)
        assert file.colorinterp == (ColorInterp.palette,)
        table = file.colormap(1)
        assert set(np.unique(file.read(1))) <= set(SCHEME.codes)
    assert {code: table[code] for code in SCHEME.codes} == {
        cover.code: (*cover.rgb, 255) for cover in SCHEME
    }
    assert table[0][3] == 0
    root = ElementTree.parse(maps / f"{prefix}{name}.tif.aux.xml").getroot()
    band = root.find("PAMRasterBand[@band='1']")
    assert band is not None
    categories = [entry.text or "" for entry in band.iterfind("CategoryNames/Category")]
    assert dict(enumerate(categories)) == {0: "", **{c.code: c.name for c in SCHEME}}


def test_a_georeferenced_image_keeps_its_place(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    crs, transform = CRS.from_epsg(32619), Affine(0.05, 0, 3e5, 0, -0.05, 5.3e6)
    image = write_raster(tmp_path / "mosaic.tif", photograph, crs=crs, transform=transform)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    for prefix in MAPS:
        with rasterio.open(tmp_path / "maps" / f"{prefix}mosaic.tif") as file:
            assert (file.crs, file.transform, file.shape) == (crs, transform, (150, 200))


def test_where_the_image_holds_no_data_the_maps_hold_none(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    pixels = np.maximum(photograph, 1)
    pixels[:, :, :70] = 0
    image = write_raster(tmp_path / "mosaic.tif", pixels, nodata=0)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    for prefix in MAPS:
        codes = codes_of(tmp_path / "maps" / f"{prefix}mosaic.tif")
        assert not codes[:, :70].any()
        assert codes[:, 70:].all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("phase", ["CNN", "CSC"])
def test_score_tables_say_what_the_maps_score(
    maps: Path, survey: Path, name: str, phase: str
) -> None:
    table = pd.read_csv(maps / f"{phase}_{name}.csv")
    assert list(table) == ["class", "precision", "recall", "f1_score", "support"]
    labels = codes_of(survey / f"SCLS_{name}.tif")
    codes = codes_of(maps / f"CLASS_{phase}_{name}.tif")
    *rows, total = table.itertuples(index=False)
    for found, precision, recall, f1, support in rows:
        code = PUBLISHED_CLASSES.codes[PUBLISHED_CLASSES.names.index(found)]
        hits = np.sum((labels == code) & (codes == code))
        assert support == np.sum(labels == code)
        assert precision == pytest.approx(hits / max(np.sum(codes == code), 1), abs=1e-6)
        assert recall == pytest.approx(hits / max(support, 1), abs=1e-6)
        both = precision + recall
        assert f1 == pytest.approx(2 * precision * recall / both if both else 0, abs=1e-5)
    assert {row[0] for row in rows} == {
        SCHEME.name_of(code) for code in np.union1d(labels, codes) if code
    }
    assert total[0] == "ALL"
    assert total[4] == np.count_nonzero(labels)


def test_the_record_says_what_was_made_of_what(maps: Path, survey: Path, record: Record) -> None:
    content = record(maps)
    assert set(content["images"]) == set(NAMES)
    entry = content["images"]["Alder_0001"]
    assert entry["image"] == str(survey / "Alder_0001.jpg")
    assert entry["labels"] == str(survey / "SCLS_Alder_0001.tif")
    assert re.fullmatch("[0-9a-f]{64}", entry["image_sha256"])
    assert sum(entry["pixels"].values()) == 150 * 200
    assert {"phase 1", "fit", "write"} <= set(entry["seconds"])
    assert content["failures"] == {}
