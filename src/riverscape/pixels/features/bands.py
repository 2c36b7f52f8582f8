"""The bands as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.window import Feature, Window

__all__ = ["Bands"]


@dataclass(frozen=True)
class Bands(Feature):
    """The bands themselves, nothing filtered.

    Examples
    --------
    >>> pixels = np.array([[[3, 200]]], np.uint8)
    >>> Bands().measure(Window(pixels, pixels, ["grey"])).tolist()
    [[[3, 200]]]
    """

    @property
    def halo_px(self) -> int:
        """A pixel is seen alone."""
        return 0

    def bands(self, band_names: Sequence[str]) -> int:
        """Return the number of bands."""
        return len(band_names)

    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the levels of the inner rows, (band, row, col)."""
        return window.levels[:, window.inner]
