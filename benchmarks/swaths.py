"""Where a drone flew along a river: a swath with ragged borders that keep to no block."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["bends", "swath_along"]

_REACH_PX = 2500.0  # the wider swath is no more ragged
_BISECTIONS = 100


def bends(places: NDArray[np.int64], length_px: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a slow curve in whole pixels, nowhere steeper than about one in two."""
    offset = np.zeros(len(places))
    for share, wavelength_px in ((0.3, 0.7 * length_px), (0.2, min(0.31 * length_px, 14_000.0))):
        turn = 2.0 * math.pi / wavelength_px
        offset += share / turn * np.sin(turn * places + rng.uniform(0.0, 2.0 * math.pi))
    return np.rint(offset).astype(np.int64)


def swath_along(
    course: NDArray[np.floating[Any]], height_px: int, valid: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the first row inside and the one after the last, (2, col), of a swath along `course`.

    It is as wide as makes the share `valid` of `height_px` rows lie in it. Its ends are rounded, so
    that shares beyond 0.9 are not quite reached.
    """
    cols = np.arange(len(course))
    banks = [_ragged(cols, rng) for _ in range(2)]
    along = cols + min(0.01 * len(course), 200.0) * _ragged(cols, rng)
    from_middle = np.abs(2.0 * along / len(course) - 1.0)
    ends = np.sqrt(np.maximum(1.0 - (from_middle / 0.98) ** 8, 0.0))

    def swath(half_px: float) -> NDArray[np.int64]:
        reach_px = min(half_px, _REACH_PX) * 0.25
        upper, lower = (ends * (half_px + reach_px * bank) for bank in banks)
        first = np.clip(np.rint(course - upper), 0, height_px)
        after = np.clip(np.rint(course + lower), first, height_px)
        return np.stack([first, after]).astype(np.int64)

    low, high = 0.0, 1e6 * height_px
    for _ in range(_BISECTIONS):
        half_px = (low + high) / 2.0
        first, after = swath(half_px)
        missing = (after - first).sum() < valid * height_px * len(course)
        low, high = (half_px, high) if missing else (low, half_px)
    return swath(high)


def _ragged(places: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a rough border, mostly within -1 and 1: photographs begin and end along it."""
    border = np.zeros(len(places))
    for share, spacing_px in ((0.5, 1900), (0.3, 410), (0.2, 130), (0.05, 17), (0.01, 1)):
        steps = rng.uniform(-1.0, 1.0, len(places) // spacing_px + 2)
        nodes = np.arange(len(steps)) * spacing_px
        # Photographs are straight-edged: some stretches keep their place, some run aslant.
        border += share * np.interp(places, nodes, np.repeat(steps, 2)[: len(steps)])
    return border
