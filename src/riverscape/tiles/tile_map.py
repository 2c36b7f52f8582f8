"""What phase 1 knows of an image: class probabilities for each tile."""

from dataclasses import dataclass
from html import escape
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import TileGrid, Window, by_pixel
from riverscape.imagery.tile_grid import Shares
from riverscape.labels import ClassScheme

__all__ = ["Blocks", "TileMap"]


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

    @classmethod
    def empty(cls, grid: TileGrid, scheme: ClassScheme) -> Self:
        """Return the map of an image of which no tile is classified yet."""
        return cls(np.zeros((*grid.shape, len(scheme)), np.float32), grid, scheme)

    @property
    def blocks(self) -> "Blocks":
        """Mean probabilities of the tiles over each block."""
        return Blocks(self.probabilities, self.grid)

    def codes(self, window: Window | None = None) -> NDArray[np.uint8]:
        """Return the CNN map: the most probable class of each pixel's block, (row, col)."""
        window = window or Window.whole((self.grid.height_px, self.grid.width_px))
        rows, cols = self.grid.blocks_of(window)
        codes = np.array(self.scheme.codes, np.uint8)[self.blocks[rows, cols].argmax(axis=2)]
        return by_pixel(codes, self.grid.stride_px, window)

    def confidence(self, window: Window | None = None) -> NDArray[np.uint8]:
        """Return how probable that class is, in per cent, (row, col)."""
        window = window or Window.whole((self.grid.height_px, self.grid.width_px))
        rows, cols = self.grid.blocks_of(window)
        percent = np.rint(100 * self.blocks[rows, cols].max(axis=2)).astype(np.uint8)
        return by_pixel(percent, self.grid.stride_px, window)

    def _repr_html_(self) -> str:
        """Show how many tiles there are, and what they hold, in a notebook."""
        rows, cols = self.grid.shape
        found = np.bincount(self.probabilities.argmax(axis=2).ravel(), minlength=len(self.scheme))
        shares = "".join(
            f'<tr><td><span style="background:{cover.colour};display:inline-block;width:1em;'
            f'height:1em"></span> {escape(cover.name)}</td><td>{tiles:,}</td>'
            f"<td>{100 * tiles / (rows * cols):.1f} %</td></tr>"
            for cover, tiles in zip(self.scheme, found, strict=True)
        )
        said = (
            f"{rows:,} x {cols:,} tiles of {self.grid.tile_px} px, {self.grid.stride_px} px apart"
        )
        head = "<tr><th>most probable class</th><th>tiles</th><th>share</th></tr>"
        return f"<p>{said}</p><table>{head}{shares}</table>"


@dataclass(frozen=True, eq=False)
class Blocks:
    """Mean probabilities of the tiles over each block: (block_row, block_col, class), float32.

    A block is a square of one stride; where tiles do not overlap it is the tile itself. Blocks
    are averaged when they are asked for, as slices of an array are.

    Examples
    --------
    >>> grid = TileGrid(height_px=100, width_px=50, tile_px=50, stride_px=25)
    >>> blocks = Blocks(np.array([[[1]], [[0]], [[1]]], np.float32), grid)
    >>> blocks.shape, blocks[1:3, :].ravel().tolist()
    ((4, 2, 1), [0.5, 0.5, 0.5, 0.5])
    """

    probabilities: NDArray[np.float32]
    grid: TileGrid

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows and columns of blocks, and classes."""
        return (*self.grid.block_shape, self.probabilities.shape[2])

    def __getitem__(self, place: tuple[slice, slice]) -> NDArray[np.float32]:
        rows, cols = self.grid.block_shares(*place)
        start, stop = int(cols.tiles.min()), int(cols.tiles.max()) + 1
        down = rows.mean(self.probabilities[:, start:stop], axis=0)
        across = Shares(cols.tiles - start, cols.weights).mean(down, axis=1)
        return np.asarray(across, np.float32)
