"""Images cut into square blocks: which hold a window, and what is known of them, by pixel."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery.window import Window

__all__ = ["blocks_of", "by_pixel", "byte_counts", "valid_shares"]

# Pixels that are counted together; of few values, so many as stay in the processor's cache.
_COUNTED, _COUNTED_IN_CACHE = 1 << 22, 1 << 17
# Up to here values are few: class codes.
_FEW = 15
_ALL = 255


def blocks_of(window: Window, block_px: int) -> tuple[slice, slice]:
    """Return the rows and the columns of blocks that hold pixels of a window.

    Examples
    --------
    >>> blocks_of(Window(20, 50, 10, 50), block_px=25)
    (slice(0, 2, None), slice(2, 4, None))
    """
    return (
        slice(window.top // block_px, -(-window.bottom // block_px)),
        slice(window.left // block_px, -(-window.right // block_px)),
    )


def by_pixel(blocks: NDArray[np.uint8], block_px: int, window: Window) -> NDArray[np.uint8]:
    """Return the value of each pixel's block in a window, (row, col).

    Parameters
    ----------
    blocks
        Values of the blocks that hold the window, (block_row, block_col), as of `blocks_of`.

    Examples
    --------
    >>> by_pixel(np.array([[7, 9]], np.uint8), block_px=2, window=Window(0, 1, 2, 3))
    array([[7, 9, 9],
           [7, 9, 9]], dtype=uint8)
    """
    top, left = window.top % block_px, window.left % block_px
    wide = blocks.repeat(block_px, axis=1)[:, left : left + window.width_px]
    return np.ascontiguousarray(wide.repeat(block_px, axis=0)[top : top + window.height_px])


def byte_counts(
    values: NDArray[np.uint8], where: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return how often each byte occurs in an array (row, col), (256,).

    Parameters
    ----------
    where
        Which of them count, (row, col); all without it.

    Examples
    --------
    >>> byte_counts(np.array([[1, 1, 3]], np.uint8))[:4].tolist()
    [0, 2, 0, 1]
    """
    most = int(values.max(initial=0))
    if most <= _FEW:
        return _few_counts(values, where, most)
    total = np.zeros(256, np.int64)
    for part, there in _parts(values, where, _COUNTED):
        # Several times as fast as np.bincount, and exact: float32 holds these counts.
        mask = None if there is None else np.ascontiguousarray(there).view(np.uint8)
        counts = cv2.calcHist([np.ascontiguousarray(part)], [0], mask, [256], [0, 256])
        total += counts.ravel().astype(np.int64)
    return total


def _few_counts(
    values: NDArray[np.uint8], where: NDArray[np.bool_] | None, most: int
) -> NDArray[np.int64]:
    """Count one value after the other: a histogram of long runs of the same takes ten times it."""
    total = np.zeros(256, np.int64)
    for part, there in _parts(values, where, _COUNTED_IN_CACHE):
        for value in range(most + 1):
            same = part == value
            total[value] += np.count_nonzero(same if there is None else same & there)
    return total


def _parts(
    values: NDArray[np.uint8], where: NDArray[np.bool_] | None, size_px: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.bool_] | None]]:
    rows = max(1, size_px // max(values.shape[1], 1))
    for start in range(0, len(values), rows):
        part = slice(start, start + rows)
        yield values[part], None if where is None else where[part]


def valid_shares(valid: NDArray[np.bool_], block_px: int) -> NDArray[np.uint8]:
    """Return how much of each block holds data, in steps of 1/255, (block_row, block_col).

    It is 0 only where nothing does.

    Examples
    --------
    >>> valid_shares(np.eye(4, dtype=bool), block_px=2)
    array([[128,   0],
           [  0, 128]], dtype=uint8)
    """
    starts = [np.arange(0, length_px, block_px) for length_px in valid.shape]
    rows, cols = starts
    if valid.all():
        return np.full((len(rows), len(cols)), _ALL, np.uint8)
    # Rows of blocks one by one: OpenCV sums bytes, numpy would first make whole numbers of them.
    count = np.stack(
        [
            np.add.reduceat(cv2.reduce(part, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0], cols)
            for part in (valid[row : row + block_px].view(np.uint8) for row in rows)
        ]
    )
    heights, widths = (
        np.minimum(block_px, length_px - start)
        for length_px, start in zip(valid.shape, starts, strict=True)
    )
    return np.asarray(np.ceil(_ALL * count / np.outer(heights, widths)), np.uint8)
