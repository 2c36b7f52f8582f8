"""`riverscape maps areas`: how much of a map each class takes."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap

Run = Callable[..., tuple[int, str, str]]
_CODES = np.repeat(np.array([0, 1, 3, 3], np.uint8), 300)[:, None].repeat(40, axis=1)


def _rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["class"]: row for row in csv.DictReader(file)}


def test_pixels_shares_and_square_metres_are_told(run: Run, tmp_path: Path) -> None:
    place = Affine(2, 0, 3e5, 0, -2, 5.3e6), CRS.from_epsg(32619)
    path = ClassMap(_CODES, PUBLISHED_CLASSES, *place).save(tmp_path / "map.tif")
    out = tmp_path / "areas.csv"
    status, said, err = run("maps", "areas", path, "--out", out)
    assert (status, err) == (0, "")
    assert "36,000" not in said
    assert said.split("\n")[1].split() == ["water", "12,000", "33.3", "48,000.0"]
    rows = _rows(out)
    assert [row["pixels"] for row in rows.values()] == ["12000", "0", "24000", "0", "0"]
    assert rows["green vegetation"]["area_m2"] == "96000.000"
    assert rows["green vegetation"]["per_cent"] == "66.6667"
    assert run("maps", "areas", path, "--out", out)[0] == 1
    assert run("maps", "areas", path, "--out", out, "--overwrite")[0] == 0


def test_a_map_without_a_place_has_no_square_metres(run: Run, tmp_path: Path) -> None:
    path = ClassMap(_CODES, PUBLISHED_CLASSES).save(tmp_path / "map.tif")
    status, said, _ = run("maps", "areas", path, "--out", tmp_path / "areas.csv")
    assert status == 0
    assert "square metres" not in said
    assert "area_m2" not in _rows(tmp_path / "areas.csv")["water"]


@pytest.mark.parametrize("name", ["missing.tif", "noise.tif"])
def test_what_is_no_map_is_one_line(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "noise.tif").write_bytes(b"no raster")
    status, _, err = run("maps", "areas", tmp_path / name)
    assert status == 1
    assert err.count("\n") == 1
    assert name in err
