"""What phase 2 sees of each pixel."""

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_parts, strips

__all__ = ["median_filtered"]

# From 2^20 pixels on OpenCV takes its algorithm whose cost does not grow with the radius: a third
# faster for the 11 x 11 median, with the same result.
_FAST_PX = (1 << 20) + 1


def median_filtered(
    pixels: NDArray[np.uint8], radius_px: int, threads: int = 1
) -> NDArray[np.uint8]:
    """Return the median of the square around each pixel, band by band, (band, row, col).

    Edges repeat their last pixel. The original takes the median over a disk of radius 5; the
    square of the same width is an order of magnitude faster.

    Examples
    --------
    >>> pixels = np.zeros((1, 5, 5), np.uint8)
    >>> pixels[0, 2, 2] = 255  # a speck
    >>> int(median_filtered(pixels, radius_px=1).max())
    0
    """
    if radius_px == 0:
        return pixels
    result = np.empty_like(pixels)

    def filter_part(part: tuple[int, Strip]) -> None:
        band, strip = part
        source = np.ascontiguousarray(pixels[band, strip.halo])
        result[band, strip.rows] = cv2.medianBlur(source, 2 * radius_px + 1)[strip.inner]

    tall_px = -(-_FAST_PX // pixels.shape[2])
    parts = strips(pixels.shape[1], tall_px, radius_px)
    map_parts(filter_part, list(product(range(len(pixels)), parts)), threads)
    return result
