"""Which pixels hold data: alpha, mask band, nodata values, numbers that are none."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Validity"]


@dataclass(frozen=True)
class Validity:
    """What of a raster says that a pixel holds data. A pixel is valid where all of it agrees.

    Attributes
    ----------
    alpha
        Number of the alpha band, from 1: 0 in it is invalid, everything else valid.
    masked
        Whether the file has a mask of its own, beside its bands.
    nodata
        Each band's nodata value. In 8 bits, where 0 and 255 are colours too, a pixel is invalid
        where all bands hold theirs; otherwise where any band does.
    """

    alpha: int | None
    masked: bool
    nodata: tuple[float | None, ...]

    def of_bands(self, positions: list[int]) -> "Validity":
        """Return what is said of some of the bands, by their positions."""
        return replace(self, nodata=tuple(self.nodata[position] for position in positions))

    def of_pixels(self, pixels: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return where pixels (band, row, col) hold data by themselves; None is everywhere.

        Numbers that are none (NaN, infinite) are invalid in any band.

        Examples
        --------
        >>> rgb = np.array([[[0, 0]], [[0, 9]]], np.uint8)
        >>> Validity(None, False, (0, 0)).of_pixels(rgb)
        array([[False,  True]])
        >>> Validity(None, False, (0, 0)).of_pixels(rgb.astype(np.uint16))
        array([[False, False]])
        >>> Validity(None, False, (None,)).of_pixels(np.array([[[np.nan, 3.0]]]))
        array([[False,  True]])
        """
        lacking = self._lacking(pixels)
        if not np.issubdtype(pixels.dtype, np.inexact):
            return None if lacking is None else ~lacking
        finite: NDArray[np.bool_] = np.isfinite(pixels).all(axis=0)
        return finite if lacking is None else finite & ~lacking

    def _lacking(self, pixels: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return where pixels hold their nodata value, None where no pixel can."""
        values = [_as_stored(value, pixels.dtype) for value in self.nodata]
        every = pixels.dtype in (np.uint8, np.int8)
        if all(value is None for value in values) or (every and None in values):
            return None
        found: NDArray[np.bool_] | None = None
        for band, value in zip(pixels, values, strict=True):
            if value is None:
                continue
            here = band == value
            if found is None:
                found = here
            elif every:
                found &= here
            else:
                found |= here
        return found


def _as_stored(value: float | None, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return a nodata value as pixels of `dtype` would hold it; None where they cannot.

    >>> _as_stored(-9999.0, np.dtype(np.uint8)), _as_stored(0.0, np.dtype(np.uint8))
    (None, np.uint8(0))
    """
    if value is None or not np.isfinite(value):
        return None  # what is not finite is invalid anyway
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        fits = float(value).is_integer() and limits.min <= value <= limits.max
        return dtype.type(int(value)) if fits else None
    with np.errstate(over="ignore"):
        return dtype.type(value)
