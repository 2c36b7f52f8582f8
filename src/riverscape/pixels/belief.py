"""Which classes of phase 1 are believed: one that stands in a few scattered blocks is not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import byte_counts

__all__ = ["found_and_doubted"]

# A class that nowhere fills a square of `least_px` is still believed where a connected patch of
# it is as large as a square of so many times that side: a road or a river is narrow and long.
_LONG = 4
# And where it holds such a share of the ground: false sediment along the banks of the sample is up
# to 1.7 per cent, while narrow bars of other rivers are 3 and more.
_COMMON = 0.02
_EIGHT_NEIGHBOURS = 8


def found_and_doubted(
    top: NDArray[np.uint8], ground: NDArray[np.bool_], block_px: int, least_px: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the positions of the classes that are found, and of those among them not believed.

    A class is believed that somewhere fills a square of `least_px`, or a connected patch of the
    area of a square four times as wide, or a fiftieth of the ground; the most common class always
    is.

    Parameters
    ----------
    top
        Position of each block's class, (block_row, block_col).
    ground
        Whether each block holds data, (block_row, block_col).

    Examples
    --------
    >>> top = np.zeros((12, 12), np.uint8)
    >>> top[2, 3] = 1
    >>> found_and_doubted(top, np.ones(top.shape, bool), block_px=25, least_px=75)
    ((0, 1), (1,))
    """
    counts = byte_counts(top, ground)
    found = np.flatnonzero(counts)
    doubted = [
        position
        for position in found
        if counts[position] < min(_COMMON * counts.sum(), counts.max())
        and not _is_believed((top == position) & ground, block_px, least_px)
    ]
    return tuple(map(int, found)), tuple(map(int, doubted))


def _is_believed(here: NDArray[np.bool_], block_px: int, least_px: int) -> bool:
    blocks = here.view(np.uint8)
    side = max(1, round(least_px / block_px))
    square = np.ones([min(side, length) for length in here.shape], np.uint8)
    if cv2.erode(blocks, square, borderType=cv2.BORDER_CONSTANT, borderValue=0).any():
        return True
    _, _, patches, _ = cv2.connectedComponentsWithStats(blocks, connectivity=_EIGHT_NEIGHBOURS)
    largest_px = int(patches[1:, cv2.CC_STAT_AREA].max()) * block_px**2
    return largest_px >= (_LONG * least_px) ** 2
