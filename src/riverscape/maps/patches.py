"""The patches of a map that is larger than memory: which there are, how large, where they end.

A patch is of one class and connected by the sides of its pixels, as in `despeckled`. A map is
looked at square by square; what is kept of each square is the patches of its four edges.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, byte_counts
from riverscape.maps.cycles import Numbers
from riverscape.maps.sieving import neighbours, sieved

__all__ = ["OUTSIDE", "CodeReader", "Patches", "labelled"]

CodeReader = Callable[[Window], NDArray[np.uint8]]

# The number of the patch around a map.
OUTSIDE = -1
_BY_SIDES = 4


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of a map, numbered from 0; those without data are among them.

    Attributes
    ----------
    squares
        What the map was looked at by, row by row.
    patch_of
        The patch of each piece: what a square holds of a patch in one piece, (piece,).
    piece_starts
        Where the pieces of each square begin among them, (square + 1,).
    edges
        The pieces of the top, bottom, left and right pixels of each square.
    codes, areas_px
        Class and size of each patch, (patch,).
    """

    squares: Sequence[Window]
    patch_of: NDArray[np.int32]
    piece_starts: NDArray[np.int64]
    edges: Sequence[Sequence[NDArray[np.int32]]]
    codes: NDArray[np.uint8]
    areas_px: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        read: CodeReader,
        squares: Sequence[Window],
        least_px: int = 0,
        on_square: Callable[[], None] = lambda: None,
    ) -> Self:
        """Find the patches of a map.

        Parameters
        ----------
        read
            Returns the class codes of a window, (row, col).
        squares
            The windows that cover the map, row by row, all of one size but those at its end.
        least_px
            Patches of fewer pixels take the class of their largest neighbour, the smallest first.
        on_square
            Called after each square.
        """
        found = _Found(squares, least_px)
        for window in squares:
            found.add(window, read(window))
            on_square()
        patch_of = found.patch_of()
        count = int(patch_of.max()) + 1
        codes = np.zeros(count, np.uint8)
        codes[patch_of] = np.concatenate(found.codes)
        areas_px = _sums(patch_of, np.concatenate(found.areas_px), count)
        if least_px > 1:
            first_px = np.full(count, np.iinfo(np.int64).max)
            np.minimum.at(first_px, patch_of, np.concatenate(found.first_px))
            into = sieved(codes, areas_px, first_px, found.neighbours(patch_of), least_px)
            kept, into = np.unique(into, return_inverse=True)
            codes, areas_px = codes[kept], _sums(into, areas_px, len(kept))
            patch_of = into.astype(np.int32)[patch_of]
        starts = np.array(found.starts)
        return cls(squares, patch_of, starts, found.edges, codes, areas_px)

    def last_squares(self) -> NDArray[np.int32]:
        """Return the number of the last square that holds a part of each patch, (patch,)."""
        last = np.zeros(len(self.codes), np.int32)
        for number in range(len(self.squares)):
            last[self._of_square(number)] = number
        return last

    def numbers(self, number: int, codes: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Return the patches of a square and of the pixels around it, (row + 2, col + 2).

        Parameters
        ----------
        codes
            The class codes of the square, as they were read, (row, col).
        """
        window = self.squares[number]
        around = np.full((window.height_px + 2, window.width_px + 2), OUTSIDE, np.int32)
        around[1:-1, 1:-1] = self._of_square(number)[labelled(codes)]
        across = -(-max(square.right for square in self.squares) // self.squares[0].width_px)
        row, col = divmod(number, across)
        for down, right in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
            beside = (row + down) * across + col + right
            if row + down < 0 or beside >= len(self.squares) or not 0 <= col + right < across:
                continue
            top, bottom, left, top_right = self.edges[beside]
            # What of a neighbour is nearest: its bottom row, seen from below.
            line = {-1: bottom, 1: top}.get(down, top_right if right < 0 else left)
            if down and right:
                line = line[-1:] if right < 0 else line[:1]
            rows = {-1: slice(0, 1), 0: slice(1, -1), 1: slice(-1, None)}[down]
            cols = {-1: slice(0, 1), 0: slice(1, -1), 1: slice(-1, None)}[right]
            around[rows, cols] = self.patch_of[line].reshape(around[rows, cols].shape)
        return around

    def _of_square(self, number: int) -> NDArray[np.int32]:
        return self.patch_of[self.piece_starts[number] : self.piece_starts[number + 1]]


class _Found:
    """What is found square by square: pieces of patches, numbered as they come."""

    def __init__(self, squares: Sequence[Window], least_px: int) -> None:
        self._width_px = max(square.right for square in squares)
        self._across = -(-self._width_px // squares[0].width_px)
        self._least_px = least_px
        self.starts = [0]
        self.edges: list[tuple[NDArray[np.int32], ...]] = []
        self.codes: list[NDArray[np.uint8]] = []
        self.areas_px: list[NDArray[np.int64]] = []
        self.first_px: list[NDArray[np.int64]] = []
        self._same: list[NDArray[np.int32]] = []
        self._neighbours: list[NDArray[np.int32]] = []

    def add(self, window: Window, codes: NDArray[np.uint8]) -> None:
        """Look at the next square."""
        pieces = labelled(codes)
        areas_px = np.bincount(pieces.ravel())
        self.areas_px.append(areas_px)
        own = np.zeros(len(areas_px), np.uint8)
        own[pieces] = codes
        self.codes.append(own)
        if self._least_px > 1:
            self.first_px.append(_first_px(pieces, window, self._width_px))
            beside = neighbours(pieces, (areas_px < self._least_px) & (own > 0))
            self._neighbours.append((self.starts[-1] + beside).astype(np.int32))
        edges = (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1])
        self.edges.append(tuple((self.starts[-1] + edge).astype(np.int32) for edge in edges))
        self.starts.append(self.starts[-1] + len(areas_px))
        self._sew(len(self.edges) - 1)

    def patch_of(self) -> NDArray[np.int32]:
        """Return the patch of each piece, (piece,)."""
        codes = np.concatenate(self.codes)
        seams = np.concatenate([np.zeros((0, 2), np.int32), *self._same])
        return _united(self.starts[-1], seams[codes[seams[:, 0]] == codes[seams[:, 1]]])

    def neighbours(self, patch_of: NDArray[np.int32]) -> Numbers:
        """Return pairs of patches side by side of which one may be small, (pair, 2)."""
        pairs = patch_of[np.concatenate([*self._neighbours, *self._same])]
        pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
        return pairs

    def _sew(self, number: int) -> None:
        top, _, left, _ = self.edges[number]
        if number % self._across:
            self._seam(self.edges[number - 1][3], left)
        if number >= self._across:
            self._seam(self.edges[number - self._across][1], top)

    def _seam(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        pairs = np.stack([before, after], axis=1)
        new = np.ones(len(pairs), bool)
        new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
        self._same.append(pairs[new])


def labelled(codes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return which piece each pixel belongs to, from 0, (row, col).

    Examples
    --------
    >>> labelled(np.array([[1, 1, 2], [2, 1, 2]], np.uint8))
    array([[0, 0, 1],
           [2, 0, 1]], dtype=int32)
    """
    pieces = np.empty(codes.shape, np.int32)
    before = 0
    for code in np.flatnonzero(byte_counts(codes)):
        here = codes == code
        count, found = cv2.connectedComponents(
            here.view(np.uint8), connectivity=_BY_SIDES, ltype=cv2.CV_32S
        )
        np.copyto(pieces, found + (before - 1), where=here)
        before += count - 1  # the first is all else
    return pieces


def _first_px(pieces: NDArray[np.int32], window: Window, width_px: int) -> NDArray[np.int64]:
    """Return the place in the map, row by row, of each piece's first pixel, (piece,)."""
    flat = pieces.ravel()[::-1]
    places = np.empty(int(flat.max()) + 1, np.int64)
    places[flat] = np.arange(len(flat) - 1, -1, -1)  # the last one stays
    rows, cols = np.divmod(places, window.width_px)
    return np.asarray((window.top + rows) * width_px + window.left + cols)


def _united(count: int, pairs: Numbers) -> NDArray[np.int32]:
    """Return the group of each of `count` members, from 0, where each pair is of one group."""
    root = np.arange(count, dtype=np.int32)
    while len(pairs):
        ends = np.sort(root[pairs], axis=1)
        pairs, ends = pairs[keep := ends[:, 0] != ends[:, 1]], ends[keep]
        np.minimum.at(root, ends[:, 1], ends[:, 0])
        while not np.array_equal(further := root[root], root):
            root = further
    return np.unique(root, return_inverse=True)[1].astype(np.int32)


def _sums(groups: Numbers, values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.bincount(groups, weights=values, minlength=count).astype(np.int64)
