"""`riverscape classify --mosaic`: tiles as one image."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]

PLACE = {"crs": "EPSG:32619", "transform": Affine(0.05, 0, 3e5, 0, -0.05, 5.3e6)}
NO_FIGURES = ("--no-figures",)


@pytest.fixture
def tiles(tmp_path: Path, write_raster: WriteRaster, photograph: NDArray[np.uint8]) -> Path:
    """Return a folder of four tiles, that are the photograph."""
    for top in (0, 80):
        for left in (0, 120):
            pixels = photograph[:, top : top + 80, left : left + 120]
            place = PLACE["transform"] * Affine.translation(left, top)
            path = tmp_path / "Alder_0001" / f"tile-{top}-{left}.tif"
            write_raster(path, pixels, **{**PLACE, "transform": place})
    return tmp_path / "Alder_0001"


def test_tiles_are_mapped_as_the_image_they_are_parts_of(
    run: Run, tiles: Path, tmp_path: Path, write_raster: WriteRaster, record: Record,
    photograph: NDArray[np.uint8],
) -> None:  # fmt: skip
    whole = write_raster(tmp_path / "whole.tif", photograph, **PLACE)
    assert run("classify", whole, "--out", tmp_path / "one", *NO_FIGURES)[0] == 0
    out = tmp_path / "maps"
    status, said, errors = run("classify", tiles, "--mosaic", "--out", out, *NO_FIGURES)
    assert (status, errors) == (0, "")
    assert "1 image classified" in said
    found = (out / "CLASS_CSC_Alder_0001.tif", tmp_path / "one" / "CLASS_CSC_whole.tif")
    with rasterio.open(found[0]) as mosaic, rasterio.open(found[1]) as image:
        assert (mosaic.transform, mosaic.crs) == (image.transform, image.crs)
        np.testing.assert_array_equal(mosaic.read(), image.read())
    entry = record(out)["images"]["Alder_0001"]
    assert entry["image"] == str(out / "Alder_0001.vrt")
    assert sorted(Path(tile).name for tile in entry["tiles"]) == sorted(
        path.name for path in tiles.iterdir()
    )


def test_a_mosaic_is_resumed_and_begun_anew_where_a_tile_has_changed(
    run: Run, tiles: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    words = ("classify", tiles, "--mosaic", "--out", tmp_path / "maps", "--resume", *NO_FIGURES)
    assert run(*words)[0] == 0
    assert "1 whole already" in run(*words)[1]
    place = PLACE["transform"] * Affine.translation(120, 80)
    grey = np.full((3, 70, 80), 90, np.uint8)
    write_raster(tiles / "tile-80-120.tif", grey, **{**PLACE, "transform": place})
    assert "whole already" not in run(*words)[1]


def test_a_vrt_of_somebody_else_is_left_alone(run: Run, tiles: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    out.mkdir()
    (out / "Alder_0001.vrt").write_text("mine")
    status, _, errors = run("classify", tiles, "--mosaic", "--out", out, *NO_FIGURES)
    assert (status, len(errors.splitlines())) == (1, 1)
    assert "Alder_0001.vrt exists already; add --overwrite" in errors
    assert (out / "Alder_0001.vrt").read_text() == "mine"


def test_tiles_that_do_not_fit_together_are_all_listed(
    run: Run, tiles: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    for name in ("a", "b"):
        write_raster(tiles / f"{name}.tif", np.ones((3, 60, 60), np.uint8))
    status, _, errors = run("classify", tiles, "--mosaic", "--out", tmp_path / "maps", *NO_FIGURES)
    assert status == 1
    assert "2 problems" in errors
    assert not (tmp_path / "maps").exists()
