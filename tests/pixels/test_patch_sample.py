"""Laws of the sample that a classifier of patches learns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riverscape.imagery import Window, windows
from riverscape.pixels.patch_sample import PatchSample, patches_around

_SIZE_PX = 5


def _drawn(
    positions: np.ndarray, weights: np.ndarray, classes: int, most: int, seed: int
) -> PatchSample:
    """Return the sample of a whole image of one band, whose pixels are their places' last byte."""
    sample, whole = PatchSample(classes, most, seed, 3), Window(0, 0, *positions.shape)
    pixels = np.arange(positions.size).astype(np.uint8).reshape(1, *positions.shape)
    valid = np.ones(positions.shape, bool)
    sample.add(pixels, whole, positions, weights, valid, whole)
    return sample


def _flat(sample: PatchSample, width_px: int) -> np.ndarray:
    return sample.places[:, 0] * width_px + sample.places[:, 1]


@given(
    arrays(np.uint8, (9, 7), elements=st.sampled_from([0, 1, 2, 255])),
    arrays(np.uint8, (9, 7), elements=st.sampled_from([0, 1, 200])),
    st.integers(1, 30),
    st.integers(0, 9),
)
def test_a_sample_holds_each_pixel_once_and_no_other(
    positions: np.ndarray, weights: np.ndarray, most: int, seed: int
) -> None:
    sample = _drawn(positions, weights, 3, most, seed)
    places = _flat(sample, 7)
    assert np.all(np.diff(places) > 0)
    assert np.array_equal(sample.taught[sample.labels], positions.ravel()[places])
    assert np.all(weights.ravel()[places] > 0)
    assert np.array_equal(sample.patches[:, 0, 1, 1], places)
    drawn = dict(zip(sample.taught.tolist(), np.bincount(sample.labels), strict=True))
    for position in range(3):
        there = np.count_nonzero(weights[positions == position])
        assert drawn.get(position, 0) == min(there, most)
    totals = [weights[positions == position].sum() for position in range(3)]
    assert sample.class_totals.tolist() == totals
    assert sample.totals.tolist() == [total for total in totals if total]


def test_pixels_are_drawn_by_their_weight() -> None:
    weights = np.array([[1, 2, 5, 0, 12]], np.uint8)
    positions = np.zeros_like(weights)
    first = [int(_drawn(positions, weights, 1, 1, seed).places[0, 1]) for seed in range(4000)]
    shares = np.bincount(first, minlength=5) / 4000
    assert np.abs(shares - weights[0] / 20).max() < 0.03


def test_a_large_image_is_drawn_from_evenly() -> None:
    positions = np.zeros((900, 700), np.uint8)
    sample = _drawn(positions, np.full_like(positions, 3), 1, 5000, 0)
    for axis, length_px in enumerate(positions.shape):
        by_part = np.bincount(sample.places[:, axis] * 9 // length_px, minlength=9)
        assert by_part.sum() == 5000
        assert np.abs(by_part - 5000 / 9).max() < 100


def _image(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return levels, classes, weights and validity: a third lacks data, a class is rare."""
    rng = np.random.default_rng(shape)
    pixels = rng.integers(0, 256, (2, *shape), np.uint8)
    positions = rng.choice(np.array([0, 0, 0, 1, 1, 3], np.uint8), shape)
    valid = rng.random(shape) > 1 / 3
    weights = rng.choice(np.array([0, 1, 90, 255], np.uint8), shape) * valid
    return pixels, positions, weights.astype(np.uint8), valid


@pytest.mark.parametrize("sides_px", [(1, 1), (7, 11), (40, 9), (17, 300)])
@pytest.mark.parametrize("most", [1, 20, 10_000])
def test_windows_in_any_order_draw_what_the_whole_does(
    sides_px: tuple[int, int], most: int
) -> None:
    shape = (23, 29) if sides_px == (1, 1) else (170, 61)
    pixels, positions, weights, valid = _image(shape)
    parts = windows(shape, *sides_px)

    def drawn(order: list[Window]) -> PatchSample:
        sample = PatchSample(4, most, 3, _SIZE_PX)
        for window in order:
            place = window.grown(_SIZE_PX // 2, shape)
            here = (window.rows, window.cols)
            sample.add(
                pixels[:, place.rows, place.cols], place,
                positions[here], weights[here], valid[here], window,
            )  # fmt: skip
        return sample

    whole = drawn([Window.whole(shape)])
    shuffled = [parts[place] for place in np.random.default_rng(0).permutation(len(parts))]
    for order in (parts, parts[::-1], shuffled):
        sample = drawn(order)
        for name in ("places", "labels", "patches", "taught", "totals", "mean", "deviation"):
            expected = getattr(whole, name)
            assert getattr(sample, name).dtype == expected.dtype
            assert np.array_equal(getattr(sample, name), expected), name


def test_patches_at_the_edge_of_a_window_are_those_of_the_image() -> None:
    pixels, positions, _, valid = _image((40, 30))
    sample = PatchSample(4, 10_000, 0, _SIZE_PX)
    for window in windows((40, 30), 13, 7):
        place, here = window.grown(_SIZE_PX // 2, (40, 30)), (window.rows, window.cols)
        every = np.ones(window.shape, np.uint8)
        sample.add(
            pixels[:, place.rows, place.cols], place, positions[here], every, valid[here], window
        )
    assert np.array_equal(sample.patches, patches_around(pixels, np.arange(40 * 30), _SIZE_PX))


def test_colours_are_measured_of_valid_pixels_alone() -> None:
    pixels, positions, weights, valid = _image((60, 50))
    sample, whole = PatchSample(4, 5, 0, _SIZE_PX), Window(0, 0, 60, 50)
    sample.add(pixels, whole, positions, weights, valid, whole)
    assert np.allclose(sample.mean, pixels[:, valid].mean(axis=1), rtol=1e-6)
    assert np.allclose(sample.deviation, pixels[:, valid].std(axis=1), rtol=1e-6)


def test_a_band_of_one_level_deviates_by_one() -> None:
    sample, whole = PatchSample(1, 5, 0, 3), Window(0, 0, 4, 4)
    ones, valid = np.ones((4, 4), np.uint8), np.ones((4, 4), bool)
    sample.add(np.full((1, 4, 4), 77, np.uint8), whole, ones * 0, ones, valid, whole)
    assert (sample.mean.tolist(), sample.deviation.tolist()) == ([77], [1])


def test_of_nothing_there_is_no_sample() -> None:
    with pytest.raises(ValueError, match="nothing was drawn"):
        _ = PatchSample(2, 5, 0, 3).places


def test_patches_are_cut_where_the_pixel_is_and_repeat_the_edge() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 12, 9), np.uint8)
    padded = np.pad(pixels, [(0, 0), (3, 3), (3, 3)], mode="edge")
    patches = patches_around(pixels, np.arange(12 * 9), 7)
    for place, patch in enumerate(patches):
        row, col = divmod(place, 9)
        assert np.array_equal(patch, padded[:, row : row + 7, col : col + 7])
