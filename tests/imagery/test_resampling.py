from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.errors import InputError
from riverscape.imagery import ImageSettings, Window, open_raster, resampled
from riverscape.imagery import resampling as module

WriteRaster = Callable[..., Path]
Pixels = NDArray[Any]

PLACE = {"crs": CRS.from_epsg(32619), "transform": Affine(0.1, 0, 3e5, 0, -0.1, 5.3e6)}


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory, write_raster: WriteRaster) -> dict[str, Path]:
    """Return images of 37 x 53 px by their type of pixels, noisy, a third of them invalid."""
    rng = np.random.default_rng(5)
    paths = {}
    for dtype, most in (("uint8", 256), ("uint16", 65536), ("float32", 9000)):
        pixels = rng.integers(1, most, (2, 37, 53)).astype(dtype)
        pixels[:, rng.random((37, 53)) < 0.3] = 0
        path = tmp_path_factory.mktemp("holed") / f"{dtype}.tif"
        paths[dtype] = write_raster(path, pixels, nodata=0, **PLACE)
    return paths


@given(
    gsd_m=st.floats(0.03, 0.8),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    places=st.tuples(*[st.floats(0, 1)] * 4),
)
@settings(max_examples=300)
def test_a_window_is_that_window_of_the_whole(
    holed: dict[str, Path], gsd_m: float, dtype: str, places: tuple[float, ...]
) -> None:
    with open_raster(holed[dtype]) as raster:
        view = resampled(raster, gsd_m)
        pixels, valid = view.read_with_valid()
        top, bottom = sorted(int(place * (view.height_px - 1)) for place in places[:2])
        left, right = sorted(int(place * (view.width_px - 1)) for place in places[2:])
        window = Window(top, left, bottom - top + 1, right - left + 1)
        found, valid_found = view.read_with_valid(window)
        np.testing.assert_array_equal(found, pixels[:, window.rows, window.cols])
        np.testing.assert_array_equal(valid_found, valid[window.rows, window.cols])
        np.testing.assert_array_equal(view.read(window), found)
        np.testing.assert_array_equal(view.read_valid(window), valid_found)


@pytest.mark.parametrize("gsd_m", [0.04, 0.1, 0.25, 0.73])
def test_pieces_of_any_size_add_up_to_the_same(
    holed: dict[str, Path], gsd_m: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_raster(holed["uint16"]) as raster:
        view = resampled(raster, gsd_m)
        whole = view.read_with_valid()
        monkeypatch.setattr(module, "_PIECE_PX", 50)
        for one, other in zip(whole, view.read_with_valid(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_at_its_own_ground_sample_distance_an_image_stays_what_it_is(
    holed: dict[str, Path],
) -> None:
    for path in holed.values():
        with open_raster(path) as raster:
            for one, other in zip(
                resampled(raster, 0.1).read_with_valid(), raster.read_with_valid(), strict=True
            ):
                np.testing.assert_array_equal(one, other)


def view_of(
    folder: Path, write_raster: WriteRaster, pixels: Pixels, gsd_m: float, **profile: Any
) -> tuple[Pixels, NDArray[np.bool_]]:
    """Return pixels of 0.1 m and where they hold data, as seen at another distance."""
    path = write_raster(folder / "a.tif", pixels, **PLACE, **profile)
    with open_raster(path) as raster:
        return resampled(raster, gsd_m).read_with_valid()


def test_a_coarser_pixel_is_the_mean_of_the_ground_it_covers(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = np.random.default_rng(1).integers(0, 1000, (1, 40, 60)).astype(np.float32)
    found, valid = view_of(tmp_path, write_raster, pixels, 0.4)
    expected = pixels.reshape(1, 10, 4, 15, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert valid.all()


def test_a_pixel_that_is_cut_counts_by_its_share(tmp_path: Path, write_raster: WriteRaster) -> None:
    pixels = np.array([[[10, 20, 40]]], np.float32)
    found, _ = view_of(tmp_path, write_raster, pixels, 0.15)
    # One and a half pixels each, of one row only.
    np.testing.assert_allclose(found, [[[(10 + 0.5 * 20) / 1.5, (0.5 * 20 + 40) / 1.5]]], rtol=1e-5)


def test_a_finer_pixel_lies_between_its_neighbours(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    found, _ = view_of(tmp_path, write_raster, np.array([[[0, 8], [0, 8]]], np.float32), 0.05)
    np.testing.assert_allclose(found[0], [[0, 2, 6, 8]] * 4)


@pytest.mark.parametrize("gsd_m", [0.04, 0.06, 0.17, 0.5])
def test_invalid_pixels_never_mix_with_valid_ones(
    tmp_path: Path, write_raster: WriteRaster, gsd_m: float
) -> None:
    pixels = np.full((3, 40, 60), 200, np.uint8)
    pixels[:, np.random.default_rng(2).random((40, 60)) < 0.4] = 50
    pixels[:, :20] = 50
    found, valid = view_of(tmp_path, write_raster, pixels, gsd_m, nodata=50)
    assert (found[:, valid] == 200).all()
    assert (found[:, ~valid] == 0).all()
    assert not valid[: int(18 * 0.1 / gsd_m)].any()
    assert 0.3 < valid.mean() < 0.7


def test_a_pixel_is_valid_where_any_of_it_is(tmp_path: Path, write_raster: WriteRaster) -> None:
    pixels = np.zeros((1, 2, 8), np.uint8)
    pixels[0, 0, 1], pixels[0, :, 2], pixels[0, 0, 4:6] = 9, 9, 9
    _, valid = view_of(tmp_path, write_raster, pixels, 0.2, nodata=0)
    assert valid.tolist() == [[True, True, True, False]]


@pytest.mark.parametrize("gsd_m", [0.03, 0.07, 0.1, 0.16, 0.55])
def test_every_valid_pixel_lies_in_a_valid_one(holed: dict[str, Path], gsd_m: float) -> None:
    """So a map that comes back on the image's own grid has no holes."""
    with open_raster(holed["uint8"]) as raster:
        view = resampled(raster, gsd_m)
        rows, cols = view.nearest(Window.whole(raster.shape))
        own = raster.read_valid()
        assert not own.all()
        assert view.read_valid()[np.ix_(rows, cols)][own].all()


@given(length=st.integers(1, 400), own=st.floats(0.02, 3), wanted=st.floats(0.02, 3))
def test_the_size_is_rounded_up_and_holds_what_is_nearest(
    length: int, own: float, wanted: float
) -> None:
    ratio = wanted / own
    count = module._count(length, ratio)
    places = module._nearest(0, length, ratio, count)
    assert count - 1 < length / ratio + 1e-6
    assert count >= length / ratio - 1e-6
    assert places[0] >= 0
    assert places[-1] < count
    middle = (np.arange(length) + 0.5) / ratio
    assert np.all(np.abs(middle - (places + 0.5)) <= 0.5 + 1e-6)


@pytest.mark.parametrize("gsd_m", [0.04, 0.1, 0.37])
def test_what_is_nearest_to_a_window_is_that_of_the_whole(
    holed: dict[str, Path], gsd_m: float
) -> None:
    window = Window(5, 7, 11, 31)
    with open_raster(holed["uint8"]) as raster:
        view = resampled(raster, gsd_m)
        rows, cols = view.nearest(Window.whole(raster.shape))
        by_window = view.nearest(window)
        covering = view.covering(window)
    np.testing.assert_array_equal(by_window[0], rows[window.rows])
    np.testing.assert_array_equal(by_window[1], cols[window.cols])
    assert (covering.top, covering.bottom - 1) == (by_window[0].min(), by_window[0].max())
    assert (covering.left, covering.right - 1) == (by_window[1].min(), by_window[1].max())


def test_a_view_has_its_own_place_on_earth(holed: dict[str, Path]) -> None:
    with open_raster(holed["uint8"]) as raster:
        view = resampled(raster, 0.4)
        assert (view.shape, view.gsd_m) == ((10, 14), 0.4)
        assert view.transform.almost_equals(Affine(0.4, 0, 3e5, 0, -0.4, 5.3e6))
        assert view.identity() == raster.identity()
        chosen = view.select([1])
        np.testing.assert_array_equal(chosen.read()[0], view.read()[1])


def test_an_image_without_a_place_is_resampled_by_what_is_stated(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    path = write_raster(tmp_path / "a.png", np.full((3, 40, 60), 7, np.uint8))
    with open_raster(path, ImageSettings(gsd_m=0.05)) as raster:
        view = resampled(raster, 0.1)
        assert (raster.gsd_m, view.shape) == (0.05, (20, 30))
        assert (view.read() == 7).all()
    with (
        open_raster(path) as raster,
        pytest.raises(InputError, match="state it with --gsd METRES"),
    ):
        resampled(raster, 0.1)
