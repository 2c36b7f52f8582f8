"""What phase 1 knows of an image: class probabilities for each tile."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import TileGrid
from riverscape.labels import ClassScheme

__all__ = ["TileMap"]


@dataclass(frozen=True, eq=False)
class TileMap:
    """Class probabilities (tile_row, tile_col, class), float32, on a `TileGrid`.

    Tiles that nobody has classified are zero throughout, so maps of parts add up to that of the
    whole.

    Raises
    ------
    ValueError
        If the shape does not fit the grid and the classes.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> grid = TileGrid(height_px=100, width_px=50, tile_px=50, stride_px=50)
    >>> probabilities = np.zeros((2, 1, 5), np.float32)
    >>> probabilities[0, 0, 0] = probabilities[1, 0, 2] = 1
    >>> tile_map = TileMap(probabilities, grid, PUBLISHED_CLASSES)
    >>> tile_map.codes()[[0, 49, 50, 99], 0]
    array([1, 1, 3, 3], dtype=uint8)
    """

    probabilities: NDArray[np.float32]
    grid: TileGrid
    scheme: ClassScheme

    def __post_init__(self) -> None:
        expected = (*self.grid.shape, len(self.scheme))
        if self.probabilities.shape != expected:
            message = f"a tile map of shape {self.probabilities.shape} is not {expected}"
            raise ValueError(message)

    def __add__(self, other: Self) -> Self:
        if (self.grid, self.scheme) != (other.grid, other.scheme):
            message = "tile maps of different grids or classes do not add up"
            raise ValueError(message)
        return type(self)(self.probabilities + other.probabilities, self.grid, self.scheme)

    @cached_property
    def block_probabilities(self) -> NDArray[np.float32]:
        """Mean probabilities of the tiles over each block: (block_row, block_col, class).

        A block is a square of one stride; where tiles do not overlap it is the tile itself.
        """
        rows, cols = self.grid.block_shares()
        mean = np.einsum("rt,tck->rck", rows, self.probabilities.astype(np.float64))
        return np.asarray(np.einsum("bc,rck->rbk", cols, mean), np.float32)

    def codes(self) -> NDArray[np.uint8]:
        """Return the CNN map: the most probable class of each pixel's block, (row, col)."""
        return self._by_pixel(
            np.array(self.scheme.codes, np.uint8)[self.block_probabilities.argmax(axis=2)]
        )

    def certainty(self, power: float) -> NDArray[np.uint8]:
        """Return how sure each pixel's block is of its class, (row, col), 0..255.

        It is the probability of the most probable class to the power of `power`, in steps of
        1/255.

        Examples
        --------
        >>> from riverscape.labels import PUBLISHED_CLASSES
        >>> grid = TileGrid(height_px=50, width_px=50)
        >>> probabilities = np.array([[[0.9, 0.1, 0, 0, 0]]], np.float32)
        >>> int(TileMap(probabilities, grid, PUBLISHED_CLASSES).certainty(16)[0, 0])
        47
        """
        top = self.block_probabilities.max(axis=2)
        return self._by_pixel(np.rint(255 * top**power).astype(np.uint8))

    def _by_pixel(self, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
        step = self.grid.stride_px
        rows = blocks.repeat(step, axis=0)[: self.grid.height_px]
        return np.ascontiguousarray(rows.repeat(step, axis=1)[:, : self.grid.width_px])
