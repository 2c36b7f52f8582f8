"""Phase 2 on an image: each pixel looks its colour up, and what the tiles around it say."""

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_parts, strips
from riverscape.pixels.context import LEAST_PROBABILITY, Context

__all__ = ["classify_pixels"]


def classify_pixels(
    index: NDArray[np.int32],
    colours: NDArray[np.float32],
    context: Context | None = None,
    threads: int = 1,
) -> NDArray[np.uint8]:
    """Return the position of each pixel's most probable class, (row, col).

    Parameters
    ----------
    index
        Which colour each pixel has, (row, col).
    colours
        Class probabilities of each colour, (n, class).
    context
        What the tiles say; without it colour alone decides.

    Examples
    --------
    >>> colours = np.array([[0.5, 0.5], [0.1, 0.9]], np.float32)
    >>> context = Context(np.array([[[0.9, 0.1]]], np.float32), block_px=2, weight=0.7)
    >>> classify_pixels(np.array([[0, 1]], np.int32), colours, context)
    array([[0, 1]], dtype=uint8)
    """
    by_class = np.ascontiguousarray(np.log(np.maximum(colours, LEAST_PROBABILITY)).T)
    result = np.zeros(index.shape, np.uint8)

    def classify_strip(strip: Strip) -> None:
        here, found = index[strip.rows], result[strip.rows]
        around = None if context is None else context.rows(strip)
        best = np.full(here.shape, -np.inf, np.float32)
        for position, scores in enumerate(by_class):
            score = scores[here]
            if context is not None and around is not None:
                score += context.columns(around[:, :, position], here.shape[1])
            better = score > best
            found[better] = position
            np.maximum(best, score, out=best)

    map_parts(classify_strip, strips(len(index)), threads)
    return result
