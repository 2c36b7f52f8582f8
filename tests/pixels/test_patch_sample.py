"""Laws of the sample that a classifier of patches learns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riverscape.pixels.patch_sample import PixelSample, patches_around


@given(
    arrays(np.uint8, (9, 7), elements=st.sampled_from([0, 1, 2, 255])),
    arrays(np.uint8, (9, 7), elements=st.sampled_from([0, 1, 200])),
    st.integers(1, 30),
    st.integers(0, 9),
)
def test_a_sample_holds_each_pixel_once_and_no_other(
    positions: np.ndarray, weights: np.ndarray, most: int, seed: int
) -> None:
    sample = PixelSample.draw(positions, weights, 3, most, seed)
    assert np.all(np.diff(sample.places) > 0)
    assert np.array_equal(sample.taught[sample.labels], positions.ravel()[sample.places])
    assert np.all(weights.ravel()[sample.places] > 0)
    drawn = dict(zip(sample.taught.tolist(), np.bincount(sample.labels), strict=True))
    for position in range(3):
        there = np.count_nonzero(weights[positions == position])
        assert drawn.get(position, 0) == min(there, most)
    totals = [weights[positions == position].sum() for position in sample.taught]
    assert sample.totals.tolist() == totals


def test_pixels_are_drawn_by_their_weight() -> None:
    weights = np.array([[1, 2, 5, 0, 12]], np.uint8)
    positions = np.zeros_like(weights)
    first = [
        int(PixelSample.draw(positions, weights, 1, 1, seed).places[0]) for seed in range(4000)
    ]
    shares = np.bincount(first, minlength=5) / 4000
    assert np.abs(shares - weights[0] / 20).max() < 0.03


def test_a_large_image_is_drawn_from_evenly() -> None:
    positions = np.zeros((900, 700), np.uint8)
    sample = PixelSample.draw(positions, np.full_like(positions, 3), 1, 5000, 0)
    by_part = np.bincount(sample.places * 9 // positions.size, minlength=9)
    assert by_part.sum() == 5000
    assert np.abs(by_part - 5000 / 9).max() < 100


def test_patches_are_cut_where_the_pixel_is_and_repeat_the_edge() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 12, 9), np.uint8)
    padded = np.pad(pixels, [(0, 0), (3, 3), (3, 3)], mode="edge")
    patches = patches_around(pixels, np.arange(12 * 9), 7)
    for place, patch in enumerate(patches):
        row, col = divmod(place, 9)
        assert np.array_equal(patch, padded[:, row : row + 7, col : col + 7])
