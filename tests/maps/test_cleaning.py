"""Laws of maps without specks."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from riverscape.maps import despeckled

Codes = NDArray[np.uint8]

SIZES = st.integers(2, 40)


@st.composite
def maps(draw: st.DrawFn) -> Codes:
    """Return maps from coarse to noisy, with or without pixels of no data."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    classes = draw(st.integers(1, 4))
    grain = draw(st.integers(1, 6))
    void = draw(st.sampled_from([0.0, 0.1, 0.5]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    coarse = rng.integers(1, classes + 1, shape).repeat(grain, axis=0).repeat(grain, axis=1)
    codes = coarse[: shape[0], : shape[1]].astype(np.uint8)
    codes[rng.random(shape) < void] = 0
    return codes


def patches(codes: Codes) -> Iterator[NDArray[np.bool_]]:
    """Yield where each patch is: of one class, connected by the sides of its pixels."""
    for code in np.unique(codes[codes > 0]):
        labels, count = ndimage.label(codes == code)
        yield from (labels == number for number in range(1, count + 1))


@given(maps(), SIZES)
def test_no_data_is_neither_filled_nor_grown(codes: Codes, least_px: int) -> None:
    assert np.array_equal(despeckled(codes, least_px) == 0, codes == 0)


@given(maps(), SIZES)
def test_no_patch_is_left_that_is_too_small_and_has_a_neighbour(
    codes: Codes, least_px: int
) -> None:
    cleaned = despeckled(codes, least_px)
    for patch in patches(cleaned):
        around = ndimage.binary_dilation(patch) & ~patch
        assert patch.sum() >= least_px or not cleaned[around].any()


@given(maps(), SIZES)
def test_patches_that_are_large_enough_keep_their_pixels(codes: Codes, least_px: int) -> None:
    cleaned = despeckled(codes, least_px)
    for patch in patches(codes):
        if patch.sum() >= least_px:
            assert np.array_equal(cleaned[patch], codes[patch])


@given(maps(), SIZES)
def test_despeckling_again_changes_nothing(codes: Codes, least_px: int) -> None:
    cleaned = despeckled(codes, least_px)
    assert np.array_equal(despeckled(cleaned, least_px), cleaned)


@given(maps(), SIZES)
def test_no_class_crosses_pixels_without_data(codes: Codes, least_px: int) -> None:
    cleaned = despeckled(codes, least_px)
    islands, count = ndimage.label(codes > 0)
    for number in range(1, count + 1):
        assert set(cleaned[islands == number]) <= set(codes[islands == number])


@given(maps(), st.sampled_from([0, 1]))
def test_nothing_asked_is_nothing_done(codes: Codes, least_px: int) -> None:
    assert np.array_equal(despeckled(codes, least_px), codes)


@given(maps(), SIZES)
def test_the_map_that_was_given_stays_as_it_was(codes: Codes, least_px: int) -> None:
    before = codes.copy()
    despeckled(codes, least_px)
    assert np.array_equal(codes, before)


@pytest.mark.parametrize(("left_px", "right_px", "winner"), [(10, 20, 2), (20, 10, 1)])
def test_a_speck_takes_the_class_of_its_largest_neighbour(
    left_px: int, right_px: int, winner: int
) -> None:
    codes = np.array([[1] * left_px + [3] * 4 + [2] * right_px], np.uint8)
    expected = np.where(codes == 3, winner, codes)
    assert np.array_equal(despeckled(codes, 5), expected)
    assert np.array_equal(despeckled(codes, 4), codes)


def test_corners_do_not_connect() -> None:
    codes = np.ones((8, 8), np.uint8)
    codes[2:4, 2:4] = codes[4:6, 4:6] = 2
    assert np.array_equal(despeckled(codes, 4), codes)
    assert (despeckled(codes, 5) == 1).all()


def test_no_data_has_no_vote() -> None:
    codes = np.zeros((9, 9), np.uint8)
    codes[4, 3:6] = 1, 1, 2
    assert despeckled(codes, 2)[4, 3:6].tolist() == [1, 1, 1]
    codes[4, 3:6] = 0, 2, 0
    assert np.array_equal(despeckled(codes, 2), codes)


@pytest.mark.parametrize("shape", [(1, 2), (7, 7), (64, 48)])
def test_a_chequerboard_becomes_even(shape: tuple[int, int]) -> None:
    codes = (np.indices(shape).sum(axis=0) % 2 + 1).astype(np.uint8)
    assert len(np.unique(despeckled(codes, 2))) == 1


def test_a_map_without_data_stays_one() -> None:
    assert not despeckled(np.zeros((5, 4), np.uint8), 9).any()
