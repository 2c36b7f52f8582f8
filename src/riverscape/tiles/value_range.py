"""Which pixel values stand for black and white, measured over the images of a survey."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Source, map_parts, windows

__all__ = ["HEADROOM", "PERCENTILES", "measured_range"]

# A thousandth at either end is glare, deep shade and dead pixels, which would else take most of
# the 256 levels for themselves.
PERCENTILES = (0.1, 99.9)
# Room at either end, as a share of what lies between: another day's image may be brighter, and
# what is cut off cannot be told apart any more. It costs a tenth of the levels.
HEADROOM = 0.05

# Pixels to measure on: a thousand lie beyond either percentile, and 16 bands fit into memory.
_SAMPLE_PX = 1 << 20
_STRIP_PX = 1 << 22


def measured_range(
    images: Sequence[Source],
    opened: Callable[[Source], AbstractContextManager[Raster]],
    threads: int = 1,
) -> tuple[tuple[float, ...], tuple[float, ...], dict[str, Any]]:
    """Return each band's values for black and for white, and how they were measured.

    They are percentiles of the valid pixels on a lattice, of the same step in all images, so a
    large image counts as its pixels do; whole numbers where the pixels are.

    Parameters
    ----------
    opened
        Opens an image with the bands to measure.

    Raises
    ------
    InputError
        If an image cannot be read, or none holds a valid pixel.
    """
    total_px = 0
    for image in images:
        with opened(image) as raster:
            total_px += raster.height_px * raster.width_px
    step_px = int(np.ceil(np.sqrt(total_px / _SAMPLE_PX)))

    def sample(image: Source) -> NDArray[Any]:
        with opened(image) as raster:
            return _on_lattice(raster, step_px)

    values = np.concatenate(map_parts(sample, images, threads), axis=1)  # (band, pixel)
    if not values.shape[1]:
        message = f"{images[0]} and the images after it hold no valid pixel to measure levels on"
        raise InputError(message)
    ranges = [_widened(np.percentile(band, PERCENTILES), values.dtype) for band in values]
    facts = {
        "percentiles": PERCENTILES,
        "headroom": HEADROOM,
        "pixels": values.shape[1],
        "every_px": step_px,
    }
    return tuple(low for low, _ in ranges), tuple(high for _, high in ranges), facts


def _on_lattice(raster: Raster, step_px: int) -> NDArray[Any]:
    """Return the valid pixels at every `step_px` of rows and columns, (band, pixel)."""
    found = [np.zeros((raster.band_count, 0), raster.dtype)]
    rows = max(1, _STRIP_PX // raster.width_px)
    for window in windows(raster.shape, rows, raster.width_px):
        lattice = np.s_[-window.top % step_px :: step_px, ::step_px]
        pixels, valid = raster.read_with_valid(window)
        found.append(pixels[:, *lattice][:, valid[lattice]])
    return np.concatenate(found, axis=1)


def _widened(ends: NDArray[np.float64], dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return a range with headroom, within what the pixels can hold.

    Examples
    --------
    >>> _widened(np.array([100.0, 4100.0]), np.dtype(np.uint16))
    (0.0, 4300.0)
    >>> _widened(np.array([7.0, 7.0]), np.dtype(np.uint16))
    (7.0, 14.0)
    """
    low, high = (float(end) for end in ends)
    room = HEADROOM * (high - low)
    low, high = low - room, high + room
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        low = float(max(np.floor(low), limits.min))
        high = float(min(np.ceil(high), limits.max))
    # A band of one value says nothing, but it must not stop the others.
    return (low, high) if low < high else (low, low + max(abs(low), 1.0))
