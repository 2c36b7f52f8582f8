"""The outlines of all patches of a map that is larger than memory.

A map is traced square by square. Patches that touch no other square are done with their square;
parts of the others are kept until the last square that they reach. So what is in memory are the
outlines of patches that are not done yet, and a square.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import windows
from riverscape.maps.outlines import Corners, Rings, traced
from riverscape.maps.parts import Parts, joined, opened
from riverscape.maps.patches import CodeReader, Patches, labelled
from riverscape.maps.polygons import simplified
from riverscape.progress import SILENT, Progress, stage

__all__ = ["Outlined", "Outlining", "outlined"]


@dataclass(frozen=True)
class Outlining:
    """How a map is outlined.

    Attributes
    ----------
    least_px
        Patches of fewer pixels take the class of their largest neighbour.
    tolerance_px
        How much outlines are simplified; 0 leaves them as the pixels are.
    side_px
        The squares that are looked at. Outlines that are not simplified are the same with any;
        simplified ones keep the points at which they go from one square into the next.
    """

    least_px: int = 0
    tolerance_px: float = 0.0
    side_px: int = 2048


@dataclass(frozen=True, eq=False)
class Outlined:
    """Patches that are done: their rings, and the class of each ring's patch, (ring,)."""

    rings: Rings
    codes: NDArray[np.uint8]


def outlined(
    read: CodeReader,
    shape: tuple[int, int],
    settings: Outlining = Outlining(),
    progress: Progress = SILENT,
) -> Iterator[Outlined]:
    """Yield the outlines of all patches of a map, each patch once and whole.

    A patch is of one class and connected by the sides of its pixels; what has no data is none.

    Parameters
    ----------
    read
        Returns the class codes of a window, (row, col); 0 is no data. Each is asked for twice.

    Examples
    --------
    >>> codes = np.array([[1, 1, 2], [1, 0, 2]], np.uint8)
    >>> (found,) = outlined(lambda window: codes[window.rows, window.cols], codes.shape)
    >>> found.codes.tolist(), np.diff(found.rings.starts).tolist()
    ([1, 2], [6, 5])
    """
    squares = windows(shape, settings.side_px, settings.side_px)
    with stage(progress, "finding patches", len(squares)):
        patches = Patches.of(read, squares, settings.least_px, progress.advance)
    waiting = _Waiting(patches)
    with stage(progress, "tracing outlines", len(squares)):
        for number, window in enumerate(squares):
            parts = _parts(patches, number, read(window), settings.tolerance_px, shape[1])
            done = waiting.exchange(number, parts)
            if len(done.patches):
                rings = joined(done)
                yield Outlined(rings, patches.codes[rings.pieces])
            progress.advance()


def _parts(
    patches: Patches, number: int, codes: NDArray[np.uint8], tolerance_px: float, width_px: int
) -> Parts:
    """Return what a square holds of the outlines of patches with data."""
    around = patches.numbers(number, codes)
    own = patches.codes[around[1:-1, 1:-1]]
    pieces = labelled(own)
    corners = Corners.of(around)
    rings = traced(pieces, corners)
    if tolerance_px > 0:
        rings = simplified(rings, tolerance_px)
    parts = opened(rings, pieces, around, corners, patches.squares[number], width_px)
    return parts.take(np.flatnonzero(patches.codes[parts.patches]))


class _Waiting:
    """Parts of outlines by the square with which their patch is done."""

    def __init__(self, patches: Patches) -> None:
        self._last_squares = patches.last_squares()
        self._by_square: dict[int, list[Parts]] = {}

    def exchange(self, number: int, parts: Parts) -> Parts:
        """Take the parts of a square; return all of those patches that are done with it."""
        done_with = self._last_squares[parts.patches]
        for last in np.unique(done_with).tolist():
            some = parts.take(np.flatnonzero(done_with == last))
            self._by_square.setdefault(last, []).append(some)
        return Parts.together(self._by_square.pop(number, [parts.take(np.zeros(0, int))]))
