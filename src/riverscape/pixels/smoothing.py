"""Evening out the class probabilities of neighbouring pixels: what keeps maps free of specks.

All sums are of whole numbers, so that a window of an image, read with the rows around it, gives
the same bytes as the whole.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.settings import Smoothing

__all__ = ["SMOOTHINGS", "guided", "mean", "smoothing_halo_px"]

# Of the guided filter: variance of brightness, in levels of 8 bits, below which an area counts as
# even. He et al. (2013), Guided image filtering, doi:10.1109/TPAMI.2012.213, call it epsilon and
# use 0.01 to 0.16 of brightness 0..1; 0.01 was measured best here.
_EVEN_VARIANCE = 0.01 * 255**2
# Fixed-point steps of the filter's slopes and offsets.
_SLOPE_STEP = 1 / 4096
_OFFSET_STEP = 1 / 16


def mean(shares: NDArray[np.uint8], _guide: NDArray[np.uint8], radius_px: int) -> NDArray[Any]:
    """Return the sum over the square around each pixel, class by class, (class, row, col).

    Parameters
    ----------
    shares
        Probabilities in steps of 1/255, (class, row, col). Edges repeat their last pixel.

    Examples
    --------
    >>> shares = np.zeros((1, 3, 3), np.uint8)
    >>> shares[0, 1, 1] = 90
    >>> mean(shares, shares[0], radius_px=1)[0, 1].tolist()
    [90, 90, 90]
    """
    side_px = 2 * radius_px + 1
    # Half as much to write and to compare where two bytes hold the largest sum.
    short = 255 * side_px**2 < 1 << 16
    sums = np.empty(shares.shape, np.uint16 if short else np.int32)
    for share, total in zip(shares, sums, strict=True):
        cv2.boxFilter(
            share, cv2.CV_16U if short else cv2.CV_32S, (side_px, side_px), dst=total,
            normalize=False, borderType=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    return sums


def guided(
    shares: NDArray[np.uint8], guide: NDArray[np.uint8], radius_px: int
) -> NDArray[np.int32]:
    """Return shares smoothed along, not across, the edges of the guide, (class, row, col).

    The guided filter of He et al. (2013): within each square the share is a straight line of the
    guide's brightness, and each pixel takes the mean of the lines of all squares that hold it.

    Parameters
    ----------
    shares
        Probabilities in steps of 1/255, (class, row, col).
    guide
        Brightness, (row, col).

    Examples
    --------
    >>> guide = np.array([[0, 0, 255, 255]] * 4, np.uint8)
    >>> guided(guide[None], guide, radius_px=1)[0, 0] // 9  # of nine pixels: the edge stands
    array([  1,   3, 251, 253], dtype=int32)
    """
    pixels = (2 * radius_px + 1) ** 2
    brightness = guide.astype(np.int32)
    level = _sum(guide, radius_px) / pixels
    variance = _sum(brightness * brightness, radius_px) / pixels - level * level
    result = np.empty(shares.shape, np.int32)
    for position, share in enumerate(shares):
        usual = _sum(share, radius_px) / pixels
        together = _sum(brightness * share, radius_px) / pixels - level * usual
        slope = together / (variance + _EVEN_VARIANCE)
        slopes = _sum(_in_steps(slope, _SLOPE_STEP), radius_px) * (_SLOPE_STEP / pixels)
        offsets = _sum(_in_steps(usual - slope * level, _OFFSET_STEP), radius_px)
        line = slopes * guide + offsets * (_OFFSET_STEP / pixels)
        result[position] = np.maximum(_in_steps(line, 1 / pixels), 0)
    return result


SMOOTHINGS: Mapping[
    Smoothing, Callable[[NDArray[np.uint8], NDArray[np.uint8], int], NDArray[Any]]
] = {"mean": mean, "guided": guided}


def smoothing_halo_px(smoothing: Smoothing, radius_px: int) -> int:
    """Return how far from a pixel the smoothing looks.

    Examples
    --------
    >>> smoothing_halo_px("none", 6), smoothing_halo_px("mean", 6), smoothing_halo_px("guided", 6)
    (0, 6, 12)
    """
    return {"none": 0, "mean": 1, "guided": 2}[smoothing] * radius_px


def _sum(values: NDArray[np.integer], radius_px: int) -> NDArray[np.int32]:
    side_px = 2 * radius_px + 1
    total = cv2.boxFilter(
        values, cv2.CV_32S, (side_px, side_px), normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(total)


def _in_steps(values: NDArray[np.floating], step: float) -> NDArray[np.int32]:
    return np.asarray(np.rint(values * (1 / step)), np.int32)
