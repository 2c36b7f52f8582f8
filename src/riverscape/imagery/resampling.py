"""An image seen at another ground sample distance, read like any other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine

from riverscape.errors import InputError
from riverscape.imagery.raster import Raster
from riverscape.imagery.window import Window, windows

__all__ = ["Resampled", "resampled"]

# Pixels of the image that are held at a time.
_PIECE_PX = 4_000_000
# A rounding error of the ratio is no further row.
_SLACK = 1e-9


def resampled(raster: Raster, gsd_m: float) -> "Resampled":
    """Return an image as its pixels would be at another ground sample distance.

    Where that is coarser, a pixel is the mean of the ground it covers; where it is finer, it lies
    on a straight line between its neighbours (bilinear). Pixels without data take no part; a pixel
    is valid where any of what makes it up is, so that every valid pixel of the image as it is lies
    in a valid one. Nothing of the sums depends on the window: a window that is read is that window
    of the whole.

    Raises
    ------
    InputError
        If the image's own ground sample distance is not known.
    """
    if raster.gsd_m is None:
        message = (
            f"{raster.path} does not tell how large its pixels are on the ground; state it with "
            "--gsd METRES to resample it"
        )
        raise InputError(message)
    ratio = gsd_m / raster.gsd_m
    height_px, width_px = (_count(length, ratio) for length in raster.shape)
    rows, cols = (max(1, round(length / ratio)) for length in raster.block_shape)
    return Resampled(
        path=raster.path,
        height_px=height_px,
        width_px=width_px,
        bands=raster.bands,
        band_names=raster.band_names,
        dtype=raster.dtype,
        transform=raster.transform * Affine.scale(ratio),
        crs=raster.crs,
        gsd_m=gsd_m,
        control=raster.control,
        block_shape=(min(rows, height_px), width_px if raster.is_row_wise else min(cols, width_px)),
        _validity=raster._validity,
        _is_far=raster._is_far,
        _file=raster._file,
        own=raster,
        ratio=ratio,
    )


@dataclass(frozen=True)
class Resampled(Raster):
    """An image at another ground sample distance.

    Attributes
    ----------
    own
        The image as it is.
    ratio
        Side of a pixel, in pixels of the image as it is.
    """

    own: Raster
    ratio: float

    def select(self, bands: Sequence[int]) -> Self:
        """Return the image with some of its bands, by their positions from 0, in any order."""
        return replace(super().select(bands), own=self.own.select(bands))

    def read(self, window: Window | None = None) -> NDArray[Any]:
        """Return the pixels of a window, or of the whole image, as (band, row, col)."""
        return self.read_with_valid(window)[0]

    def read_valid(self, window: Window | None = None) -> NDArray[np.bool_]:
        """Return where a window, or the whole image, holds data, as (row, col)."""
        return self.read_with_valid(window)[1]

    def read_with_valid(
        self, window: Window | None = None
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the pixels of a window and where they hold data.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        window = window or Window.whole(self.shape)
        pixels = np.empty((self.band_count, *window.shape), self.dtype)
        valid = np.empty(window.shape, bool)
        side_px = max(1, int(math.sqrt(_PIECE_PX) / max(self.ratio, 1)))
        for part in windows(window.shape, side_px, side_px):
            place = replace(part, top=part.top + window.top, left=part.left + window.left)
            piece = self._read_piece(place)
            pixels[:, part.rows, part.cols], valid[part.rows, part.cols] = piece
        return pixels, valid

    def nearest(self, window: Window) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows and the columns nearest to those of a window of the image as it is.

        A map made here comes back on the image's own grid as ``codes[np.ix_(rows, cols)]``.
        """
        rows = _nearest(window.top, window.bottom, self.ratio, self.height_px)
        cols = _nearest(window.left, window.right, self.ratio, self.width_px)
        return rows, cols

    def covering(self, window: Window) -> Window:
        """Return the window here that holds all that is nearest to a window of the own image."""
        rows, cols = self.nearest(window)
        top, left = int(rows[0]), int(cols[0])
        return Window(top, left, int(rows[-1]) - top + 1, int(cols[-1]) - left + 1)

    def _read_piece(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        rows = _Taps.of(window.top, window.bottom, self.ratio, self.own.height_px)
        cols = _Taps.of(window.left, window.right, self.ratio, self.own.width_px)
        height_px, width_px = rows.stop - rows.start, cols.stop - cols.start
        source = Window(rows.start, cols.start, height_px, width_px)
        pixels, valid = self.own.read_with_valid(source)
        kind = np.float64 if pixels.dtype.itemsize > 2 else np.float32
        weight = _along(cols, _along(rows, valid.astype(kind), 0), 1)
        holds: NDArray[np.bool_] = weight > _SLACK
        weight[~holds] = 1
        found = np.empty((len(pixels), *window.shape), self.dtype)
        for band, result in zip(pixels, found, strict=True):
            shown = np.where(valid, band, 0).astype(kind)
            mean = _along(cols, _along(rows, shown, 0), 1) / weight
            mean[~holds] = 0
            result[...] = mean if self.dtype[0] == "f" else np.rint(mean)
        return found, holds


@dataclass(frozen=True)
class _Taps:
    """Which rows (or columns) of an image make up those of the view, and how much each counts.

    Rows are counted from `start`, the first that is needed; weights are (view_row, tap).
    """

    start: int
    stop: int
    places: NDArray[np.intp]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, first: int, last: int, ratio: float, length_px: int) -> Self:
        """Return the taps of rows first..last-1 of the view. Each row's depend on it alone."""
        index = np.arange(first, last)
        if ratio >= 1:
            low, high = index * ratio, np.minimum((index + 1) * ratio, length_px)
            taps = np.floor(low).astype(np.intp)[:, None] + np.arange(math.ceil(ratio) + 1)
            weights = np.minimum(high[:, None], taps + 1) - np.maximum(low[:, None], taps)
        else:
            centre = np.clip((index + 0.5) * ratio - 0.5, 0, length_px - 1)
            before = np.floor(centre).astype(np.intp)
            taps = before[:, None] + np.arange(2)
            share = centre - before
            weights = np.stack([1 - share, share], axis=1)
        places = np.minimum(taps, length_px - 1)
        start, stop = int(places.min()), int(places.max()) + 1
        return cls(start, stop, places - start, np.maximum(weights, 0))


def _along(taps: _Taps, values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Add up (row, col) values by their weights along an axis, tap after tap.

    Each result is the same sum in the same order wherever it stands; a matrix product is not.
    """
    shape = (-1, 1) if axis == 0 else (1, -1)
    total: NDArray[Any] | None = None
    for places, weights in zip(taps.places.T, taps.weights.T, strict=True):
        share = values.take(places, axis=axis)
        share *= weights.astype(values.dtype).reshape(shape)
        total = share if total is None else np.add(total, share, out=total)
    if total is None:
        message = "no taps"
        raise ValueError(message)
    return total


def _count(length_px: int, ratio: float) -> int:
    return max(1, math.ceil(length_px / ratio - _SLACK))


def _nearest(first: int, last: int, ratio: float, length_px: int) -> NDArray[np.intp]:
    places = np.floor((np.arange(first, last) + 0.5) / ratio).astype(np.intp)
    return np.asarray(np.minimum(places, length_px - 1))
