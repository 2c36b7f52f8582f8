"""The outlines of what a square of a map holds: rings of corners of pixels.

Every corner at which three or four patches meet is in the rings of all of them: what has a border
in common has all points of that border in common.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.maps.cycles import Numbers, cycles

__all__ = ["Corners", "Rings", "traced"]

# Directions counter-clockwise as seen on a screen, rows going down: a ring has its piece on its
# left.
_EAST, _NORTH, _WEST, _SOUTH = range(4)
_RIGHT_TURN, _STRAIGHT, _LEFT_TURN = -1, 0, 1


@dataclass(frozen=True, eq=False)
class Rings:
    """Closed rings, one after another; the first point is not repeated.

    Attributes
    ----------
    rows, cols
        Corners of pixels, (point,): row 0 is above the first row of pixels.
    starts
        Where each ring begins among the points, (ring + 1,).
    pieces
        Which piece each ring is of, (ring,). Its outer ring runs counter-clockwise on a screen,
        those around its holes clockwise.
    """

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    starts: NDArray[np.int64]
    pieces: NDArray[np.int32]

    @property
    def ring_of(self) -> NDArray[np.int64]:
        """The ring of each point, (point,)."""
        return np.repeat(np.arange(len(self.pieces)), np.diff(self.starts))

    @property
    def following(self) -> NDArray[np.int64]:
        """The point that comes after each point in its ring, (point,)."""
        after = np.arange(1, len(self.rows) + 1)
        after[self.starts[1:] - 1] = self.starts[:-1]
        return after


@dataclass(frozen=True, eq=False)
class Corners:
    """What meets at the corners of the pixels of a square, (row + 1, col + 1) each.

    Attributes
    ----------
    are_nodes
        Where three or four sides of pixels are borders between patches.
    are_turns
        Where two are, at a right angle.
    touch
        Where one patch touches itself: two of its pixels meet at the corner, and not by a side.
    """

    are_nodes: NDArray[np.bool_]
    are_turns: NDArray[np.bool_]
    touch: NDArray[np.bool_]

    @classmethod
    def of(cls, around: Numbers) -> "Corners":
        """Look at the numbers of patches of a square and around it, (row + 2, col + 2)."""
        nw, ne, sw, se = around[:-1, :-1], around[:-1, 1:], around[1:, :-1], around[1:, 1:]
        north, south, west, east = nw != ne, sw != se, nw != sw, ne != se
        sides = north.view(np.uint8) + south.view(np.uint8)
        sides += west.view(np.uint8) + east.view(np.uint8)
        return cls(
            are_nodes=sides > 2,
            are_turns=(sides == 2) & (north != south),
            touch=(sides == 4) & ((nw == se) | (ne == sw)),
        )


def traced(pieces: NDArray[np.int32], corners: Corners) -> Rings:
    """Return the outlines of all pieces of a square, its own edges among them.

    Parameters
    ----------
    pieces
        The piece of each pixel, connected by the sides of pixels, (row, col).
    corners
        What meets at the corners, seen with the pixels around the square.

    Examples
    --------
    >>> around = np.pad(np.array([[7, 7, 8]]), 1, constant_values=-1)
    >>> rings = traced(np.array([[0, 0, 1]], np.int32), Corners.of(around))
    >>> rings.rows.tolist(), rings.cols.tolist(), rings.starts.tolist()
    ([1, 1, 0, 0, 1, 1, 0, 0], [0, 2, 2, 0, 2, 3, 3, 2], [0, 4, 8])
    """
    flat = np.pad(pieces, 1, constant_values=-1)
    own = Corners.of(flat)
    stops = corners.are_nodes | corners.are_turns | own.are_nodes | own.are_turns
    vertices = np.flatnonzero(stops)
    vertex_at = np.zeros(stops.size, np.int32)
    vertex_at[vertices] = np.arange(len(vertices), dtype=np.int32)
    sides = _Sides(stops, vertex_at)
    sides.add(flat[:-1, 1:-1], flat[1:, 1:-1], (_EAST, _WEST), along_rows=True)
    sides.add(flat[1:-1, :-1], flat[1:-1, 1:], (_NORTH, _SOUTH), along_rows=False)
    order, starts = cycles(sides.successors(len(vertices)))
    rows, cols = np.divmod(vertices[sides.begin[order]], stops.shape[1])
    return Rings(
        rows.astype(np.int32), cols.astype(np.int32), starts, sides.piece[order[starts[:-1]]]
    )


class _Sides:
    """Straight borders from one vertex to the next, each seen from the piece on its left."""

    def __init__(self, stops: NDArray[np.bool_], vertex_at: NDArray[np.int32]) -> None:
        self._stops, self._vertex_at = stops, vertex_at
        self.begin = self.end = self.piece = np.zeros(0, np.int32)
        self.direction = np.zeros(0, np.int8)

    def add(
        self,
        before: NDArray[np.int32],
        after: NDArray[np.int32],
        directions: tuple[int, int],
        along_rows: bool,
    ) -> None:
        """Add the borders between pixels and those after them, which are below or to the right.

        Parameters
        ----------
        before, after
            The pieces on both sides, (row, col); -1 is none.
        directions
            Which way the border runs that is seen from the piece before it, and from that after.
        along_rows
            Whether these borders run along rows.
        """
        is_border = before != after
        if not along_rows:  # columns as rows, so that what follows one another is side by side
            is_border, before, after = is_border.T, before.T, after.T
        stops = self._stops if along_rows else self._stops.T
        first = is_border.copy()
        first[:, 1:] &= ~is_border[:, :-1] | stops[:, 1:-1]
        last = is_border.copy()
        last[:, :-1] &= ~is_border[:, 1:] | stops[:, 1:-1]
        lines, starts = np.nonzero(first)
        ends = np.nonzero(last)[1] + 1
        one, other = (
            self._vertices(lines, starts, along_rows),
            self._vertices(lines, ends, along_rows),
        )
        forth, back = (one, other), (other, one)
        for pieces, direction in ((before[first], directions[0]), (after[first], directions[1])):
            begin, end = forth if direction in (_EAST, _SOUTH) else back
            kept = pieces >= 0
            self.begin = np.concatenate([self.begin, begin[kept]])
            self.end = np.concatenate([self.end, end[kept]])
            self.piece = np.concatenate([self.piece, pieces[kept]])
            way = np.full(np.count_nonzero(kept), direction, np.int8)
            self.direction = np.concatenate([self.direction, way])

    def successors(self, vertices: int) -> NDArray[np.int32]:
        """Return the side that follows each side on the outline of its piece, (side,).

        Where a piece touches itself at a corner its outline turns to the pixel across, so that
        no ring touches itself.
        """
        leaving = np.full((vertices, 4), -1, np.int32)
        leaving[self.begin, self.direction] = np.arange(len(self.begin), dtype=np.int32)
        after = np.full(len(self.begin), -1, np.int32)
        for turn in (_LEFT_TURN, _STRAIGHT, _RIGHT_TURN):  # the last that fits stays
            candidate = leaving[self.end, (self.direction + turn) % 4]
            fits = (candidate >= 0) & (self.piece[candidate] == self.piece)
            np.copyto(after, candidate, where=fits)
        return after

    def _vertices(self, lines: Numbers, places: Numbers, along_rows: bool) -> NDArray[np.int32]:
        width = self._stops.shape[1]
        at = lines * width + places if along_rows else places * width + lines
        found: NDArray[np.int32] = self._vertex_at[at]
        return found
