"""The median of the square around each pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.window import Neighbourhood, Window

__all__ = ["SquareMedian"]

# From 2^20 pixels on OpenCV takes its algorithm whose cost does not grow with the radius: a third
# faster for the 11 x 11 median, with the same result.
_FAST_PX = (1 << 20) + 1


@dataclass(frozen=True)
class SquareMedian(Neighbourhood):
    """The median of the square around each pixel, band by band; edges repeat their last pixel.

    Examples
    --------
    >>> pixels = np.zeros((1, 5, 5), np.uint8)
    >>> pixels[0, 2, 2] = 255  # a speck
    >>> int(SquareMedian(radius_px=1).measure(Window(pixels, pixels, ["grey"])).max())
    0
    """

    radius_px: int = 2

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the medians of the inner rows, (band, row, col)."""
        side_px = 2 * self.radius_px + 1
        result = np.empty_like(window.levels[:, window.inner])
        for median, band in zip(result, window.levels, strict=True):
            median[:] = cv2.medianBlur(band, side_px)[window.inner]
        return result

    def strip_px(self, width_px: int) -> int:
        """Return how many rows make up the pixels from which on OpenCV is faster."""
        return -(-_FAST_PX // width_px)
