"""How much of a map is of each class, in pixels and in square metres, summed up by strips."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import byte_counts, pixel_areas_m2
from riverscape.labels import ClassScheme

__all__ = ["ClassAreas"]


class ClassAreas:
    """Pixels and area of each code of a map.

    Parameters
    ----------
    shape
        Rows and columns of the map.
    transform, crs
        Its place on Earth; without one there are pixels only.

    Examples
    --------
    >>> from rasterio import Affine
    >>> from rasterio.crs import CRS
    >>> areas = ClassAreas((2, 2), Affine.scale(0.5, -0.5), CRS.from_epsg(32619))
    >>> areas.add(0, np.array([[1, 1], [3, 0]], np.uint8))
    >>> areas.pixels(1), areas.square_metres(1)
    (2, 0.5)
    """

    def __init__(self, shape: tuple[int, int], transform: Any, crs: Any) -> None:  # noqa: ANN401
        self._pixels = np.zeros(256, np.int64)
        self._of_row = pixel_areas_m2(crs, transform, shape)
        even = self._of_row is None or bool((self._of_row == self._of_row[0]).all())
        self._square_metres = None if even else np.zeros(256)

    def add(self, top: int, codes: NDArray[np.uint8]) -> None:
        """Add a strip of whole rows, (row, col), that begins in row `top`."""
        counts = byte_counts(codes)
        self._pixels += counts
        if self._square_metres is None or self._of_row is None:
            return
        rows = self._of_row[top : top + len(codes)]
        for code in np.flatnonzero(counts):
            self._square_metres[code] += rows @ np.count_nonzero(codes == code, axis=1)

    def pixels(self, code: int) -> int:
        """Return the pixels of a code."""
        return int(self._pixels[code])

    def square_metres(self, code: int) -> float | None:
        """Return the area of a code; None where the map has no place on Earth."""
        if self._of_row is None:
            return None
        if self._square_metres is None:
            return float(self._pixels[code] * self._of_row[0])
        return float(self._square_metres[code])

    def by_name(self, scheme: ClassScheme) -> dict[str, float]:
        """Return the square metres of each class; empty where the map has no place on Earth."""
        areas = {cover.name: self.square_metres(cover.code) for cover in scheme}
        return {name: area for name, area in areas.items() if area is not None}
