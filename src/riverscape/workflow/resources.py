"""What a run may take of the machine: threads, memory, and windows of a size that fits."""

import math
import os
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import psutil

from riverscape.errors import SettingsError
from riverscape.imagery import Raster

__all__ = [
    "BASE_MB",
    "LEAST_SIDE_PX",
    "Resources",
    "available_threads",
    "bytes_per_px",
    "held_bytes",
    "make_resources",
]

BASE_MB = 550
"""What the program takes beside windows, with its libraries, a model, GDAL's cache and a fit to a
mosaic's table: measured, 10^6 bytes."""

# What a pixel of a window takes with all its copies and with the window that is read ahead:
# measured with four bands of 8 bits; further bytes of a pixel in the file count three times.
_BYTES_PER_PX = 60
_USUAL_FILE_BYTES, _COPIES = 4, 3
# Photographs of today are worked on as a whole: nothing is read twice. Beyond, larger windows are
# no faster.
_MOST_WHOLE_PX = 25_000_000
_MOST_SIDE_PX = 2560
LEAST_SIDE_PX = 512
"""Side of the smallest windows that are chosen, whatever memory there is."""


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Resources:
    """What a run may take of the machine; it does not change the maps.

    Attributes
    ----------
    threads
        Threads to work on.
    max_ram_mb
        Memory to keep to, in 10^6 bytes; a quarter of the machine's by default.
    window_px
        Side of the windows that an image is worked on by; None is what the memory allows, up to
        what is fastest.
    """

    threads: int = field(default_factory=available_threads)
    max_ram_mb: float = field(default_factory=lambda: psutil.virtual_memory().total / 4e6)
    window_px: int | None = None

    def shared_by(self, workers: int) -> Self:
        """Return what each of several workers may take."""
        return type(self)(
            max(1, self.threads // workers), self.max_ram_mb / workers, self.window_px
        )

    def side_px(self, shape: tuple[int, int], file_bytes_per_px: int) -> int:
        """Return the side of the windows of an image of `shape`, (row, col).

        Parameters
        ----------
        file_bytes_per_px
            What a pixel takes in the image's file, uncompressed, its mask included.

        Examples
        --------
        >>> few = Resources(threads=2, max_ram_mb=700)
        >>> few.side_px((1500, 1500), 4), few.side_px((30000, 20000), 4)
        (1500, 1581)
        >>> Resources(threads=2, max_ram_mb=4000).side_px((6000, 4000), 3)
        6000
        """
        if self.window_px is not None:
            return self.window_px
        free_px = max(self.max_ram_mb - BASE_MB, 0) * 1e6 / held_bytes(file_bytes_per_px)
        if math.prod(shape) <= min(free_px, _MOST_WHOLE_PX):
            return max(shape)
        return min(max(math.isqrt(int(free_px)), LEAST_SIDE_PX), _MOST_SIDE_PX)


def held_bytes(file_bytes_per_px: int) -> int:
    """Return what a pixel of a window takes, by what it takes in the file."""
    return _BYTES_PER_PX + _COPIES * max(file_bytes_per_px - _USUAL_FILE_BYTES, 0)


def bytes_per_px(raster: Raster) -> int:
    """Return what a pixel takes in an image's file, uncompressed, its mask included."""
    return raster.band_count * np.dtype(raster.dtype).itemsize + raster.may_lack_data


def make_resources(max_ram_mb: float | None) -> Resources:
    """Return what a run may take, of memory so much where it is said.

    Raises
    ------
    SettingsError
        If the program itself takes more.
    """
    if max_ram_mb is None:
        return Resources()
    if max_ram_mb < BASE_MB:
        message = (
            f"{max_ram_mb:.0f} MB of memory are not enough: the program itself takes about "
            f"{BASE_MB} MB; give more with --max-ram, 1GB for instance"
        )
        raise SettingsError(message)
    return Resources(max_ram_mb=max_ram_mb)
