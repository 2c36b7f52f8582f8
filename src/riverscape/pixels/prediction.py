"""Phase 2 on an image: the most probable class of each pixel."""

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_parts
from riverscape.pixels.posterior import Posterior

__all__ = ["classify_pixels"]


def classify_pixels(posterior: Posterior, threads: int = 1) -> NDArray[np.uint8]:
    """Return the position of each pixel's most probable class, (row, col).

    Where nothing was taught it is 0 throughout; of pixels without data it says nothing.

    Examples
    --------
    >>> from riverscape.pixels import ColourEvidence, Context
    >>> colours = np.array([[0.5, 0.5], [0.1, 0.9]], np.float32)
    >>> evidence = ColourEvidence(np.array([[0, 1]], np.int32), colours, np.array([0, 1]))
    >>> context = Context(np.array([[[0.9, 0.1]]], np.float32), block_px=2, weight=0.7)
    >>> grey, valid = np.zeros((1, 2), np.uint8), np.ones((1, 2), bool)
    >>> classify_pixels(Posterior(evidence, grey, valid, context))
    array([[0, 1]], dtype=uint8)
    """
    taught = posterior.evidence.taught.astype(np.uint8)
    result = np.zeros(posterior.evidence.shape, np.uint8)
    if not len(taught):
        return result

    def classify_strip(strip: Strip) -> None:
        if not posterior.valid[strip.rows].any():
            return
        best, *others = posterior.weights(strip)
        found = result[strip.rows]
        found[:] = taught[0]
        for position, weight in zip(taught[1:], others, strict=True):
            found[weight > best] = position
            np.maximum(best, weight, out=best)

    parts = posterior.strips()
    map_parts(classify_strip, parts, threads)
    return result
