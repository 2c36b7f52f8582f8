"""Laws of labelling pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riverscape.pixels import Context, classify_pixels, median_filtered


def _case(seed: int, height_px: int, width_px: int, block_px: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    index = rng.integers(0, 50, (height_px, width_px)).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(3), 50).astype(np.float32)
    blocks = (-(-height_px // block_px), -(-width_px // block_px))
    return index, probabilities, rng.dirichlet(np.ones(3), blocks).astype(np.float32)


def _by_pixel(
    index: np.ndarray, probabilities: np.ndarray, context: np.ndarray, block_px: int, weight: float
) -> np.ndarray:
    """Score every pixel on its own, as the definition says."""
    height, width = index.shape
    scores = np.zeros((height, width, probabilities.shape[1]))
    logs = np.log(np.maximum(context, 1e-4))
    for row in range(height):
        for col in range(width):
            places = []
            for place, count in ((row, context.shape[0]), (col, context.shape[1])):
                middle = min(max((place + 0.5) / block_px - 0.5, 0), count - 1)
                before = int(middle)
                places.append((before, min(before + 1, count - 1), middle - before))
            (top, bottom, down), (left, right, across) = places
            upper = logs[top, left] * (1 - across) + logs[top, right] * across
            lower = logs[bottom, left] * (1 - across) + logs[bottom, right] * across
            colour = np.log(np.maximum(probabilities[index[row, col]], 1e-4))
            scores[row, col] = colour + weight * (upper * (1 - down) + lower * down)
    return scores


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), st.integers(2, 25))
def test_context_is_interpolated_between_block_centres(
    seed: int, height_px: int, width_px: int, block_px: int
) -> None:
    index, probabilities, context = _case(seed, height_px, width_px, block_px)
    found = classify_pixels(index, probabilities, Context(context, block_px, 0.7))
    scores = _by_pixel(index, probabilities, context, block_px, 0.7)
    # Where two classes score alike, rounding may decide.
    top = np.sort(scores, axis=2)
    clear = top[:, :, -1] - top[:, :, -2] > 1e-3
    assert np.array_equal(found[clear], scores.argmax(axis=2)[clear])


def test_without_context_colour_decides_alone() -> None:
    index, probabilities, context = _case(0, 30, 40, 10)
    expected = probabilities.argmax(axis=1)[index]
    assert np.array_equal(classify_pixels(index, probabilities), expected)
    silent = Context(context, 10, 0.0)
    assert np.array_equal(classify_pixels(index, probabilities, silent), expected)


def test_threads_do_not_change_the_map() -> None:
    index, probabilities, context = _case(3, 500, 60, 25)
    around = Context(context, 25, 0.7)
    one = classify_pixels(index, probabilities, around)
    assert np.array_equal(one, classify_pixels(index, probabilities, around, threads=4))


def test_median_is_the_median_of_the_square() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 300, 40)).astype(np.uint8)
    found = median_filtered(pixels, 5, threads=2)
    padded = np.pad(pixels, [(0, 0), (5, 5), (5, 5)], mode="edge")
    for row, col in ((0, 0), (127, 3), (128, 20), (299, 39)):
        square = padded[:, row : row + 11, col : col + 11].reshape(2, -1)
        assert np.array_equal(found[:, row, col], np.median(square, axis=1))


def test_no_median_leaves_the_pixels() -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    assert np.array_equal(median_filtered(pixels, 0), pixels)
