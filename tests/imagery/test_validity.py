from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp

from riverscape.errors import InputError
from riverscape.imagery import ImageSettings, Window, open_raster

WriteRaster = Callable[..., Path]
Pixels = NDArray[Any]


def bright(dtype: str, bands: int = 3) -> Pixels:
    """Return an image of 20 x 30 px without a 0 in it."""
    return np.full((bands, 20, 30), 9, dtype)


def holes(path: Path, **settings: Any) -> set[tuple[int, int]]:
    """Return the rows and columns that are invalid, as read at once and by itself."""
    with open_raster(path, ImageSettings(**settings)) as raster:
        pixels, valid = raster.read_with_valid()
        assert pixels.shape == (raster.band_count, *raster.shape)
        np.testing.assert_array_equal(raster.read_valid(), valid)
        window = Window(3, 4, 10, 11)
        by_window = raster.read_with_valid(window)[1]
        np.testing.assert_array_equal(by_window, valid[window.rows, window.cols])
    return {(int(row), int(col)) for row, col in np.argwhere(~valid)}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_alpha_of_any_depth_is_a_mask(
    tmp_path: Path, write_raster: WriteRaster, dtype: str
) -> None:
    pixels = bright(dtype, bands=4)
    pixels[3] = 1  # nearly transparent is data
    pixels[3, 5, 6] = 0
    path = write_raster(tmp_path / "a.tif", pixels, photometric="RGB", alpha="YES")
    assert holes(path) == {(5, 6)}
    with open_raster(path) as raster:
        assert (raster.band_count, raster.dtype) == (3, dtype)


def test_alpha_may_stand_anywhere(tmp_path: Path, write_raster: WriteRaster) -> None:
    pixels = np.stack([np.full((20, 30), band, np.uint8) for band in (1, 255, 2, 3)])
    pixels[1, 5, 6] = 0
    path = write_raster(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as file:
        roles = ("red", "alpha", "green", "blue")
        file.colorinterp = [ColorInterp[name] for name in roles]
    assert holes(path) == {(5, 6)}
    with open_raster(path) as raster:
        assert raster.bands == (1, 3, 4)
        assert raster.read()[:, 0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("alpha", ["NON-PREMULTIPLIED", "PREMULTIPLIED"])
def test_an_extra_sample_that_is_alpha_is_no_band(
    tmp_path: Path, write_raster: WriteRaster, alpha: str
) -> None:
    path = write_raster(tmp_path / "a.tif", bright("uint8", 4), photometric="RGB", alpha=alpha)
    with open_raster(path) as raster:
        assert raster.band_count == 3


@pytest.mark.parametrize("role", ["undefined", "gray", "nir"])
def test_a_fourth_band_that_is_no_alpha_is_a_band(
    tmp_path: Path, write_raster: WriteRaster, role: str
) -> None:
    pixels = bright("uint8", 4)
    pixels[3, 5, 6] = 0  # dark in infrared is water, not nothing
    path = write_raster(tmp_path / "a.tif", pixels, photometric="RGB", alpha="UNSPECIFIED")
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [*file.colorinterp[:3], ColorInterp[role]]
    assert holes(path) == set()
    with open_raster(path) as raster:
        assert raster.bands == (1, 2, 3, 4)
        assert raster.colours[3] == role


def test_nothing_but_alpha_is_no_image(tmp_path: Path, write_raster: WriteRaster) -> None:
    path = write_raster(tmp_path / "a.tif", bright("uint8", 1))
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp.alpha]
    with pytest.raises(InputError, match="no band but alpha"), open_raster(path):
        pass


@pytest.mark.parametrize("inside", ["YES", "NO"])
def test_a_mask_in_the_file_or_beside_it_counts(
    tmp_path: Path, write_raster: WriteRaster, inside: str
) -> None:
    path = write_raster(tmp_path / "a.tif", bright("uint8"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside), rasterio.open(path, "r+") as file:
        mask = np.full((20, 30), 255, np.uint8)
        mask[5, 6] = 0
        file.write_mask(mask)
    assert (tmp_path / "a.tif.msk").exists() == (inside == "NO")
    assert holes(path) == {(5, 6)}


def test_in_8_bits_a_pixel_is_nodata_where_all_bands_are(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = bright("uint8")
    pixels[:, 5, 6] = 0
    pixels[:2, 7, 8] = 0  # a dark colour
    assert holes(write_raster(tmp_path / "a.tif", pixels, nodata=0)) == {(5, 6)}


@pytest.mark.parametrize(("dtype", "value"), [("int16", -9999), ("uint16", 65535), ("uint16", 0)])
def test_in_more_bits_a_pixel_is_nodata_where_any_band_is(
    tmp_path: Path, write_raster: WriteRaster, dtype: str, value: int
) -> None:
    pixels = bright(dtype)
    pixels[:, 5, 6] = value
    pixels[1, 7, 8] = value
    assert holes(write_raster(tmp_path / "a.tif", pixels, nodata=value)) == {(5, 6), (7, 8)}


def test_each_band_may_have_its_own_nodata_value(tmp_path: Path, write_raster: WriteRaster) -> None:
    parts = []
    for band, value in enumerate((-1, -2)):
        pixels = bright("int16", 1)
        pixels[0, 5 + band, 6] = value
        pixels[0, 9, 9] = -1
        path = write_raster(tmp_path / f"part{band}.tif", pixels)
        parts.append(
            f'<VRTRasterBand dataType="Int16" band="{band + 1}"><NoDataValue>{value}</NoDataValue>'
            f"<SimpleSource><SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand>"
            "</SimpleSource></VRTRasterBand>"
        )
    vrt = tmp_path / "a.vrt"
    vrt.write_text(f'<VRTDataset rasterXSize="30" rasterYSize="20">{"".join(parts)}</VRTDataset>')
    assert holes(vrt) == {(5, 6), (6, 6), (9, 9)}
    with open_raster(vrt) as raster:
        second = raster.select([1])
        assert np.argwhere(~second.read_valid()).tolist() == [[6, 6]]


@pytest.mark.parametrize("nodata", [None, -9999.0, float("nan"), -3.4028234663852886e38])
def test_what_is_no_number_is_no_data(
    tmp_path: Path, write_raster: WriteRaster, nodata: float | None
) -> None:
    pixels = bright("float32")
    pixels[0, 5, 6], pixels[2, 5, 7], pixels[1, 5, 8] = np.nan, np.inf, -np.inf
    expected = {(5, 6), (5, 7), (5, 8)}
    if nodata is not None and np.isfinite(nodata):
        pixels[1, 9, 9] = nodata
        expected |= {(9, 9)}
    assert holes(write_raster(tmp_path / "a.tif", pixels, nodata=nodata)) == expected


def test_a_stated_nodata_value_stands_in_place_of_the_files(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = bright("int16")
    pixels[:, 5, 6], pixels[:, 7, 8] = -1, 0
    path = write_raster(tmp_path / "a.tif", pixels, nodata=-1)
    assert holes(path) == {(5, 6)}
    assert holes(path, nodata=0) == {(7, 8)}
    assert holes(path, nodata="nan") == set()
    assert holes(path, nodata=1e9) == set()  # a value that no pixel can have


def test_alpha_and_nodata_must_agree_that_a_pixel_is_valid(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = bright("uint8", 4)
    pixels[3, 5, 6] = 0
    pixels[:3, 7, 8] = 0
    path = write_raster(tmp_path / "a.tif", pixels, photometric="RGB", alpha="YES")
    assert holes(path, nodata=0) == {(5, 6), (7, 8)}


def test_bands_are_chosen_in_any_order_and_keep_the_alpha(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = np.stack([np.full((20, 30), band, np.uint8) for band in (1, 2, 3, 255)])
    pixels[3, 5, 6] = 0
    path = write_raster(tmp_path / "a.tif", pixels, photometric="RGB", alpha="YES")
    with open_raster(path) as raster:
        chosen = raster.select([2, 0])
        assert (chosen.bands, chosen.band_count, chosen.colours) == ((3, 1), 2, ("blue", "red"))
        found, valid = chosen.read_with_valid()
        assert found[:, 0, 0].tolist() == [3, 1]
        assert np.argwhere(~valid).tolist() == [[5, 6]]
        assert chosen.select([1]).bands == (1,)
        with pytest.raises(IndexError):
            raster.select([3])
