"""What `riverscape maps` makes of maps, says and refuses."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def class_map(tmp_path: Path) -> Path:
    """Return a map of 100 x 100 px of 2 m: a river across, a gravel bar of 5 px in the forest."""
    codes = np.full((100, 100), 3, np.uint8)
    codes[40:60] = 1
    codes[10, 10:15] = 2
    place = Affine(2, 0, 3e5, 0, -2, 5.3e6), CRS.from_epsg(32619)
    return ClassMap(codes, PUBLISHED_CLASSES, *place).save(tmp_path / "CLASS_CSC_Alder_0001.tif")


def test_polygons_are_written_and_counted(run: Run, class_map: Path, tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    out = tmp_path / "vectors" / "Alder.gpkg"
    status, said, err = run("maps", "vectorize", class_map, "--out", out)
    assert (status, err) == (0, "")
    assert re.search(r"green vegetation +2 +31,980\.0\n", said)
    assert re.search(r"water +1 +8,000\.0\n", said)
    assert f"4 polygons in {out}" in said
    assert pyogrio.read_info(out)["features"] == 4
    status, said, _ = run("maps", "vectorize", class_map, "--out", out)
    assert status == 1
    words = ("--overwrite", "--least-area", 21, "--simplify", 1)
    status, said, err = run("maps", "vectorize", class_map, "--out", out, *words)
    assert (status, err) == (0, "")
    assert "3 polygons in" in said
    assert re.search(r"dry sediment +0 +0\.0\n", said)


def test_a_mask_is_written_of_the_classes_named(run: Run, class_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "mask.tif"
    status, said, err = run("maps", "water-mask", class_map, "--out", out)
    assert (status, said, err) == (0, f"2,000 pixels of water in {out}\n", "")
    both = ("--class", "water", "--class", "dry sediment")
    status, _, err = run("maps", "water-mask", class_map, "--out", out, *both)
    assert status == 1
    assert re.fullmatch(r"riverscape: .*mask\.tif exists already; add --overwrite .*\n", err)
    status, said, _ = run("maps", "water-mask", class_map, "--out", out, *both, "--overwrite")
    assert said == f"2,005 pixels of water and dry sediment in {out}\n"
    with rasterio.open(out) as mask:
        assert mask.read(1).sum() == 2005


def test_change_is_told_in_pixels_and_square_metres(
    run: Run, class_map: Path, tmp_path: Path
) -> None:
    with rasterio.open(class_map) as file:
        codes, place = file.read(1), (file.transform, file.crs)
    later = np.where((codes == 3) & (np.indices(codes.shape)[0] < 5), 1, codes).astype(np.uint8)
    after = ClassMap(later, PUBLISHED_CLASSES, *place).save(tmp_path / "later.tif")
    out = tmp_path / "change"
    status, said, err = run("maps", "change", class_map, after, "--out", out)
    assert (status, err) == (0, "")
    assert "pixels: rows are BEFORE, columns AFTER" in said
    assert re.search(r"│green vegetation │ +500 │ +0 │ +7,495 ?│", said)
    assert re.search(r"│green vegetation │ +2,000\.0 │ +0\.0 │ +29,980\.0 ?│", said)
    assert "paved road" not in said
    assert "changed: 5.0 % of what both maps hold" in said
    names = {path.name for path in out.iterdir()}
    assert {"CHANGE.tif", "CHANGE_pixels.csv", "CHANGE_m2.csv"} <= names
    status, _, err = run("maps", "change", class_map, after, "--out", out)
    assert status == 1
    assert err.count("\n") == 1


def test_other_grids_are_noted(run: Run, class_map: Path, tmp_path: Path) -> None:
    with rasterio.open(class_map) as file:
        codes, transform, crs = file.read(1), file.transform, file.crs
    moved = ClassMap(codes, PUBLISHED_CLASSES, transform * Affine.translation(3, 0), crs)
    after = moved.save(tmp_path / "moved.tif")
    status, _, err = run("maps", "change", class_map, after, "--out", tmp_path / "change")
    assert status == 0
    assert re.fullmatch(r"note: .*moved\.tif has another grid than .*nearest.*\n", err)


@pytest.mark.parametrize("verb", ["vectorize", "water-mask", "change"])
def test_a_map_that_is_not_there_is_named(run: Run, tmp_path: Path, verb: str) -> None:
    missing = tmp_path / "none.tif"
    maps = (missing, missing) if verb == "change" else (missing,)
    status, said, err = run("maps", verb, *maps, "--out", tmp_path / "out.gpkg")
    assert (status, said) == (1, "")
    assert re.fullmatch(r"riverscape: .*none\.tif does not exist\n", err)


def test_other_formats_are_refused_before_any_work(
    run: Run, class_map: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    status, _, err = run("maps", "vectorize", class_map, "--out", tmp_path / "Alder.shp")
    assert status == 1
    assert re.fullmatch(r"riverscape: .*Alder\.shp: polygons are written as \.gpkg, .*\n", err)


def test_progress_is_told_to_programs(run: Run, class_map: Path, tmp_path: Path) -> None:
    words = ("--out", tmp_path / "mask.tif", "--progress", "json")
    _, _, err = run("maps", "water-mask", class_map, *words)
    assert '"stage": "writing the mask"' in err


def test_usage_that_is_wrong_is_told(run: Run, class_map: Path, tmp_path: Path) -> None:
    words = ("--out", tmp_path / "a.gpkg", "--least-area", -1)
    assert run("maps", "vectorize", class_map, *words)[0] == 2
    assert run("maps", "vectorize", class_map)[0] == 2
