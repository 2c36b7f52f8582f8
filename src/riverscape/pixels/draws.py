"""Random numbers that belong to a pixel, whatever window it is looked at in."""

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window

__all__ = ["mixed", "uniform"]

# SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195): its step and its mixer.
_STEP = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
_MIXER = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def uniform(window: Window, seed: int) -> NDArray[np.float64]:
    """Return a random number in [0, 1) for each pixel of a window, (row, col).

    It depends on the seed and on the pixel's row and column in the image alone, so windows,
    threads and processes do not change it.

    Examples
    --------
    >>> whole = uniform(Window(0, 0, 40, 50), seed=3)
    >>> bool((whole[10:30, 20:] == uniform(Window(10, 20, 20, 30), seed=3)).all())
    True
    """
    rows = np.arange(window.top, window.bottom, dtype=np.uint64)[:, None]
    cols = np.arange(window.left, window.right, dtype=np.uint64)
    number = mixed((rows << np.uint64(32)) | cols) + np.uint64(seed * _STEP & _WORD)
    return np.asarray((mixed(number) >> np.uint64(11)) * 2.0**-53)


def mixed(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers that look random, each following from its own number alone."""
    number = number + np.uint64(_STEP)
    for shift, factor in _MIXER:
        number ^= number >> np.uint64(shift)
        number *= np.uint64(factor)
    return number
