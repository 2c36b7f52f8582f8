"""Our algorithms where no dialog asks what is wrong first: in models and in batch mode."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

PyQgis = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]
SCRIPT = "model_and_batch.py"


def test_a_model_maps_an_image_and_measures_the_map(
    pyqgis: PyQgis, run: Run, site: Any, tmp_path: Path
) -> None:
    out, table = tmp_path / "map.tif", tmp_path / "areas.csv"
    before = site.image.read_bytes()
    told = pyqgis(SCRIPT, "model", site.image, out, table)
    assert told["ran"]["ran"], told["said"]
    assert told["ran"]["results"]["classify:OUTPUT"] == str(out)
    own = tmp_path / "own"
    words = ("--no-figures", "--pixel-classifier", "gaussian")
    assert run("classify", site.image, "--out", own, *words)[0] == 0
    assert out.read_bytes() == (own / "CLASS_CSC_Alder.tif").read_bytes()
    assert run("maps", "areas", out, "--out", tmp_path / "own.csv")[0] == 0
    assert table.read_bytes() == (tmp_path / "own.csv").read_bytes()
    # A map in place of its image is refused there too.
    assert not told["refused"]["ran"]
    assert any("which is read" in line for line in told["said"])
    assert site.image.read_bytes() == before


def test_batch_mode_maps_each_image(pyqgis: PyQgis, site: Any, tmp_path: Path) -> None:
    second = site.image.with_name("Été, 2.tif")
    second.write_bytes(site.image.read_bytes())
    folder = tmp_path / "maps"
    folder.mkdir()
    told = pyqgis(SCRIPT, "batch", folder, site.image, second)
    assert told["groups"] == ["Land cover of Alder", "Land cover of Été, 2"]
    assert told["layers"] == ["Alder CSC", "Été, 2 CSC"]
    maps = [folder / "Alder_map.tif", folder / "Été, 2_map.tif"]
    first, other = (rasterio.open(path).read(1) for path in maps)
    assert (first == other).all()
    assert (first > 0).all()


def test_batch_mode_is_cancelled_midway(pyqgis: PyQgis, site: Any, tmp_path: Path) -> None:
    with rasterio.open(site.image) as file:
        profile = {**file.profile, "height": 8000, "width": 8000}
    with rasterio.open(tmp_path / "large.tif", "w", **profile) as file:
        file.write(np.tile(site.pixels, (1, 20, 16)))
    folder = tmp_path / "maps"
    folder.mkdir()
    told = pyqgis(SCRIPT, "cancel", folder, tmp_path / "large.tif", site.image)
    assert told["pressed"] == 1, "the run was over before it was cancelled"
    assert told["seconds"] <= 2
    assert told["left"] == ["rows.json"]
