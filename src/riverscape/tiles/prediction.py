"""Phase 1 on an image: the network's windows laid over the tiles of a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.imagery import TileGrid, map_parts
from riverscape.tiles.bundle import Model
from riverscape.tiles.settings import PredictionSettings
from riverscape.tiles.tile_map import TileMap

__all__ = ["default_stride", "label_tiles", "mirrored", "tile_stride"]

# Rows and columns of the windows that the network takes at once. Measured: at this size what its
# layers hand on stays in the processor's cache, a sixth faster than ten times as large.
_WINDOW_PX = (175, 525)
_BATCH_TILES = 256


@dataclass(frozen=True)
class _Run:
    """Tiles `first` .. `first + count` of a row or column of tiles, evenly spaced."""

    first: int
    start_px: int
    count: int


def label_tiles(
    pixels: NDArray[Any], model: Model, settings: PredictionSettings, threads: int = 1
) -> TileMap:
    """Classify every tile of an image.

    Parameters
    ----------
    pixels
        The image, (band, row, col). An image smaller than a tile is mirrored at its edges.

    Raises
    ------
    SettingsError
        If the stride leaves gaps between tiles.
    """
    tile_px, stride_px = model.contract.tile_px, tile_stride(model, settings)
    grid = TileGrid(pixels.shape[1], pixels.shape[2], tile_px, stride_px)
    pixels = mirrored(pixels, tile_px)
    probabilities = np.zeros((*grid.shape, len(model.contract.scheme)), np.float32)

    def classify(part: tuple[_Run, _Run]) -> None:
        rows, cols = part
        answer = _window_probabilities(pixels, model, rows, cols, stride_px)
        probabilities[
            rows.first : rows.first + rows.count, cols.first : cols.first + cols.count
        ] = answer

    map_parts(classify, list(_windows(grid, model)), threads)
    return TileMap(probabilities, grid, model.contract.scheme)


def tile_stride(model: Model, settings: PredictionSettings) -> int:
    """Return the distance between tiles.

    Raises
    ------
    SettingsError
        If it leaves gaps between tiles.
    """
    tile_px = model.contract.tile_px
    stride_px = settings.stride_px or default_stride(tile_px, model.contract.network_stride_px)
    if stride_px > tile_px:
        message = f"a tile stride of {stride_px} px leaves gaps between tiles of {tile_px} px"
        raise SettingsError(message)
    return stride_px


def default_stride(tile_px: int, network_stride_px: int | None) -> int:
    """Return the stride nearest below half a tile that the network takes in one pass.

    Examples
    --------
    >>> default_stride(50, network_stride_px=5)
    25
    >>> default_stride(64, network_stride_px=6)
    30
    """
    step = network_stride_px or 1
    return max(tile_px // 2 // step * step, min(step, tile_px))


def _windows(grid: TileGrid, model: Model) -> Iterator[tuple[_Run, _Run]]:
    step = model.contract.network_stride_px
    if step is None or grid.stride_px % step:
        longest = (1, max(1, _BATCH_TILES))
    else:
        tall_px, wide_px = (max(length, grid.tile_px) for length in _WINDOW_PX)
        longest = (
            1 + (tall_px - grid.tile_px) // grid.stride_px,
            1 + (wide_px - grid.tile_px) // grid.stride_px,
        )
    for rows in _runs(grid.row_starts, grid.stride_px, longest[0]):
        for cols in _runs(grid.col_starts, grid.stride_px, longest[1]):
            yield rows, cols


def _runs(starts: list[int], stride_px: int, longest: int) -> list[_Run]:
    """Split tile starts into evenly spaced runs; only the last, shifted tile stands alone."""
    even = len(starts)
    if any(after - before != stride_px for before, after in pairwise(starts)):
        even -= 1
    runs = [
        _Run(first, starts[first], min(longest, even - first)) for first in range(0, even, longest)
    ]
    return runs if even == len(starts) else [*runs, _Run(even, starts[even], 1)]


def _window_probabilities(
    pixels: NDArray[Any], model: Model, rows: _Run, cols: _Run, stride_px: int
) -> NDArray[np.float32]:
    """Return (tile_row, tile_col, class) for the tiles of a window."""
    tile_px, step = model.contract.tile_px, model.contract.network_stride_px
    height_px = (rows.count - 1) * stride_px + tile_px
    width_px = (cols.count - 1) * stride_px + tile_px
    window = pixels[
        :, rows.start_px : rows.start_px + height_px, cols.start_px : cols.start_px + width_px
    ]
    if step is not None and stride_px % step == 0:
        every = stride_px // step
        answer = model.predict(window[None])[0, :, ::every, ::every]
        return answer.transpose(1, 2, 0)
    tiles = np.lib.stride_tricks.sliding_window_view(window, (tile_px, tile_px), axis=(1, 2))
    tiles = tiles[:, ::stride_px, ::stride_px].transpose(1, 2, 0, 3, 4)
    answer = model.predict(tiles.reshape(-1, *tiles.shape[2:]))[:, :, 0, 0]
    return answer.reshape(rows.count, cols.count, -1)


def mirrored(pixels: NDArray[Any], tile_px: int) -> NDArray[Any]:
    """Return an image (band, row, col), mirrored at its edges where it is smaller than a tile.

    Examples
    --------
    >>> mirrored(np.array([[[1, 2, 3]]]), tile_px=4)[0].tolist()
    [[1, 2, 3, 3], [1, 2, 3, 3], [1, 2, 3, 3], [1, 2, 3, 3]]
    """
    missing = [max(tile_px - length, 0) for length in pixels.shape[1:]]
    if not any(missing):
        return pixels
    # "symmetric" repeats the edge itself too, so it also fills a tile from a single pixel.
    return np.pad(pixels, [(0, 0), (0, missing[0]), (0, missing[1])], mode="symmetric")
