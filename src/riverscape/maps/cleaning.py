"""Class maps without specks."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from rasterio.features import sieve

__all__ = ["despeckled"]

_BY_SIDES = 4


def despeckled(codes: NDArray[np.uint8], least_px: int) -> NDArray[np.uint8]:
    """Return a map in which patches of too few pixels have the class around them.

    A patch is of one class and connected by the sides of its pixels. One of fewer than `least_px`
    takes the class of its largest neighbour. Where it has small neighbours only, the smallest go
    first; where all are of one size, as on a chequerboard, the last of the largest takes them
    all. So none is left but where no data surround it, and despeckling again changes nothing.

    Code 0, no data, stays where it was: it is neither filled nor grown, nor is it anyone's
    neighbour.

    Parameters
    ----------
    codes
        Class codes, (row, col).
    least_px
        Patches of so many pixels stay; 0 and 1 leave all as they are.

    Examples
    --------
    >>> codes = np.array([[1, 1, 1, 0], [1, 2, 1, 0], [3, 1, 1, 2]], np.uint8)
    >>> despeckled(codes, least_px=2)
    array([[1, 1, 1, 0],
           [1, 1, 1, 0],
           [1, 1, 1, 1]], dtype=uint8)
    """
    if least_px <= 1 or not codes.any():
        return codes
    codes = _sieved(codes, least_px)
    while (specks := _specks(codes, least_px)).any():
        coarser = codes
        for size_px in _rising_sizes_px(least_px):
            coarser = _sieved(coarser, size_px)
        stuck = np.array_equal(coarser, codes)
        codes = _taken_by_the_largest(codes, specks) if stuck else coarser
    return codes


def _sieved(codes: NDArray[np.uint8], least_px: int) -> NDArray[np.uint8]:
    if least_px >= codes.size:
        return codes  # no patch is large enough to take another, and rasterio would refuse
    sieved = sieve(codes, least_px, mask=codes > 0, connectivity=_BY_SIDES)
    return np.asarray(sieved, np.uint8)


def _rising_sizes_px(least_px: int) -> Iterator[int]:
    """Yield 2, 4, 8 and so on up to `least_px`."""
    size_px = 2
    while size_px < least_px:
        yield size_px
        size_px *= 2
    yield least_px


def _specks(codes: NDArray[np.uint8], least_px: int) -> NDArray[np.bool_]:
    """Return which pixels are of patches that are too small and have a neighbour."""
    patch_px = _patch_px(codes)
    return (patch_px < least_px) & (patch_px < _areas_px(codes > 0))


def _taken_by_the_largest(codes: NDArray[np.uint8], specks: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the map with each island of data that holds specks in the class of its largest patch.

    Of patches of one size that which reaches furthest down counts as the largest.
    """
    count, islands = cv2.connectedComponents((codes > 0).view(np.uint8), connectivity=_BY_SIDES)
    stuck = np.zeros(count, bool)
    stuck[islands[specks]] = True
    pixels = np.nonzero(stuck[islands])
    rising = np.argsort(_patch_px(codes)[pixels], kind="stable")
    winner = np.zeros(count, np.uint8)
    winner[islands[pixels][rising]] = codes[pixels][rising]  # the last one stays
    filled = codes.copy()
    filled[pixels] = winner[islands[pixels]]
    return filled


def _patch_px(codes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the area of each pixel's patch, (row, col); 0 where there is no data."""
    areas_px = np.zeros(codes.shape, np.int32)
    for code in np.flatnonzero(np.bincount(codes.ravel(), minlength=1)):
        if code:
            areas_px += _areas_px(codes == code)
    return areas_px


def _areas_px(here: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the area of what each pixel is connected with, (row, col); 0 elsewhere."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        here.view(np.uint8), connectivity=_BY_SIDES
    )
    areas_px = stats[:, cv2.CC_STAT_AREA]
    areas_px[0] = 0
    return np.asarray(areas_px[labels], np.int32)
