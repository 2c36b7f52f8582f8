"""Rasters of percentages: what a GIS reads from them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from riverscape.errors import OutputError
from riverscape.imagery import open_raster
from riverscape.maps import PercentMap

PLACE = from_origin(300_000, 5_300_000, 0.1, 0.1)
UTM = CRS.from_epsg(32619)


def _map(bands: int = 3, height_px: int = 40, width_px: int = 60) -> PercentMap:
    values = np.random.default_rng(0).integers(0, 101, (bands, height_px, width_px), np.uint8)
    values[:, 0, 0] = 255
    return PercentMap(values, [f"kind {band}, per cent" for band in range(bands)], PLACE, UTM)


# Of four bands GDAL would take the last for alpha, of three all for colours.
@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [(40, 60), (700, 900), (1, 1)])
def test_saved_and_read_is_the_same(tmp_path: Path, bands: int, size: tuple[int, int]) -> None:
    percent_map = _map(bands, *size)
    path = percent_map.save(tmp_path / "map.tif")
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(), percent_map.bands)
        assert file.descriptions == tuple(percent_map.names)
        assert file.nodatavals == (255,) * bands
        assert set(file.dtypes) == {"uint8"}
        assert (file.transform, file.crs) == (PLACE, UTM)
        assert file.compression.name == "deflate"
        assert file.profile["tiled"]
        assert set(file.colorinterp) <= {ColorInterp.gray, ColorInterp.undefined}
    with open_raster(path) as raster:
        assert raster.band_names == tuple(percent_map.names)
        assert not raster.read_valid()[0, 0]
    assert [found.name for found in tmp_path.iterdir()] == ["map.tif"]


def test_the_map_of_a_photograph_has_no_place(tmp_path: Path) -> None:
    path = PercentMap(np.zeros((1, 3, 4), np.uint8), ["confidence"]).save(tmp_path / "map.tif")
    with rasterio.open(path) as file:
        assert file.transform.is_identity
        assert file.crs is None


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (_map().save(tmp_path / name).read_bytes() for name in ("a.tif", "b.tif"))
    assert first == second


def test_maps_check_themselves() -> None:
    grey = np.zeros((1, 2, 2), np.uint8)
    with pytest.raises(ValueError, match=r"uint8 \(band, row, col\)"):
        PercentMap(grey[0], ["water"])
    with pytest.raises(ValueError, match=r"uint8 \(band, row, col\)"):
        PercentMap(grey.astype(np.float32), ["water"])
    with pytest.raises(ValueError, match="2 names do not fit 1 band"):
        PercentMap(grey, ["water", "land"])
    for value in (101, 254):
        with pytest.raises(ValueError, match="percentages are"):
            PercentMap(grey + np.uint8(value), ["water"])


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        _map().save(tmp_path / "maps" / "map.tif")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are those of Unix")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files fails a write as a full disk does."""
    program = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from riverscape.errors import OutputError\n"
        "from riverscape.maps import PercentMap\n"
        "noise = np.random.default_rng(0).integers(0, 101, (1, 600, 600), np.uint8)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    PercentMap(noise, ['confidence']).save(sys.argv[1])\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "map.tif")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "map.tif cannot be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []
