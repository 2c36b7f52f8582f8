"""The mask of water, as RivGraph reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap
from riverscape.maps.water_mask import write_water_mask

UTM = CRS.from_epsg(32619)
HALF_METRE = Affine(0.5, 0, 3e5, 0, -0.5, 5.3e6)


@pytest.fixture
def river(tmp_path: Path) -> Path:
    """Return a map of a channel that splits around an island, from the top to the bottom."""
    rows, cols = np.indices((700, 400))
    bank = 200 + 60 * np.sin(rows / 90)
    codes = np.where(np.abs(cols - bank) < 70, 1, 3).astype(np.uint8)
    codes[(rows - 350) ** 2 / 9 + (cols - bank) ** 2 < 30**2] = 2
    codes[:, :20] = 0
    return ClassMap(codes, PUBLISHED_CLASSES, HALF_METRE, UTM).save(tmp_path / "map.tif")


def test_water_is_1_and_all_else_0(river: Path, tmp_path: Path) -> None:
    out = tmp_path / "mask.tif"
    count = write_water_mask(river, out, PUBLISHED_CLASSES)
    with rasterio.open(river) as before, rasterio.open(out) as mask:
        codes, pixels = before.read(1), mask.read()
        assert pixels.shape == (1, 700, 400)
        assert pixels.dtype == np.uint8
        assert np.array_equal(pixels[0], codes == 1)
        assert mask.read_masks(1).all()  # no pixel is without data: 0 is no water
        assert (mask.transform, mask.crs) == (before.transform, before.crs)
    assert count == (codes == 1).sum()


def test_several_classes_may_be_water(river: Path, tmp_path: Path) -> None:
    out = tmp_path / "mask.tif"
    write_water_mask(river, out, PUBLISHED_CLASSES, ["water", "dry sediment"])
    with rasterio.open(river) as before, rasterio.open(out) as mask:
        assert np.array_equal(mask.read(1), np.isin(before.read(1), (1, 2)))


def test_the_mask_opens_for_updating(river: Path, tmp_path: Path) -> None:
    # RivGraph opens masks so, which GDAL refuses for a GeoTIFF that says it is cloud optimized.
    out = tmp_path / "mask.tif"
    write_water_mask(river, out, PUBLISHED_CLASSES)
    cogeo = pytest.importorskip("rio_cogeo", reason="validates the layout")
    assert cogeo.cog_validate(out, strict=True, quiet=True) == (True, [], [])
    before = out.read_bytes()
    with rasterio.open(out, "r+") as mask:
        assert mask.read(1).any()
    assert out.read_bytes() == before


def test_an_unknown_class_names_the_known(river: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no class 'lake'; it has: water, dry sediment, "):
        write_water_mask(river, tmp_path / "mask.tif", PUBLISHED_CLASSES, ["lake"])
    assert not (tmp_path / "mask.tif").exists()


def test_rivgraph_finds_the_two_channels_around_an_island(river: Path, tmp_path: Path) -> None:
    """RivGraph wants an older numpy than we do, so it is asked in an environment of its own."""
    python = os.environ.get("RIVGRAPH_PYTHON", sys.executable)
    asked = [python, "-c", "import rivgraph.classes"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip(
            "needs RivGraph: conda create -n rivgraph -c conda-forge rivgraph, and its Python in "
            "the variable RIVGRAPH_PYTHON"
        )
    out = tmp_path / "mask.tif"
    write_water_mask(river, out, PUBLISHED_CLASSES)
    before = out.read_bytes()
    script = Path(__file__).with_name("rivgraph_network.py")
    said = subprocess.run(
        [python, script, out, tmp_path / "results"], capture_output=True, text=True, check=False
    )
    assert not said.returncode, said.stderr
    network = json.loads(said.stdout.splitlines()[-1])
    assert network["codes"] == [0, 1]
    assert network["pixel_m"] == 0.5
    # Above, left and right of the island, and below.
    assert (network["links"], network["nodes"]) == (4, 4)
    assert out.read_bytes() == before
