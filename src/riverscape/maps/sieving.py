"""Patches that are too small take the class around them, however far a map reaches."""

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from riverscape.maps.cycles import Numbers

__all__ = ["neighbours", "sieved"]


def neighbours(pieces: Numbers, wanted: NDArray[np.bool_]) -> Numbers:
    """Return the pairs of pieces that have sides of pixels in common, each once, (pair, 2).

    Parameters
    ----------
    pieces
        The number of each pixel's piece, (row, col).
    wanted
        One of a pair must be among these, (piece,).

    Examples
    --------
    >>> pieces = np.array([[0, 0, 1], [2, 2, 2]])
    >>> neighbours(pieces, np.array([False, True, False])).tolist()
    [[0, 1], [1, 2]]
    """
    pairs = []
    for before, after in ((pieces[:-1], pieces[1:]), (pieces[:, :-1], pieces[:, 1:])):
        touch = np.flatnonzero(before != after)
        beside = np.stack([before.ravel()[touch], after.ravel()[touch]], axis=1)
        pairs.append(beside[wanted[beside].any(axis=1)])
    together = np.sort(np.concatenate(pairs), axis=1)
    keys = together[:, 0].astype(np.int64) * len(wanted) + together[:, 1]
    return np.stack(np.divmod(np.unique(keys), len(wanted)), axis=1).astype(pieces.dtype)


def sieved(
    codes: NDArray[np.uint8],
    areas_px: NDArray[np.int64],
    first_px: NDArray[np.int64],
    beside: Numbers,
    least_px: int,
) -> Numbers:
    """Return the patch that each patch is in after the small ones were taken in, (patch,).

    The smallest go first, each into its largest neighbour; of neighbours of one size, into that
    which begins first. What then has one class on both sides of a border is one patch. So none is
    left that is too small and has a neighbour with data, and those that are large enough keep
    their pixels. Code 0, no data, is nobody's neighbour.

    Parameters
    ----------
    codes, areas_px, first_px
        Class, size, and the place of the first pixel of each patch, (patch,).
    beside
        Pairs of patches that are side by side, of which one is too small at least, (pair, 2).

    Examples
    --------
    >>> codes, areas_px = np.array([1, 2, 1], np.uint8), np.array([9, 2, 8])
    >>> sieved(codes, areas_px, np.arange(3), np.array([[0, 1], [1, 2]]), least_px=5).tolist()
    [0, 0, 0]
    """
    return _Merging(codes, areas_px, first_px, beside, least_px).run()


class _Merging:
    """Patches that become one another's, of which few are looked at: the small ones."""

    def __init__(
        self,
        codes: NDArray[np.uint8],
        areas_px: NDArray[np.int64],
        first_px: NDArray[np.int64],
        beside: Numbers,
        least_px: int,
    ) -> None:
        self._least_px = least_px
        self._into = list(range(len(codes)))
        self._codes: Sequence[int] = codes.tolist()
        self._areas_px = areas_px.tolist()
        self._first_px = first_px.tolist()
        small = (areas_px < least_px) & (codes > 0)
        self._beside: dict[int, set[int]] = {one: set() for one in np.flatnonzero(small).tolist()}
        for one, other in beside[(codes[beside] > 0).all(axis=1)].tolist():
            if one in self._beside:
                self._beside[one].add(other)
            if other in self._beside:
                self._beside[other].add(one)

    def run(self) -> Numbers:
        waiting = [(self._areas_px[one], self._first_px[one], one) for one in self._beside]
        heapq.heapify(waiting)
        while waiting:
            area_px, _, one = heapq.heappop(waiting)
            if self._into[one] != one or self._areas_px[one] != area_px:
                continue  # it has become another's, or has grown
            around = {self._patch(other) for other in self._beside[one]} - {one}
            if around:
                grown = self._take(one, around)
                if self._areas_px[grown] < self._least_px:
                    heapq.heappush(waiting, (self._areas_px[grown], self._first_px[grown], grown))
        return np.array([self._patch(one) for one in range(len(self._into))])

    def _take(self, one: int, around: set[int]) -> int:
        """Give a patch to its largest neighbour, with all around of that class; return it."""
        winner = max(around, key=lambda other: (self._areas_px[other], -self._first_px[other]))
        same = [other for other in around if self._codes[other] == self._codes[winner]]
        for other in (one, *same):
            if other != winner:
                self._into[other] = winner
                self._areas_px[winner] += self._areas_px[other]
                self._first_px[winner] = min(self._first_px[winner], self._first_px[other])
        if self._areas_px[winner] < self._least_px:
            joined = set(around)
            for other in same:
                joined |= self._beside[other]
            self._beside[winner] = joined
        return winner

    def _patch(self, one: int) -> int:
        root = one
        while self._into[root] != root:
            root = self._into[root]
        while self._into[one] != root:
            self._into[one], one = root, self._into[one]
        return root
