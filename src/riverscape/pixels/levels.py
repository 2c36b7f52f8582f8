"""Images of more than 8 bits in at most 256 levels a band, for a table of distinct colours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Strip, map_parts, strips

__all__ = ["Levels", "eight_bit"]

_LEVELS = 256
# A quantile of a million values lies within a thousandth of the share that it is meant to cut off.
_SAMPLE_PX = 1_000_000
_COUNTED = (np.uint16, np.int16)
_ALL_16_BITS = np.arange(1 << 16, dtype=np.uint16)

_Table = Callable[[NDArray[Any]], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Levels:
    """Where the values of each band are cut into levels.

    A value's level is the number of edges that it reaches. Levels rise with the values, so a
    median of levels is the level of the median. Bands of up to 256 distinct values keep a level
    for each; others are cut at quantiles, so that each level holds about as many pixels.

    Attributes
    ----------
    edges
        Of each band its edges in ascending order, at most 255; empty for images of uint8, which
        stay as they are.

    Examples
    --------
    >>> image = np.array([[[900, 30, 30, 4000]]], np.uint16)  # (band, row, col)
    >>> Levels.of(image).apply(image).tolist()
    [[[1, 0, 0, 2]]]
    """

    edges: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, pixels: NDArray[Any], valid: NDArray[np.bool_] | None = None) -> Self:
        """Learn the levels of an image (band, row, col) from its finite pixels that are valid.

        Of 16-bit images every pixel counts. Of others the quantiles are those of an evenly spaced
        million of pixels.

        Parameters
        ----------
        valid
            Which pixels hold data, (row, col); all without it.

        Raises
        ------
        InputError
            If the pixels are complex numbers, which have no order.
        """
        if pixels.dtype.kind not in "buif":
            message = f"pixels of type {pixels.dtype} cannot be put in order; convert the image"
            raise InputError(message)
        if pixels.dtype == np.uint8:
            return cls(())
        everywhere = valid is None or bool(valid.all())
        found = _counted_edges if pixels.dtype in _COUNTED else _sampled_edges
        return cls(tuple(found(band if everywhere else band[valid]) for band in pixels))

    def apply(self, pixels: NDArray[Any], threads: int = 1) -> NDArray[np.uint8]:
        """Return the levels of an image of the same bands and dtype, (band, row, col).

        What is no number is level 0.

        Raises
        ------
        ValueError
            If the levels were learned of another number of bands, or of uint8 and not of this.
        """
        if pixels.dtype == np.uint8 and not self.edges:
            return pixels
        if len(pixels) != len(self.edges):
            message = (
                f"levels of {len(self.edges)} bands do not fit {len(pixels)} of {pixels.dtype}"
            )
            raise ValueError(message)
        result = np.empty(pixels.shape, np.uint8)
        tables = [_table(edges, pixels.dtype) for edges in self.edges]

        def apply_strip(strip: Strip) -> None:
            for levels, band, table in zip(result, pixels, tables, strict=True):
                levels[strip.rows] = table(band[strip.rows])

        map_parts(apply_strip, strips(pixels.shape[1]), threads)
        return result


def eight_bit(
    pixels: NDArray[Any], valid: NDArray[np.bool_] | None = None, threads: int = 1
) -> NDArray[np.uint8]:
    """Return an image in its own levels, (band, row, col); one of uint8 as it is.

    Raises
    ------
    InputError
        If the pixels are complex numbers, which have no order.

    Examples
    --------
    >>> eight_bit(np.array([[[0.25, -1, 0.5]]], np.float32)).tolist()
    [[[1, 0, 2]]]
    """
    return Levels.of(pixels, valid).apply(pixels, threads)


def _table(edges: NDArray[Any], dtype: np.dtype[Any]) -> _Table:
    """Return what finds the number of edges that each value reaches."""

    def searched(values: NDArray[Any]) -> NDArray[np.uint8]:
        return np.searchsorted(edges, values, side="right").astype(np.uint8)

    def searched_numbers(values: NDArray[Any]) -> NDArray[np.uint8]:
        return np.where(np.isnan(values), 0, searched(values)).astype(np.uint8)

    if dtype in _COUNTED:
        every = searched(_ALL_16_BITS.view(dtype))
        return lambda values: every[values.view(np.uint16)]
    return searched_numbers if dtype.kind == "f" else searched


def _counted_edges(values: NDArray[Any]) -> NDArray[Any]:
    """Return the edges of all values of a 16-bit type, by counting each of them."""
    counts = np.zeros(1 << 16, np.intp)
    flat = values.ravel().view(np.uint16)
    for start in range(0, len(flat), _SAMPLE_PX):
        counts += np.bincount(flat[start : start + _SAMPLE_PX], minlength=1 << 16)
    every = _ALL_16_BITS.view(values.dtype)
    order = np.argsort(every)
    present = order[counts[order] > 0]
    if len(present) <= _LEVELS:
        return np.asarray(every[present][1:])
    below = counts[present].cumsum()
    places = _cuts(int(below[-1]))
    return _rising(every[present], np.searchsorted(below, places, side="right"))


def _sampled_edges(values: NDArray[Any]) -> NDArray[Any]:
    """Return the edges of values of any real type."""
    flat = values.ravel()
    if values.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    step = max(1, -(-len(flat) // _SAMPLE_PX))
    sample = np.sort(flat[::step])
    if len(np.unique(sample)) <= _LEVELS:
        # A sample may miss values that are few; whether all of them are few is worth a look.
        distinct = np.unique(flat)
        if len(distinct) <= _LEVELS:
            return distinct[1:]
    return _rising(sample, _cuts(len(sample)))


def _cuts(count: int) -> NDArray[np.intp]:
    """Return the places that cut `count` values in order into levels of equal size."""
    return np.arange(1, _LEVELS) * count // _LEVELS


def _rising(ordered: NDArray[Any], places: NDArray[np.intp]) -> NDArray[Any]:
    """Return the values at those places, each once, but for the least, which has level 0."""
    edges = np.unique(ordered[places])
    return np.asarray(edges[edges > ordered[0]])
