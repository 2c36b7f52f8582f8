"""Normalised differences of two bands, such as NDVI and NDWI."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.pixels.features.window import Feature, Window

__all__ = ["NormalisedDifference"]

_MEDIAN_RADIUS_PX = 2
# What cv2.medianBlur takes in squares of 5 x 5; anything else becomes float32.
_FILTERED_AS_THEY_ARE = (np.uint8, np.uint16, np.int16)


@dataclass(frozen=True)
class NormalisedDifference(Feature):
    """(first - second) / (first + second) of two bands, -1..1 as 0..255.

    It is taken of the values in the file, whatever their dtype, after the median of radius 2.
    Values below 0, as reflectances over dark water can be, and values that are no number count
    as 0; 0/0 is 0, and 0 is level 128.

    Attributes
    ----------
    first, second
        Name of a band, in capitals or not, or its number counted from 1. A name wins over a
        number.

    Examples
    --------
    >>> pixels = np.array([[[3000, 0]], [[1000, 0]]], np.uint16)
    >>> window = Window(pixels, np.zeros_like(pixels, np.uint8), ["nir", "red"])
    >>> NormalisedDifference("nir", "2").measure(window).tolist()  # 0.5 and 0/0
    [[[191, 128]]]
    """

    first: str
    second: str

    @property
    def halo_px(self) -> int:
        """The radius of the median."""
        return _MEDIAN_RADIUS_PX

    @property
    def sees_raw(self) -> bool:
        """True: a ratio of levels is none of the values."""
        return True

    def bands(self, band_names: Sequence[str]) -> int:
        """Return 1.

        Raises
        ------
        SettingsError
            If there is no band of that name or number.
        """
        for band in (self.first, self.second):
            self._position(band, band_names)
        return 1

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the differences of the inner rows, (1, row, col)."""
        first, second = (
            _smooth(window.raw[self._position(band, window.band_names)])[window.inner]
            for band in (self.first, self.second)
        )
        total = first + second
        ratio = np.divide(first - second, total, out=np.zeros_like(total), where=total > 0)
        return np.rint((1 + ratio[None]) * 127.5).astype(np.uint8)

    def _position(self, band: str, band_names: Sequence[str]) -> int:
        names = [name.casefold() for name in band_names]
        if band.casefold() in names:
            return names.index(band.casefold())
        if band.isdecimal() and 1 <= int(band) <= len(names):
            return int(band) - 1
        known = ", ".join(f"{number} {name}" for number, name in enumerate(band_names, 1))
        message = (
            f"feature nd:{self.first}:{self.second}: no band is called {band!r}; known: {known}"
        )
        raise SettingsError(message)


def _smooth(band: NDArray[Any]) -> NDArray[np.float64]:
    """Return the median of a band, nothing below 0, (row, col)."""
    if band.dtype not in _FILTERED_AS_THEY_ARE:
        with np.errstate(over="ignore"):
            band = band.astype(np.float32)
        band = np.nan_to_num(band, nan=0, posinf=0, neginf=0)
    median = cv2.medianBlur(band, 2 * _MEDIAN_RADIUS_PX + 1)
    return np.asarray(np.maximum(median, 0, dtype=np.float64))
