"""Evening out class probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.pixels.settings import Smoothing
from riverscape.pixels.smoothing import SMOOTHINGS, guided, mean, smoothing_halo_px


def _case(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shares = np.rint(rng.dirichlet(np.ones(3), shape) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(shares, 2, 0)), rng.integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(
    seed=st.integers(0, 99),
    rows=st.integers(1, 60),
    cols=st.integers(1, 25),
    radius_px=st.integers(1, 9),
    data=st.data(),
)
def test_a_window_with_its_halo_is_the_same_bytes(
    smoothing: Smoothing, seed: int, rows: int, cols: int, radius_px: int, data: st.DataObject
) -> None:
    shares, guide = _case(seed, (rows, cols))
    start = data.draw(st.integers(0, rows - 1))
    stop = data.draw(st.integers(start + 1, rows))
    halo_px = smoothing_halo_px(smoothing, radius_px)
    first, last = max(start - halo_px, 0), min(stop + halo_px, rows)
    whole = SMOOTHINGS[smoothing](shares, guide, radius_px)[:, start:stop]
    part = SMOOTHINGS[smoothing](
        np.ascontiguousarray(shares[:, first:last]), guide[first:last], radius_px
    )
    assert np.array_equal(part[:, start - first : stop - first], whole)


def test_the_mean_is_that_of_the_square() -> None:
    shares, guide = _case(0, (30, 20))
    found = mean(shares, guide, 2)
    padded = np.pad(shares, [(0, 0), (2, 2), (2, 2)], mode="edge").astype(int)
    for row, col in ((0, 0), (11, 7), (29, 19)):
        square = padded[:, row : row + 5, col : col + 5].reshape(3, -1)
        assert np.array_equal(found[:, row, col], square.sum(axis=1))


def test_the_guided_filter_takes_specks_away_and_keeps_edges() -> None:
    """Dark water left, bright bank right: both lose their specks, their border stays in place."""
    guide = np.repeat(np.array([[40, 200]], np.uint8), 20, axis=1).repeat(40, axis=0)
    water = np.where(guide == 40, 230, 25).astype(np.uint8)
    rng = np.random.default_rng(0)
    specks = rng.random(water.shape) < 0.05
    shares = np.stack([np.where(specks, 255 - water, water), np.where(specks, water, 255 - water)])
    expected = (guide != 40).astype(int)
    assert (shares.argmax(axis=0) != expected).sum() > 50
    assert np.array_equal(guided(shares, guide, 4).argmax(axis=0), expected)
    # The same specks without an edge to follow: the plain mean blurs the border.
    assert (mean(shares, guide, 4)[0, :, 19] < guided(shares, guide, 4)[0, :, 19]).all()


def test_the_guided_filter_is_the_one_that_was_published() -> None:
    """Against the definition in floating point, to the fixed-point steps' precision."""
    shares, guide = _case(4, (40, 40))
    radius_px, epsilon = 3, 0.01 * 255**2

    def average(values: np.ndarray) -> np.ndarray:
        padded = np.pad(values.astype(float), radius_px, mode="edge")
        side = 2 * radius_px + 1
        squares = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
        return np.asarray(squares.mean(axis=(2, 3)))

    level, variance = average(guide), average(guide.astype(float) ** 2) - average(guide) ** 2
    found = guided(shares, guide, radius_px) / (2 * radius_px + 1) ** 2
    for share, one in zip(shares, found, strict=True):
        slope = (average(guide * share.astype(float)) - level * average(share)) / (
            variance + epsilon
        )
        line = average(slope) * guide + average(average(share) - slope * level)
        assert np.abs(np.maximum(line, 0) - one).max() < 0.15
