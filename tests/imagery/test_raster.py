import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.errors import InputError
from riverscape.imagery import Window, open_raster

WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

ALPHA: dict[str, dict[str, str]] = {
    ".png": {},
    ".tif": {"photometric": "RGB", "alpha": "YES"},
}


def with_alpha(pixels: Pixels) -> Pixels:
    """Return an image with an alpha band that hides its first 40 rows."""
    alpha = np.full((1, *pixels.shape[1:]), 255, np.uint8)
    alpha[:, :40] = 0
    return np.concatenate([pixels, alpha])


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".tif", ".TIF"])
def test_photographs_of_every_format_open(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, suffix: str
) -> None:
    path = write_raster(tmp_path / f"Alder_0001{suffix}", photograph)
    with open_raster(path) as raster:
        assert (raster.shape, raster.band_count, raster.dtype) == ((150, 200), 3, "uint8")
        pixels, valid = raster.read(), raster.read_valid()
    # JPEG loses a little, also in colour; the others nothing.
    most = 60 if suffix.startswith(".jp") else 0
    assert np.abs(pixels.astype(int) - photograph).max() <= most
    assert valid.shape == (150, 200)
    assert valid.all()


@pytest.mark.parametrize(
    "window", [Window(0, 0, 1, 1), Window(37, 0, 64, 200), Window(139, 101, 11, 99)]
)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_window_read_alone_is_that_of_the_whole(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, window: Window, suffix: str
) -> None:
    path = write_raster(tmp_path / f"Alder_0001{suffix}", with_alpha(photograph), **ALPHA[suffix])
    with open_raster(path) as raster:
        pixels, valid = raster.read_with_valid(window)
        np.testing.assert_array_equal(pixels, photograph[:, window.rows, window.cols])
        np.testing.assert_array_equal(pixels, raster.read(window))
        np.testing.assert_array_equal(valid, raster.read_valid()[window.rows, window.cols])
        np.testing.assert_array_equal(valid, raster.read_valid(window))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_alpha_is_a_mask_and_no_band(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, suffix: str
) -> None:
    path = write_raster(tmp_path / f"rgba{suffix}", with_alpha(photograph), **ALPHA[suffix])
    with open_raster(path) as raster:
        assert raster.band_count == 3
        np.testing.assert_array_equal(raster.read(), photograph)
        valid = raster.read_valid()
    assert not valid[:40].any()
    assert valid[40:].all()


def test_a_grey_image_with_alpha_has_one_band(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    path = write_raster(tmp_path / "grey.png", with_alpha(photograph)[[0, 3]])
    with open_raster(path) as raster:
        assert raster.band_count == 1
        assert not raster.read_valid()[:40].any()


def test_a_geotiff_keeps_its_place_on_earth(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    place = {"crs": CRS.from_epsg(32619), "transform": Affine(0.1, 0, 3e5, 0, -0.1, 5.3e6)}
    path = write_raster(tmp_path / "mosaic.tif", photograph, **place)
    with open_raster(path) as raster:
        assert {"crs": raster.crs, "transform": raster.transform} == place


def test_a_preview_is_the_image_made_small(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    path = write_raster(tmp_path / "Alder_0001.png", photograph)
    with open_raster(path) as raster:
        assert raster.preview(50).shape == (3, 38, 50)
        assert raster.preview(1000).shape == (3, 150, 200)
        means = raster.preview(50).mean(axis=(1, 2))
    np.testing.assert_allclose(means, photograph.mean(axis=(1, 2)), atol=1)


@pytest.mark.parametrize("name", ["a b é.png", "$x_1$.png", "<b>.png", "a#b?c.png", "a:b!c.png"])
def test_any_file_name_opens(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, name: str
) -> None:
    with open_raster(write_raster(tmp_path / name, photograph)) as raster:
        assert raster.shape == (150, 200)


def refusal(path: Path) -> str:
    """Return what a user reads of an image that cannot be opened or read whole."""
    with pytest.raises(InputError) as caught, open_raster(path) as raster:
        raster.read()
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_a_text_file_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("not a photograph\nat all")
    assert "is not an image that can be read" in refusal(path)


def test_an_empty_file_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "empty.tif"
    path.touch()
    assert "is not an image that can be read" in refusal(path)


def test_a_missing_file_and_a_folder_are_no_images(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.jpg").endswith("does not exist")
    assert refusal(tmp_path).endswith("is not a file")


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_truncated_image_is_damaged(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, suffix: str, share: float
) -> None:
    path = write_raster(tmp_path / f"Alder_0001{suffix}", photograph)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "is damaged or too large to read" in refusal(path)


@pytest.mark.parametrize("orientation", [6, 3])
def test_a_turned_photograph_is_read_as_stored_with_a_warning(
    tmp_path: Path,
    write_raster: WriteRaster,
    photograph: Pixels,
    caplog: pytest.LogCaptureFixture,
    orientation: int,
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    path = write_raster(tmp_path / "turned.jpg", photograph, exif=exif)
    with caplog.at_level(logging.WARNING), open_raster(path) as raster:
        assert raster.shape == (150, 200)
        # The dark half of the photograph stays on the left.
        assert raster.read()[0, :, :100].mean() < raster.read()[0, :, 100:].mean()
    (line,) = caplog.messages
    assert line.startswith(f"{path} carries EXIF orientation {orientation}")


@pytest.mark.parametrize("tagged", [True, False])
def test_an_upright_photograph_is_no_cause_to_warn(
    tmp_path: Path,
    write_raster: WriteRaster,
    photograph: Pixels,
    caplog: pytest.LogCaptureFixture,
    tagged: bool,
) -> None:
    exif = Image.Exif()
    if tagged:
        exif[274] = 1
    with (
        caplog.at_level(logging.WARNING),
        open_raster(write_raster(tmp_path / "upright.jpg", photograph, exif=exif)),
    ):
        pass
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "profile", "block", "row_wise"),
    [
        ("a.jpg", {}, (1, 200), True),
        ("a.tif", {"blockysize": 8}, (8, 200), True),
        ("a.tif", {"tiled": True, "blockxsize": 64, "blockysize": 32}, (32, 64), False),
    ],
)
def test_a_raster_tells_how_it_is_stored(
    tmp_path: Path,
    write_raster: WriteRaster,
    photograph: Pixels,
    name: str,
    profile: dict[str, Any],
    block: tuple[int, int],
    row_wise: bool,
) -> None:
    path = write_raster(tmp_path / name, photograph, **profile)
    with open_raster(path) as raster:
        assert (raster.block_shape, raster.is_row_wise) == (block, row_wise)
        assert raster.size_bytes == path.stat().st_size


def identity(path: Path) -> str:
    with open_raster(path) as raster:
        return raster.identity()


def test_an_image_is_the_same_until_it_is_written_again(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    path = write_raster(tmp_path / "a.tif", photograph)
    before = identity(path)
    # Software that shows an image leaves overviews and statistics beside it.
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset></PAMDataset>")
    assert identity(path) == before
    os.utime(path, ns=(1, 1))
    assert identity(path) != before


def test_a_handle_is_read_by_another_thread(
    tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    path = write_raster(tmp_path / "a.png", photograph)
    content = path.read_bytes()
    with open_raster(path) as raster, ThreadPoolExecutor(1) as pool:
        np.testing.assert_array_equal(pool.submit(raster.read).result(), photograph)
    # What GDAL is told to do about damage, it is told in whatever thread reads.
    path.write_bytes(content[: len(content) * 9 // 10])
    with (
        open_raster(path) as raster,
        ThreadPoolExecutor(1) as pool,
        pytest.raises(InputError, match="is damaged"),
    ):
        pool.submit(raster.read).result()
