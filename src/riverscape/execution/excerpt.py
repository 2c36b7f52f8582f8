"""A part of an image as an image of its own."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Raster, Window

__all__ = ["Excerpt", "excerpt"]


@dataclass(frozen=True)
class Excerpt(Raster):
    """A window of an image, read like an image of that size."""

    whole: Raster
    place: Window

    def read(self, window: Window | None = None) -> NDArray[Any]:
        """Return the pixels of a window, (band, row, col)."""
        return self.whole.read(self._there(window))

    def read_valid(self, window: Window | None = None) -> NDArray[np.bool_]:
        """Return where a window holds data, (row, col)."""
        return self.whole.read_valid(self._there(window))

    def read_with_valid(
        self, window: Window | None = None
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return both."""
        return self.whole.read_with_valid(self._there(window))

    def _there(self, window: Window | None) -> Window:
        if window is None:
            return self.place
        top, left = self.place.top + window.top, self.place.left + window.left
        return Window(top, left, window.height_px, window.width_px)


def excerpt(raster: Raster, place: Window) -> Excerpt:
    """Return a window of an image as an image of its own."""
    known = {field.name: getattr(raster, field.name) for field in fields(Raster)}
    shape = {"height_px": place.height_px, "width_px": place.width_px}
    return Excerpt(**{**known, **shape}, whole=raster, place=place)
