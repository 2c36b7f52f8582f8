"""The mean of the square around each pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.window import Neighbourhood, Window

__all__ = ["Mean"]


@dataclass(frozen=True)
class Mean(Neighbourhood):
    """The mean of the square around each pixel, band by band; edges repeat their last pixel.

    It is rounded to whole levels, halves upwards. Sums are whole numbers, so they are the same
    whatever the window.

    Examples
    --------
    >>> pixels = np.array([[[0, 0, 90]]], np.uint8)
    >>> Mean(radius_px=1).measure(Window(pixels, pixels, ["grey"])).tolist()
    [[[0, 30, 60]]]
    """

    radius_px: int = 5

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the means of the inner rows, (band, row, col)."""
        side_px = 2 * self.radius_px + 1
        result = np.empty_like(window.levels[:, window.inner])
        for mean, band in zip(result, window.levels, strict=True):
            sums = cv2.boxFilter(
                band,
                cv2.CV_32S,
                (side_px, side_px),
                normalize=False,
                borderType=cv2.BORDER_REPLICATE,
            )[window.inner]
            mean[:] = (sums + side_px**2 // 2) // side_px**2
        return result
