"""A raster at half its size, again and again: what a GIS shows of it from afar."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK_PX", "Halve", "Pyramid", "halved_by_mean", "halved_by_mode", "overview_shapes"]

BLOCK_PX = 512
"""Side of the blocks of a file, and most of the sides of the smallest overview."""

Halve = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

_NO_PERCENTAGE = 255
# What is made of so many rows of a large map stays in the processor's cache.
_ROWS_IN_CACHE = 32


def overview_shapes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return rows and columns of the overviews of a raster, until one fits into a block.

    Examples
    --------
    >>> overview_shapes((1100, 400)), overview_shapes((512, 512))
    ([(550, 200), (275, 100)], [])
    """
    shapes = []
    while max(shape) > BLOCK_PX:
        shape = (-(-shape[0] // 2), -(-shape[1] // 2))
        shapes.append(shape)
    return shapes


def halved_by_mode(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the commonest code of each square of 2 x 2, (..., row, col); codes are never mixed.

    0, no data, counts only where there is nothing else; of codes as common the first stays.

    Examples
    --------
    >>> halved_by_mode(np.array([[1, 2, 0], [2, 3, 4]], np.uint8))
    array([[2, 4]], dtype=uint8)
    """
    values = np.ascontiguousarray(_even(codes, 0))
    rows = values.reshape(-1, values.shape[-1])  # of an even number in each band
    result = np.empty((len(rows) // 2, rows.shape[1] // 2), np.uint8)
    for top in range(0, len(rows), _ROWS_IN_CACHE):
        part = rows[top : top + _ROWS_IN_CACHE]
        result[top // 2 :][: len(part) // 2] = _commonest(part)
    return result.reshape(*values.shape[:-2], -1, result.shape[1])


def _commonest(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    result = rows[::2, ::2].copy()
    # Most squares are of one class; only the others are counted. Two pixels are one number.
    pairs = rows.view(np.uint16)
    upper, lower = pairs[::2], pairs[1::2]
    differing = upper >> 8
    differing ^= upper
    differing &= 0xFF
    differing |= upper ^ lower
    mixed = np.flatnonzero(differing)
    if not len(mixed):
        return result
    row, col = np.divmod(mixed, result.shape[1])
    wide = rows.shape[1]
    first = 2 * (row * wide + col)
    a, b, c, d = (rows.ravel()[first + step] for step in (0, 1, wide, wide + 1))
    found = np.where(a > 0, a, np.where(b > 0, b, np.where(c > 0, c, d)))
    found = np.where((c == d) & (c > 0), c, found)
    found = np.where(((b == c) | (b == d)) & (b > 0), b, found)
    result.ravel()[mixed] = np.where(((a == b) | (a == c) | (a == d)) & (a > 0), a, found)
    return result


def halved_by_mean(percentages: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mean of each square of 2 x 2, (..., row, col), of those that are no data, 255.

    Examples
    --------
    >>> halved_by_mean(np.array([[10, 20, 255], [30, 255, 255]], np.uint8))
    array([[ 20, 255]], dtype=uint8)
    """
    values = _even(percentages, _NO_PERCENTAGE)
    quarters = [values[..., row::2, col::2] for row in (0, 1) for col in (0, 1)]
    total = np.zeros(quarters[0].shape, np.uint16)
    count = np.zeros(quarters[0].shape, np.uint16)
    for quarter in quarters:
        known = quarter != _NO_PERCENTAGE
        total += quarter * known
        count += known
    mean = (total + count // 2) // np.maximum(count, 1)
    return np.where(count > 0, mean, _NO_PERCENTAGE).astype(np.uint8)


def _even(values: NDArray[np.uint8], nothing: int) -> NDArray[np.uint8]:
    """Return a raster of an even number of rows and columns, (..., row, col)."""
    odd = [(0, length % 2) for length in values.shape[-2:]]
    if not any(more for _, more in odd):
        return values
    still = [(0, 0)] * (values.ndim - 2)
    return np.pad(values, [*still, *odd], constant_values=nothing)


class Pyramid:
    """Takes a raster from the top, and hands on rows of it and of each overview, by whole blocks.

    Parameters
    ----------
    shapes
        Rows and columns of the raster, and of its overviews.
    halve
        Makes of some rows those of the next overview.
    write
        Told of each level, 0 is the raster itself, from which row on there is what, (band, row,
        col).

    Examples
    --------
    >>> shapes = [(1030, 2), *overview_shapes((1030, 2))]
    >>> said = []
    >>> pyramid = Pyramid(shapes, halved_by_mode, lambda *what: said.append(what))
    >>> pyramid.add(np.ones((1, 1030, 2), np.uint8))
    >>> [(level, top, bands.shape) for level, top, bands in said]
    [(0, 0, (1, 512, 2)), (0, 512, (1, 512, 2)), (1, 0, (1, 512, 1)), (0, 1024, (1, 6, 2)), \
(1, 512, (1, 3, 1)), (2, 0, (1, 258, 1))]
    """

    def __init__(
        self,
        shapes: list[tuple[int, int]],
        halve: Halve,
        write: Callable[[int, int, NDArray[np.uint8]], Any],
    ) -> None:
        self._shapes, self._halve, self._write = shapes, halve, write
        self._waiting: list[list[NDArray[np.uint8]]] = [[] for _ in shapes]
        self._tops = [0] * len(shapes)

    def add(self, bands: NDArray[np.uint8], level: int = 0) -> None:
        """Add the next rows, (band, row, col)."""
        if level == len(self._shapes):
            return
        waiting = self._waiting[level]
        waiting.append(bands)
        rows = np.concatenate(waiting, axis=1) if len(waiting) > 1 else bands
        begin, left = 0, self._shapes[level][0] - self._tops[level]
        # The last rows of all are fewer than a block.
        while rows.shape[1] - begin >= min(BLOCK_PX, left) > 0:
            block = rows[:, begin : begin + BLOCK_PX]
            self._write(level, self._tops[level], block)
            self._tops[level] += block.shape[1]
            begin, left = begin + block.shape[1], left - block.shape[1]
            if level + 1 < len(self._shapes):
                self.add(self._halve(block), level + 1)
        self._waiting[level] = [rows[:, begin:]] if begin < rows.shape[1] else []
