"""How much the brightness varies around each pixel: at one scale, or as texture at two."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.window import Feature, Neighbourhood, Window

__all__ = ["LEVELS_PER_GREY", "LEVELS_PER_OCTAVE", "Deviation", "Texture"]

# In a photograph of 8 bits, squares of 7 x 7 deviate by 13 at the median and by 41 at most but
# for one in a thousand; 85 and more are one level.
LEVELS_PER_GREY = 3
# The largest deviation that 256 levels allow, 127.5, is 7 doublings of 1 + deviation.
LEVELS_PER_OCTAVE = 255 / 7
_TEXTURE_RADII_PX = (2, 10)
# Texture is looked up by the deviation in sixteenths of a grey level.
_STEPS = 16
_TEXTURE = np.rint(LEVELS_PER_OCTAVE * np.log2(1 + np.arange(128 * _STEPS) / _STEPS))


@dataclass(frozen=True)
class Deviation(Neighbourhood):
    """The standard deviation, in the square around each pixel, of the mean of the bands.

    Three levels for each grey level; 85 grey levels and more are 255. Edges repeat their last
    pixel.

    Examples
    --------
    >>> pixels = np.array([[[10, 10, 40, 40]]], np.uint8)
    >>> deviation = Deviation(radius_px=1).measure(Window(pixels, pixels, ["grey"]))
    >>> (deviation / LEVELS_PER_GREY).round().tolist()
    [[[0.0, 14.0, 14.0, 0.0]]]
    """

    radius_px: int = 3

    def bands(self, band_names: Sequence[str]) -> int:  # noqa: ARG002
        """Return 1: the bands are looked at together."""
        return 1

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the deviation of the inner rows, (1, row, col)."""
        deviation = _deviation(_sum_of_bands(window), self.radius_px, len(window.levels))
        levels = np.minimum(np.rint(LEVELS_PER_GREY * deviation), 255)
        return levels[None, window.inner].astype(np.uint8)


@dataclass(frozen=True)
class Texture(Feature):
    """How rough the ground looks at two scales, whatever its brightness.

    The logarithm of the standard deviation s of the mean of the bands, in squares of 5 x 5 and of
    21 x 21 pixels: 255/7 log2(1 + s), so that each doubling of the contrast counts alike and what
    is below a grey level counts little. Edges repeat their last pixel.

    Examples
    --------
    >>> pixels = np.zeros((1, 9, 9), np.uint8)
    >>> pixels[0, 4, 4] = 25
    >>> Texture().measure(Window(pixels, pixels, ["grey"]))[:, 4, 4].tolist()
    [93, 41]
    """

    @property
    def halo_px(self) -> int:
        """The larger of the two radii."""
        return max(_TEXTURE_RADII_PX)

    def bands(self, band_names: Sequence[str]) -> int:  # noqa: ARG002
        """Return the number of scales."""
        return len(_TEXTURE_RADII_PX)

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the texture of the inner rows, (scale, row, col), the finer scale first."""
        total, bands = _sum_of_bands(window), len(window.levels)
        table = _TEXTURE.astype(np.uint8)
        scales = []
        for radius_px in _TEXTURE_RADII_PX:
            deviation = _deviation(total, radius_px, bands)[window.inner]
            scales.append(table[np.rint(_STEPS * deviation).astype(np.intp)])
        return np.stack(scales)


def _sum_of_bands(window: Window) -> NDArray[np.float64]:
    return np.asarray(window.levels.sum(axis=0, dtype=np.float64))


def _deviation(total: NDArray[np.float64], radius_px: int, bands: int) -> NDArray[np.float64]:
    """Return the standard deviation (row, col) of total / bands in squares.

    Sums of whole numbers and of their squares are exact in float64 (below 2^53), so they do not
    depend on where a filter that slides over the window began.
    """
    side_px = 2 * radius_px + 1
    count, square = side_px**2, (side_px, side_px)
    edge = cv2.BORDER_REPLICATE
    sums = cv2.boxFilter(total, cv2.CV_64F, square, normalize=False, borderType=edge)
    squares = cv2.sqrBoxFilter(total, cv2.CV_64F, square, normalize=False, borderType=edge)
    variance = np.maximum(count * squares - sums * sums, 0)
    return np.asarray(np.sqrt(variance) / (count * bands))
