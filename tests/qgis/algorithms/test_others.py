"""The other algorithms in a real QGIS: what they make is what the command line makes."""

import csv
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

Process = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]

TRAIN_SETTINGS = """
[tile_set]
stride_px = 25
rare_stride_px = 10
min_tiles = 5

[training]
epochs = 1
batches_per_epoch = 2
batch_tiles = 8
validation_share = 0.5
"""


@pytest.fixture
def drawn(site: Any, tmp_path: Path) -> Path:
    """Return the site's labels as polygons, in degrees."""
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    import shapely
    from rasterio.features import shapes
    from rasterio.warp import transform_geom

    degrees = CRS.from_epsg(4326)
    with rasterio.open(site.labels) as file:
        found = [*shapes(site.codes, transform=file.transform)]
        there = [transform_geom(file.crs, degrees, shape, precision=12) for shape, _ in found]
    outlines = np.array([shapely.to_wkb(shapely.geometry.shape(shape)) for shape in there])
    names = np.array([PUBLISHED_CLASSES.name_of(int(code)) for _, code in found], object)
    pyogrio.raw.write(
        tmp_path / "drawn.gpkg", outlines, [names], ["cover"], geometry_type="Polygon",
        crs=degrees.to_wkt(), driver="GPKG",
    )  # fmt: skip
    return tmp_path / "drawn.gpkg"


@pytest.fixture
def maps(site: Any, tmp_path: Path) -> tuple[Path, Path]:
    """Return two maps of the site: its labels, and later ones with more water."""
    with rasterio.open(site.image) as file:
        place = file.transform, file.crs
    later = site.codes.copy()
    later[:100] = 1
    return (
        ClassMap(site.codes, PUBLISHED_CLASSES, *place).save(tmp_path / "before.tif"),
        ClassMap(later, PUBLISHED_CLASSES, *place).save(tmp_path / "after.tif"),
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_labels_are_rasterized_as_by_the_command_line(
    process: Process, run: Run, site: Any, drawn: Path, tmp_path: Path
) -> None:
    out, own = tmp_path / "labels.tif", tmp_path / "own.tif"
    asked = {"POLYGONS": drawn, "CLASS_FIELD": "cover", "INPUT": site.image}
    ran = process("rasterizelabels", **asked, OUTPUT=out)
    assert ran.status == 0, ran.text
    words = ("--image", site.image, "--class-field", "cover", "--out", own)
    assert run("labels", "rasterize", drawn, *words)[0] == 0
    assert out.read_bytes() == own.read_bytes()
    ran = process("rasterizelabels", **{**asked, "CLASS_FIELD": "kind"}, OUTPUT=out)
    assert ran.status != 0
    assert "has no field 'kind'" in ran.text


def test_a_map_is_assessed(
    process: Process, run: Run, drawn: Path, maps: tuple[Path, Path], tmp_path: Path
) -> None:
    page, table = tmp_path / "scores.html", tmp_path / "scores.csv"
    ran = process(
        "assess", INPUT=maps[1], REFERENCE=drawn, CLASS_FIELD="cover", HTML=page, TABLE=table
    )
    assert ran.status == 0, ran.text
    status, said, _ = run("assess", maps[1], "--labels", drawn, "--class-field", "cover", "--json")
    assert status == 0
    told = json.loads(said)
    assert ran.results["F1_WEIGHTED"] == pytest.approx(told["all"]["scores"]["f1_weighted"])
    assert ran.results["KAPPA"] == pytest.approx(told["all"]["scores"]["kappa"])
    text = page.read_text(encoding="utf-8")
    for row in told["all"]["classes"]:
        assert f"<td>{row['class']}</td>" in text
        assert f"{row['f1_score']:,.4f}" in text
    for count in np.ravel(told["confusion"]["counts"]):
        assert count == 0 or f">{count:,}</td>" in text
    assert "precision" in rows_of(table)[0]


def test_areas_are_measured(process: Process, maps: tuple[Path, Path], tmp_path: Path) -> None:
    table, page = tmp_path / "areas.csv", tmp_path / "areas.html"
    ran = process("classareas", INPUT=maps[0], TABLE=table, HTML=page)
    assert ran.status == 0, ran.text
    with rasterio.open(maps[0]) as file:
        codes = file.read(1)
    for row in rows_of(table):
        pixels = int((codes == int(row["code"])).sum())
        assert int(row["pixels"]) == pixels
        assert float(row["area_m2"]) == pytest.approx(pixels / 100)
        assert f">{pixels:,}</td>" in page.read_text(encoding="utf-8")


def test_change_is_told(
    process: Process, run: Run, maps: tuple[Path, Path], tmp_path: Path
) -> None:
    out, page, matrix = (tmp_path / f"change.{suffix}" for suffix in ("tif", "html", "csv"))
    before, after = maps
    ran = process("change", BEFORE=before, AFTER=after, OUTPUT=out, HTML=page, MATRIX=matrix)
    assert ran.status == 0, ran.text
    assert run("maps", "change", before, after, "--out", tmp_path / "own")[0] == 0
    assert out.read_bytes() == (tmp_path / "own" / "CHANGE.tif").read_bytes()
    assert matrix.read_text() == (tmp_path / "own" / "CHANGE_pixels.csv").read_text()
    assert "Square metres" in page.read_text(encoding="utf-8")
    assert not (tmp_path / "change").exists()


def test_a_model_is_trained_and_used(
    process: Process, site: Any, drawn: Path, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="training needs the extra `train`")
    (tmp_path / "quick.toml").write_text(TRAIN_SETTINGS)
    other = tmp_path / "data" / "Heron.tif"
    other.write_bytes(site.image.read_bytes())
    (tmp_path / "data" / "SCLS_Heron.tif").write_bytes(site.labels.read_bytes())
    (tmp_path / "data" / "SCLS_Alder.tif").write_bytes(site.labels.read_bytes())
    labels = [tmp_path / "data" / f"SCLS_{name}.tif" for name in ("Heron", "Alder")]
    quick = {"SETTINGS": tmp_path / "quick.toml", "EPOCHS": 1, "INPUTS": [site.image, other]}
    for kind, words in (
        ("rasters", {"LABELS": labels}),
        ("polygons v1.2", {"POLYGONS": drawn, "CLASS_FIELD": "cover"}),
    ):
        model = tmp_path / "models" / kind
        ran = process("train", **quick, **words, MODEL=model)
        assert ran.status == 0, ran.text
        assert json.loads((model / "model.json").read_text())["name"] == kind
        assert f"--out {shlex.quote(str(model))} --name" in ran.results["COMMAND"]
        assert (model.with_name(f"{kind}_training") / "train.json").is_file()
    assert {path.name for path in (tmp_path / "models").iterdir()} == {
        "rasters", "rasters_training", "polygons v1.2", "polygons v1.2_training",
    }  # fmt: skip
    out = tmp_path / "map.tif"
    ran = process("classify", INPUT=site.image, MODEL_FOLDER=model, OUTPUT=out)
    assert ran.status == 0, ran.text
    both = {"LABELS": labels, "POLYGONS": drawn, "CLASS_FIELD": "cover"}
    ran = process("train", **quick, **both, MODEL=tmp_path / "none")
    assert ran.status != 0
    assert "either a polygon layer, or rasters" in ran.text
