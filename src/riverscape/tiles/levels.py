"""Levels: pixels of any type as the eight bits that both phases see."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["PIXEL_TYPES", "PixelType", "check_range", "levels_between"]

# Whole numbers of 64 bits are left out: a double does not hold all of them.
PixelType = Literal["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
PIXEL_TYPES: tuple[str, ...] = get_args(PixelType)

# Values at a time: the doubles of a block stay within the processor's cache.
_BLOCK = 1 << 17


def levels_between(
    pixels: NDArray[Any], low: Sequence[float], high: Sequence[float]
) -> NDArray[np.uint8]:
    """Return pixels (band, row, col) as levels: 0 is `low` of the band, 255 is `high`.

    What lies outside is cut off, and no number (NaN) is 0. A value has the same level whatever
    its type and its neighbours, and a higher value never a lower level.

    Raises
    ------
    ValueError
        If the bands differ in number, or a type of pixel is unknown.

    Examples
    --------
    >>> pixels = np.array([[[0, 257, 65535]], [[99, 100, 300]]], np.uint16)
    >>> levels_between(pixels, low=(0, 100), high=(65535, 300)).tolist()
    [[[0, 1, 255]], [[0, 0, 255]]]
    """
    if not len(pixels) == len(low) == len(high):
        message = f"{len(pixels)} bands with {len(low)} lows and {len(high)} highs"
        raise ValueError(message)
    if pixels.dtype.name not in PIXEL_TYPES:
        message = f"{pixels.dtype} pixels have no levels; known: {', '.join(PIXEL_TYPES)}"
        raise ValueError(message)
    levels = np.empty(pixels.shape, np.uint8)
    of_band = _looked_up if pixels.dtype.itemsize <= 2 else _computed
    for band, values in enumerate(pixels):
        of_band(values, low[band], high[band], levels[band])
    return levels


def check_range(
    low: Sequence[float] | None,
    high: Sequence[float] | None,
    bands: int,
    dtype: str = "uint8",
) -> None:
    """Check that each band has two values for black and white; 8-bit pixels may have none.

    Raises
    ------
    ValueError
        If it has not.
    """
    if low is None or high is None:
        if dtype != "uint8" or low != high:
            message = f"{dtype} pixels need low and high: what the levels 0 and 255 are"
            raise ValueError(message)
        return
    if not bands == len(low) == len(high):
        message = "bands, low and high differ in length"
        raise ValueError(message)
    if not all(black < white for black, white in zip(low, high, strict=True)):
        message = "low is not below high in every band"
        raise ValueError(message)


def _looked_up(values: NDArray[Any], low: float, high: float, levels: NDArray[np.uint8]) -> None:
    """Enter the levels of whole numbers of 8 or 16 bits, one table entry for each."""
    unsigned = np.dtype(f"uint{8 * values.dtype.itemsize}")
    every = np.arange(np.iinfo(unsigned).max + 1).astype(unsigned)
    table = np.empty(len(every), np.uint8)
    _computed(every.view(values.dtype), low, high, table)
    # Every index is in the table; said so, numpy needs no check and writes in place.
    np.take(table, values.view(unsigned), out=levels, mode="clip")


def _computed(values: NDArray[Any], low: float, high: float, levels: NDArray[np.uint8]) -> None:
    rows = max(1, _BLOCK // max(1, values[0].size))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(values), rows):
            block = values[start : start + rows].astype(np.float64)
            block -= low
            block /= high - low
            block *= 255
            np.rint(block, out=block)
            np.clip(block, 0, 255, out=block)
            # What a cast makes of NaN is the processor's own.
            np.copyto(block, 0, where=np.isnan(block))
            levels[start : start + rows] = block
