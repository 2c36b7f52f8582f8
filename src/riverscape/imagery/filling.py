"""Colours for pixels that hold no data, so that what looks around a pixel can look there."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery.strips import map_parts
from riverscape.imagery.window import Window, windows

__all__ = ["filled"]

# Side of the squares that are looked at one by one: most of an image lies far from the border of
# its data, and nothing has to be looked up there.
_SQUARE_PX = 256


def filled(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    reach_px: float = math.inf,
    threads: int = 1,
    inner: tuple[slice, slice] | None = None,
) -> NDArray[Any]:
    """Return the image with every invalid pixel replaced by the nearest valid one.

    What lies outside the valid area, mostly black, would else enter tiles and medians at its
    border as if it were dark ground. Pixels farther than `reach_px` from a valid one become 0.

    The distance adds up steps to neighbours and knight's moves (Borgefors 1986), as whole numbers,
    so that it is local: a window that was read with a halo of `reach_px` or more has, without
    its halo, the bytes of the whole image.

    Parameters
    ----------
    inner
        Rows and columns that are asked for: the image without its halo, for instance. All of them
        by default.

    Examples
    --------
    >>> filled(np.array([[[7, 0, 0, 9]]]), np.array([[True, False, False, True]]))
    array([[[7, 7, 9, 9]]])
    >>> filled(np.array([[[7, 5, 5, 5]]]), np.array([[True, False, False, False]]), reach_px=2)
    array([[[7, 7, 7, 0]]])
    """
    rows, cols = inner or (slice(0, valid.shape[0]), slice(0, valid.shape[1]))
    asked = pixels[:, rows, cols]
    if valid.all():
        return np.ascontiguousarray(asked) if inner else pixels
    found = asked.copy()
    halo_px = math.ceil(min(reach_px, sum(valid.shape)))

    def fill(part: Window) -> None:
        square = Window(part.top + rows.start, part.left + cols.start, *part.shape)
        if valid[square.rows, square.cols].all():
            return
        around = square.grown(halo_px, valid.shape)
        there = valid[around.rows, around.cols]
        colours = pixels[:, around.rows, around.cols]
        found[:, part.rows, part.cols] = _filled(colours, there, reach_px, square.within(around))

    # Where nothing bounds the reach every square would look at the whole.
    side_px = _SQUARE_PX if halo_px <= _SQUARE_PX else sum(valid.shape)
    map_parts(fill, windows(found.shape[1:], side_px, side_px), threads)
    return found


def _filled(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    reach_px: float,
    inner: tuple[slice, slice],
) -> NDArray[Any]:
    if not valid.any():
        return np.zeros_like(pixels[:, *inner])
    found = np.where(valid[inner], pixels[:, *inner], pixels.dtype.type(0))
    lacking = (~valid).view(np.uint8)
    # Valid pixels are numbered row by row, from 1; each pixel gets the number of its nearest.
    # Where none is near enough for a number, it is 0.
    distances, nearest = (
        measured[inner]
        for measured in cv2.distanceTransformWithLabels(
            lacking, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
    )
    reached = lacking[inner].view(bool) & (distances <= reach_px) & (nearest > 0)
    sources = np.flatnonzero(valid)[nearest[reached] - 1]
    for band, colours in zip(found, pixels, strict=True):
        band[reached] = colours.ravel()[sources]
    return found
