from collections.abc import Callable
from pathlib import Path

import numpy as np
from rasterio import Affine

from riverscape.execution.mosaics import mosaic_of


def test_what_a_killed_run_left_of_the_mosaic_is_cleared(
    tmp_path: Path, write_raster: Callable[..., Path]
) -> None:
    pixels = np.full((3, 20, 20), 9, np.uint8)
    place = {"crs": "EPSG:32619", "transform": Affine(1, 0, 4e5, 0, -1, 5e6)}
    write_raster(tmp_path / "Alder" / "a.tif", pixels, **place)
    out = tmp_path / "maps"
    out.mkdir()
    for name in (".partial-77-Alder.vrt", ".partial-77-other.vrt"):
        (out / name).touch()
    path = mosaic_of([tmp_path / "Alder"], out, replace=False)
    assert sorted(left.name for left in out.glob("*.vrt")) == [".partial-77-other.vrt", path.name]
