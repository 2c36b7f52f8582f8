"""Phase 2 on an image: each pixel looks its colour up, and what the tiles around it say."""

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_strips, strips

__all__ = ["classify_pixels"]

# Least probability that colour or context can give a class: neither can rule one out alone.
_LEAST = 1e-4


def classify_pixels(
    index: NDArray[np.int32],
    probabilities: NDArray[np.float32],
    context: NDArray[np.float32] | None = None,
    block_px: int = 1,
    context_weight: float = 0.0,
    threads: int = 1,
) -> NDArray[np.uint8]:
    """Return the position of each pixel's most probable class, (row, col).

    Parameters
    ----------
    index
        Which colour each pixel has, (row, col).
    probabilities
        Class probabilities of each colour, (n, class).
    context
        Class probabilities of square blocks of `block_px`, (block_row, block_col, class);
        interpolated between the centres of the blocks. Without it colour alone decides.
    context_weight
        Weight of the logarithm of the context against that of the colour.

    Examples
    --------
    >>> colours = np.array([[0.5, 0.5], [0.1, 0.9]], np.float32)
    >>> context = np.array([[[0.9, 0.1]]], np.float32)
    >>> classify_pixels(np.array([[0, 1]], np.int32), colours, context, 2, context_weight=0.7)
    array([[0, 1]], dtype=uint8)
    """
    colour_scores = np.ascontiguousarray(np.log(np.maximum(probabilities, _LEAST)).T)
    block_scores = None
    if context is not None and context_weight:
        block_scores = np.float32(context_weight) * np.log(np.maximum(context, _LEAST))
    result = np.zeros(index.shape, np.uint8)

    def classify_strip(strip: Strip) -> None:
        part, best = result[strip.rows], None
        around = None if block_scores is None else _rows_between(block_scores, strip, block_px)
        for position, scores in enumerate(colour_scores):
            score = scores[index[strip.rows]]
            if around is not None:
                score += _columns_between(around[:, :, position], block_px)[:, : score.shape[1]]
            if best is None:
                best = score
                continue
            better = score > best
            part[better] = position
            np.maximum(best, score, out=best)

    map_strips(classify_strip, strips(len(index)), threads)
    return result


def _rows_between(
    block_scores: NDArray[np.float32], strip: Strip, block_px: int
) -> NDArray[np.float32]:
    """Interpolate between rows of blocks: (row, block_col, class) for the strip's rows."""
    place = (np.arange(strip.start, strip.stop) + 0.5) / block_px - 0.5
    place = place.clip(0, len(block_scores) - 1)
    before = place.astype(np.intp)
    after = np.minimum(before + 1, len(block_scores) - 1)
    share = (place - before).astype(np.float32)[:, None, None]
    return block_scores[before] * (1 - share) + block_scores[after] * share


def _columns_between(scores: NDArray[np.float32], block_px: int) -> NDArray[np.float32]:
    """Interpolate between columns of blocks: (row, col) of (row, block_col)."""
    rows, blocks = scores.shape
    size = (blocks * block_px, rows)
    return np.asarray(
        cv2.resize(np.ascontiguousarray(scores), size, interpolation=cv2.INTER_LINEAR)
    )
