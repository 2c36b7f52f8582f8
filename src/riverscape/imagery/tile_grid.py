"""Which tiles cover an image: pure integers, apart from geography."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery.blocks import blocks_of
from riverscape.imagery.window import Window

__all__ = ["Shares", "TileGrid", "tile_starts"]


def tile_starts(length_px: int, tile_px: int, stride_px: int) -> list[int]:
    """Return the start pixels of tiles that together cover [0, length_px).

    The last tile is shifted back to fit, never padded or dropped.

    Raises
    ------
    ValueError
        If `length_px` is shorter than `tile_px`, or the stride leaves gaps.

    Examples
    --------
    >>> tile_starts(120, tile_px=50, stride_px=50)
    [0, 50, 70]
    >>> tile_starts(100, tile_px=50, stride_px=25)
    [0, 25, 50]
    """
    if length_px < tile_px:
        message = f"a length of {length_px} px holds no tile of {tile_px} px"
        raise ValueError(message)
    if not 1 <= stride_px <= tile_px:
        message = f"a stride of {stride_px} px leaves gaps between tiles of {tile_px} px"
        raise ValueError(message)
    starts = list(range(0, length_px - tile_px + 1, stride_px))
    if starts[-1] + tile_px < length_px:
        starts.append(length_px - tile_px)
    return starts


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one image: every pixel is covered, no tile reaches over the edge.

    An image smaller than a tile is covered by one tile, which then reaches over its edge; whoever
    reads such a tile mirrors the image into it.

    Raises
    ------
    ValueError
        If a size is not positive, or the stride leaves gaps between tiles.

    Examples
    --------
    >>> grid = TileGrid(height_px=120, width_px=100, tile_px=50, stride_px=50)
    >>> grid.row_starts, grid.col_starts
    ([0, 50, 70], [0, 50])
    >>> grid.shape
    (3, 2)
    """

    height_px: int
    width_px: int
    tile_px: int = 50
    stride_px: int = 50

    def __post_init__(self) -> None:
        if min(self.height_px, self.width_px) < 1:
            message = f"an image of {self.height_px} x {self.width_px} px has no pixels"
            raise ValueError(message)
        tile_starts(self.tile_px, self.tile_px, self.stride_px)

    @cached_property
    def row_starts(self) -> list[int]:
        """First pixel row of each row of tiles."""
        return tile_starts(max(self.height_px, self.tile_px), self.tile_px, self.stride_px)

    @cached_property
    def col_starts(self) -> list[int]:
        """First pixel column of each column of tiles."""
        return tile_starts(max(self.width_px, self.tile_px), self.tile_px, self.stride_px)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return len(self.row_starts), len(self.col_starts)

    @property
    def block_shape(self) -> tuple[int, int]:
        """Rows and columns of blocks: squares of one stride, the last ones cut by the edge."""
        return -(-self.height_px // self.stride_px), -(-self.width_px // self.stride_px)

    def block_shares(
        self, rows: slice = slice(None), cols: slice = slice(None)
    ) -> tuple["Shares", "Shares"]:
        """Return the share of each tile in some rows and columns of blocks.

        A block takes the mean of the tiles that cover its centre.

        Examples
        --------
        >>> rows, cols = TileGrid(100, 50, tile_px=50, stride_px=25).block_shares()
        >>> rows.mean(np.array([8.0, 4.0, 0.0]), axis=0)
        array([8., 6., 2., 0.])
        """
        return (
            self._shares(self.height_px, self.row_starts, rows),
            self._shares(self.width_px, self.col_starts, cols),
        )

    def blocks_of(self, window: Window) -> tuple[slice, slice]:
        """Return the rows and the columns of blocks that hold pixels of a window.

        Examples
        --------
        >>> TileGrid(100, 100, tile_px=50, stride_px=25).blocks_of(Window(20, 50, 10, 50))
        (slice(0, 2, None), slice(2, 4, None))
        """
        return blocks_of(window, self.stride_px)

    def tiles_of(self, window: Window) -> tuple[slice, slice]:
        """Return the rows and the columns of tiles that begin in a window.

        Examples
        --------
        >>> TileGrid(120, 100, tile_px=50, stride_px=50).tiles_of(Window(50, 0, 70, 100))
        (slice(1, 3, None), slice(0, 2, None))
        """
        rows, cols = (
            slice(*np.searchsorted(starts, edges).tolist())
            for starts, edges in (
                (self.row_starts, (window.top, window.bottom)),
                (self.col_starts, (window.left, window.right)),
            )
        )
        return rows, cols

    def _shares(self, length_px: int, starts: list[int], blocks: slice) -> "Shares":
        begin = np.arange(*blocks.indices(-(-length_px // self.stride_px))) * self.stride_px
        centre = (begin + np.minimum(begin + self.stride_px, length_px)) / 2
        first = np.searchsorted(starts, centre - self.tile_px, side="right")
        beyond = np.searchsorted(starts, centre, side="right")
        place = first[:, None] + np.arange(int((beyond - first).max()))
        covers = place < beyond[:, None]
        weights = covers / covers.sum(axis=1, keepdims=True)
        return Shares(np.minimum(place, len(starts) - 1), weights)


@dataclass(frozen=True, eq=False)
class Shares:
    """How a row or column of blocks is made up of tiles.

    Attributes
    ----------
    tiles
        The tiles that have a share in each block, (block, share).
    weights
        The share of each of them; those of a block add up to 1.
    """

    tiles: NDArray[np.intp]
    weights: NDArray[np.float64]

    def mean(self, values: NDArray[np.floating], axis: int) -> NDArray[np.float64]:
        """Return the mean of tiles in each block, along an axis of values."""
        shape = [1] * values.ndim
        shape[axis] = -1
        total = np.zeros(1)
        for place, weight in zip(self.tiles.T, self.weights.T, strict=True):
            total = total + values.take(place, axis) * weight.reshape(shape)
        return total
