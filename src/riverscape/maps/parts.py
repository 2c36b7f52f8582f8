"""Outlines that go on in the next square: what of them a square holds, and how they are joined."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.maps.cycles import cycles
from riverscape.maps.outlines import Corners, Rings

__all__ = ["Parts", "joined", "opened"]

_CLOSED = -1
# What an end of a part is known by, besides its corner: where a patch touches itself the pixel
# that it came from, 0 to 3, else this.
_ANY = 4
_KEYS = 5


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of the outlines of patches, in corners of the whole map; they add up.

    Attributes
    ----------
    rows, cols
        Corners of pixels, (point,); a part that is open ends where the next begins.
    starts
        Where each part begins among the points, (part + 1,).
    patches
        Which patch each part is of, (part,).
    begin, end
        What the end of a part and the beginning of the next have in common, (part,); -1 of rings.
    may_go
        Whether a part begins only because a square does: its first point is none of the outline
        if it is on a straight line, (part,).
    """

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    starts: NDArray[np.int64]
    patches: NDArray[np.int32]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    may_go: NDArray[np.bool_]

    @classmethod
    def together(cls, several: Sequence["Parts"]) -> "Parts":
        """Return all parts of several."""
        lengths = np.concatenate([np.diff(parts.starts) for parts in several])
        return cls(
            np.concatenate([parts.rows for parts in several]),
            np.concatenate([parts.cols for parts in several]),
            np.append(0, np.cumsum(lengths)),
            np.concatenate([parts.patches for parts in several]),
            np.concatenate([parts.begin for parts in several]),
            np.concatenate([parts.end for parts in several]),
            np.concatenate([parts.may_go for parts in several]),
        )

    def take(self, order: NDArray[np.integer]) -> "Parts":
        """Return some of the parts, in the order of their numbers."""
        lengths = np.diff(self.starts)[order]
        starts = np.append(0, np.cumsum(lengths))
        points = np.repeat(self.starts[order] - starts[:-1], lengths) + np.arange(starts[-1])
        return Parts(
            self.rows[points], self.cols[points], starts, self.patches[order],
            self.begin[order], self.end[order], self.may_go[order],
        )  # fmt: skip


def opened(
    rings: Rings,
    pieces: NDArray[np.int32],
    around: NDArray[np.int32],
    corners: Corners,
    window: Window,
    width_px: int,
) -> Parts:
    """Return what the outlines of a square's pieces are of the outlines of their patches.

    Edges of the square are left out where the patch goes on behind them.

    Parameters
    ----------
    rings
        The outlines of pieces, in the square's own corners.
    pieces, around
        The piece of each pixel, (row, col), and its patch, with the pixels around the square,
        (row + 2, col + 2).
    width_px
        Width of the map.
    """
    ring_of, after = rings.ring_of, rings.following
    row, col = rings.rows, rings.cols
    kept = ~_goes_on(row, col, row[after], col[after], around)
    before = np.empty_like(after)
    before[after] = np.arange(len(after))
    tags = _tags(rings, pieces, around, corners)
    begins = kept & (~kept[before] | (tags != _ANY))
    order, is_open = _from_beginnings(rings, begins)
    order = order[kept[order]]
    first = begins | ((np.arange(len(row)) == rings.starts[ring_of]) & ~is_open[ring_of])
    starts = np.append(np.flatnonzero(first[order]), len(order))
    head, tail = order[starts[:-1]], after[order[starts[1:] - 1]]
    corner = (row + window.top).astype(np.int64) * (width_px + 1) + col + window.left
    open_parts = is_open[ring_of[head]]
    patch_of = np.zeros(int(pieces.max()) + 1, np.int32)
    patch_of[pieces] = around[1:-1, 1:-1]
    # The outline goes on at the pixel across the corner.
    met = np.where(tags == _ANY, _ANY, 3 - tags)
    return Parts(
        rows=row[order] + np.int32(window.top),
        cols=col[order] + np.int32(window.left),
        starts=starts,
        patches=patch_of[rings.pieces[ring_of[head]]],
        begin=np.where(open_parts, corner[head] * _KEYS + tags[head], _CLOSED),
        end=np.where(open_parts, corner[tail] * _KEYS + met[tail], _CLOSED),
        may_go=open_parts & ~corners.are_nodes[row[head], col[head]],
    )


def joined(parts: Parts) -> Rings:
    """Return the rings that parts make, with the patch of each for its piece.

    All parts of a patch must be there.
    """
    is_ring = parts.begin == _CLOSED
    after = np.arange(len(parts.patches))
    (open_parts,) = np.nonzero(~is_ring)
    if len(open_parts):
        # A corner and a pixel at it are met by one part of a patch, and left by one.
        ends = np.concatenate([parts.begin[open_parts], parts.end[open_parts]])
        keys = np.unique(ends, return_inverse=True)[1]
        patch = np.tile(parts.patches[open_parts].astype(np.int64), 2)
        begin, end = np.split(patch * (keys.max() + 1) + keys, 2)
        by_key = np.argsort(begin)
        after[open_parts] = open_parts[by_key[np.searchsorted(begin, end, sorter=by_key)]]
    order, starts = cycles(after)
    found = parts.take(order)
    rings = Rings(found.rows, found.cols, found.starts[starts], found.patches[starts[:-1]])
    may_go = np.zeros(len(rings.rows), bool)
    may_go[found.starts[:-1]] = found.may_go
    return _without(rings, may_go & _is_straight(rings))


def _goes_on(
    row: NDArray[np.int32],
    col: NDArray[np.int32],
    next_row: NDArray[np.int32],
    next_col: NDArray[np.int32],
    around: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Return which sides are edges of the square with the same patch behind them, (point,)."""
    height_px, width_px = around.shape[0] - 2, around.shape[1] - 2
    level, upright = row == next_row, col == next_col
    along_col, along_row = np.minimum(col, next_col) + 1, np.minimum(row, next_row) + 1
    found = np.zeros(len(row), bool)
    for edge, inner, outer in ((0, 1, 0), (height_px, height_px, height_px + 1)):
        here = level & (row == edge)
        found[here] |= around[inner, along_col[here]] == around[outer, along_col[here]]
    for edge, inner, outer in ((0, 1, 0), (width_px, width_px, width_px + 1)):
        here = upright & (col == edge)
        found[here] |= around[along_row[here], inner] == around[along_row[here], outer]
    return found


def _tags(
    rings: Rings, pieces: NDArray[np.int32], around: NDArray[np.int32], corners: Corners
) -> NDArray[np.int64]:
    """Return at which of four pixels each point's piece touches its own patch; else 4, (point,).

    Where both pixels are of one piece the ring itself has turned from one to the other.
    """
    tags = np.full(len(rings.rows), _ANY)
    (touching,) = np.nonzero(corners.touch[rings.rows, rings.cols])
    rows, cols = rings.rows[touching], rings.cols[touching]
    own = rings.pieces[rings.ring_of[touching]]
    flat = np.pad(pieces, 1, constant_values=-1)
    four = [(rows + down, cols + right) for down in (0, 1) for right in (0, 1)]
    for number, (here, across) in enumerate(zip(four, four[::-1], strict=True)):
        alone = (flat[here] == own) & (flat[across] != own) & (around[here] == around[across])
        tags[touching[alone]] = number
    return tags


def _from_beginnings(
    rings: Rings, begins: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the points, each ring turned to begin where a part does; and which rings have any."""
    ring_of, lengths = rings.ring_of, np.diff(rings.starts)
    first = np.full(len(rings.pieces), len(ring_of))
    places = np.flatnonzero(begins)
    np.minimum.at(first, ring_of[places], places)
    is_open = first < len(ring_of)
    shift = np.where(is_open, first - rings.starts[:-1], 0)
    within = np.arange(len(ring_of)) - rings.starts[ring_of]
    turned = (within + shift[ring_of]) % lengths[ring_of]
    return rings.starts[ring_of] + turned, is_open


def _is_straight(rings: Rings) -> NDArray[np.bool_]:
    """Return which points lie on the line from the one before to the one after, (point,)."""
    after = rings.following
    down = (rings.rows[after] - rings.rows).astype(np.int64)
    right = (rings.cols[after] - rings.cols).astype(np.int64)
    straight = np.empty(len(after), bool)
    straight[after] = down * right[after] == right * down[after]
    return straight


def _without(rings: Rings, gone: NDArray[np.bool_]) -> Rings:
    """Return rings without some of their points."""
    stay = ~gone
    counts = np.append(0, np.cumsum(stay))
    return Rings(rings.rows[stay], rings.cols[stay], counts[rings.starts], rings.pieces)
