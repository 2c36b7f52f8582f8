from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from riverscape.imagery import Window, filled


def scattered(shape: tuple[int, int], share: float, seed: int) -> NDArray[np.bool_]:
    """Return a mask with about a share of valid pixels."""
    return np.random.default_rng(seed).random(shape) < share


@st.composite
def windows_in(draw: st.DrawFn) -> tuple[tuple[int, int], Window]:
    """Return the shape of an image and a window of it."""
    height_px, width_px = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    top, left = draw(st.integers(0, height_px - 1)), draw(st.integers(0, width_px - 1))
    rows, cols = draw(st.integers(1, height_px - top)), draw(st.integers(1, width_px - left))
    return (height_px, width_px), Window(top, left, rows, cols)


def test_invalid_pixels_take_the_nearest_valid_colour() -> None:
    pixels = np.arange(36, dtype=np.uint8).reshape(1, 6, 6)
    valid = np.zeros((6, 6), bool)
    valid[2:4, 2:4] = True
    found = filled(pixels, valid)
    assert np.array_equal(found[0, valid], pixels[0, valid])
    assert found[0, 0, 0] == pixels[0, 2, 2]
    assert found[0, 5, 3] == pixels[0, 3, 3]


def test_an_image_that_is_all_valid_is_handed_on() -> None:
    pixels = np.arange(36, dtype=np.uint8).reshape(1, 6, 6)
    assert filled(pixels, np.ones((6, 6), bool), reach_px=3) is pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_where_nothing_is_valid_all_is_0(dtype: type) -> None:
    found = filled(np.full((2, 4, 5), 7, dtype), np.zeros((4, 5), bool))
    assert found.dtype == dtype
    assert not found.any()


@given(
    place=windows_in(),
    share=st.sampled_from([0.002, 0.01, 0.05, 0.3, 0.8]),
    reach_px=st.integers(0, 9),
    more_px=st.integers(0, 3),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=1500)
def test_a_window_with_its_halo_is_filled_like_the_whole(
    place: tuple[tuple[int, int], Window], share: float, reach_px: int, more_px: int, seed: int
) -> None:
    shape, window = place
    valid = scattered(shape, share, seed)
    pixels = np.arange(1, valid.size + 1, dtype=np.uint16).reshape(1, *shape)
    halo = window.grown(reach_px + more_px, shape)
    part = filled(pixels[:, halo.rows, halo.cols], valid[halo.rows, halo.cols], reach_px)
    whole = filled(pixels, valid, reach_px)
    rows, cols = window.within(halo)
    np.testing.assert_array_equal(part[:, rows, cols], whole[:, window.rows, window.cols])
    asked = filled(
        pixels[:, halo.rows, halo.cols], valid[halo.rows, halo.cols], reach_px, inner=(rows, cols)
    )
    np.testing.assert_array_equal(asked, part[:, rows, cols])


@given(share=st.sampled_from([0.01, 0.1, 0.6]), seed=st.integers(0, 10_000))
def test_the_colour_is_that_of_a_nearest_pixel_nearly(share: float, seed: int) -> None:
    valid = scattered((30, 35), share, seed)
    if not valid.any():
        return
    there = np.indices(valid.shape)
    own = there.astype(np.int16)
    taken = np.hypot(*(filled(own, valid) - there))
    # Steps and knight's moves add up to the straight line within 2.5 per cent either way.
    assert np.all(taken <= 1.05 * ndimage.distance_transform_edt(~valid) + 1e-6)
    assert valid[tuple(filled(own, valid))].all()


@given(share=st.sampled_from([0.003, 0.02]), reach_px=st.integers(0, 8), seed=st.integers(0, 1000))
def test_beyond_its_reach_all_is_0(share: float, reach_px: int, seed: int) -> None:
    valid = scattered((30, 35), share, seed)
    found = filled(np.full((1, 30, 35), 9, np.uint8), valid, reach_px)[0] > 0
    distance = np.full(valid.shape, np.inf)
    if valid.any():
        distance = ndimage.distance_transform_edt(~valid)
    assert found[distance <= reach_px / 1.025].all()
    assert not found[distance > reach_px * 1.025].any()


def test_a_slanted_border_is_filled_in_well_under_a_second() -> None:
    rows, cols = np.ogrid[:2000, :2000]
    valid = np.abs(rows - 1000) + np.abs(cols - 1000) < 1200
    pixels = np.full((3, 2000, 2000), 9, np.uint8)
    started = perf_counter()
    filled(pixels, valid, reach_px=40)
    assert perf_counter() - started < 1
