"""Which tiles cover an image: pure integers, apart from geography."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["TileGrid", "tile_starts"]


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

    def block_shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the share of each tile in each block, along rows and along columns.

        A block takes the mean of the tiles that cover its centre. Shares have the shapes
        (block_row, tile_row) and (block_col, tile_col); each row of them adds up to 1, so
        ``rows @ values @ cols.T`` averages overlapping tiles.

        Examples
        --------
        >>> rows, cols = TileGrid(100, 50, tile_px=50, stride_px=25).block_shares()
        >>> rows
        array([[1. , 0. , 0. ],
               [0.5, 0.5, 0. ],
               [0. , 0.5, 0.5],
               [0. , 0. , 1. ]])
        """
        return (
            self._shares(self.height_px, self.row_starts),
            self._shares(self.width_px, self.col_starts),
        )

    def _shares(self, length_px: int, starts: list[int]) -> NDArray[np.float64]:
        begin = np.arange(0, length_px, self.stride_px)
        centre = (begin + np.minimum(begin + self.stride_px, length_px)) / 2
        first = np.asarray(starts)
        covers = (first <= centre[:, None]) & (centre[:, None] < first + self.tile_px)
        return np.asarray(covers / covers.sum(axis=1, keepdims=True))
