"""Colour in other words than red, green and blue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.pixels.features.window import Feature, Window

__all__ = ["ColourSpace"]

_MEDIAN_RADIUS_PX = 2
_CONVERSIONS = {"hsv": cv2.COLOR_RGB2HSV_FULL, "lab": cv2.COLOR_RGB2LAB}


@dataclass(frozen=True)
class ColourSpace(Feature):
    """A colour space of the first three bands, taken for red, green and blue.

    They go through the median of radius 2 first: hue is wild where a pixel is nearly grey.
    ``hsv``: hue, saturation, value, 0..255 each. ``lab``: CIE L*, a*, b* as OpenCV scales them to
    8 bits, L* 255/100 and a* and b* plus 128. The bands of an image of more than 8 bits are
    evened out into 256 levels each before, so their hues are not those that an eye would see.

    Examples
    --------
    >>> pixels = np.array([[[200]], [[100]], [[0]]], np.uint8)
    >>> ColourSpace("hsv").measure(Window(pixels, pixels, ["red", "green", "blue"])).ravel()
    array([ 21, 255, 200], dtype=uint8)
    """

    name: Literal["hsv", "lab"]

    @property
    def halo_px(self) -> int:
        """The radius of the median."""
        return _MEDIAN_RADIUS_PX

    def bands(self, band_names: Sequence[str]) -> int:
        """Return 3.

        Raises
        ------
        InputError
            If the image has fewer than three bands.
        """
        if len(band_names) < 3:
            message = (
                f"feature {self.name} needs three bands, red, green and blue; the image has "
                f"{len(band_names)}: leave the feature out"
            )
            raise InputError(message)
        return 3

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the colours of the inner rows, (3, row, col)."""
        side_px = 2 * _MEDIAN_RADIUS_PX + 1
        smooth = [cv2.medianBlur(band, side_px)[window.inner] for band in window.levels[:3]]
        colours = cv2.cvtColor(cv2.merge(smooth), _CONVERSIONS[self.name])  # (row, col, 3)
        return np.moveaxis(colours, 2, 0)
