"""Phase 1 on an image: the network's windows laid over the tiles of a grid."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.imagery import TileGrid, Window, map_parts
from riverscape.tiles.bundle import Model
from riverscape.tiles.settings import PredictionSettings
from riverscape.tiles.tile_map import TileMap

__all__ = [
    "default_stride",
    "label_tiles",
    "label_window",
    "mirrored",
    "tile_grid",
    "tile_reach",
    "tile_stride",
    "tile_windows",
]

# Rows and columns of the windows that the network takes at once. Measured: at this size what its
# layers hand on stays in the processor's cache, a sixth faster than ten times as large.
_WINDOW_PX = (175, 525)
# Tiles, down and across, of a network that takes nothing but tiles.
_BATCH_TILES = (16, 16)


@dataclass(frozen=True)
class _Run:
    """Tiles `first` .. `first + count` of a row or column of tiles, evenly spaced."""

    first: int
    start_px: int
    count: int

    @property
    def tiles(self) -> slice:
        """Their places in the row or column."""
        return slice(self.first, self.first + self.count)

    def end_px(self, grid: TileGrid) -> int:
        """Where the last of them ends."""
        return self.start_px + (self.count - 1) * grid.stride_px + grid.tile_px


def label_tiles(
    pixels: NDArray[np.uint8], model: Model, settings: PredictionSettings, threads: int = 1
) -> TileMap:
    """Classify every tile of an image.

    Parameters
    ----------
    pixels
        The image's levels, (band, row, col). An image smaller than a tile is mirrored at its
        edges.

    Raises
    ------
    SettingsError
        If the stride leaves gaps between tiles.
    """
    height_px, width_px = pixels.shape[1:]
    whole = Window.whole((height_px, width_px))
    tile_map = TileMap.empty(tile_grid(whole.shape, model, settings), model.contract.scheme)
    label_window(whole, pixels, whole, np.ones(whole.shape, bool), tile_map, model, threads)
    return tile_map


def tile_grid(shape: tuple[int, int], model: Model, settings: PredictionSettings) -> TileGrid:
    """Return the tiles of an image of `shape`, (row, col).

    Raises
    ------
    SettingsError
        If the stride leaves gaps between tiles.
    """
    return TileGrid(*shape, model.contract.tile_px, tile_stride(model, settings))


def tile_windows(grid: TileGrid, model: Model, height_px: int, width_px: int) -> list[Window]:
    """Return windows of about that size, of whole runs of tiles, that cover an image row by row.

    Whatever their size, the network is asked in the same runs of tiles, so it gives the same
    answers to the last bit.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> grid = TileGrid(height_px=1000, width_px=400, tile_px=50, stride_px=25)
    >>> [window.rows for window in tile_windows(grid, load_model(), 400, 400)]
    [slice(0, 450, None), slice(450, 900, None), slice(900, 1000, None)]
    """
    run_tiles = _run_tiles(grid, model)
    rows, cols = (
        _cuts(length_px, run * grid.stride_px, side_px, grid.tile_px + grid.stride_px)
        for length_px, run, side_px in zip(
            (grid.height_px, grid.width_px), run_tiles, (height_px, width_px), strict=True
        )
    )
    return [
        Window(top, left, bottom - top, right - left)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(cols)
    ]


def label_window(
    window: Window,
    pixels: NDArray[np.uint8],
    place: Window,
    valid: NDArray[np.bool_],
    tile_map: TileMap,
    model: Model,
    threads: int = 1,
) -> None:
    """Classify the tiles that begin in a window, one of `tile_windows`, into the tile map.

    Tiles without a valid pixel stay zero: they say nothing.

    Parameters
    ----------
    pixels
        The image's levels, (band, row, col), where it is `place`: the window and as much around
        it as its tiles reach over it.
    valid
        Where they hold data, (row, col).
    """
    grid, probabilities = tile_map.grid, tile_map.probabilities
    pixels = mirrored(pixels, grid.tile_px)
    run_rows, run_cols = _run_tiles(grid, model)
    parts = [
        (rows, cols)
        for rows in _runs(grid.row_starts, grid.stride_px, run_rows)
        if window.top <= rows.start_px < window.bottom
        for cols in _runs(grid.col_starts, grid.stride_px, run_cols)
        if window.left <= cols.start_px < window.right
    ]

    def classify(part: tuple[_Run, _Run]) -> None:
        rows, cols = part
        held = _holding_data(valid, place, rows, cols, grid)
        if held.any():
            answer = _run_probabilities(pixels, place, model, rows, cols, grid)
            probabilities[rows.tiles, cols.tiles] = answer * held[:, :, None]

    map_parts(classify, parts, threads)


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


def tile_reach(grid: TileGrid, model: Model) -> tuple[int, int]:
    """Return how many pixels of whole runs, up and left, hold all tiles that reach over a border.

    The border is one of a window of `tile_windows`; so runs are asked for as ever.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> tile_reach(TileGrid(height_px=1000, width_px=900, tile_px=50, stride_px=25), load_model())
    (150, 500)
    """
    return tuple(  # type: ignore[return-value]
        -(-grid.tile_px // (run * grid.stride_px)) * run * grid.stride_px
        for run in _run_tiles(grid, model)
    )


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


def _run_tiles(grid: TileGrid, model: Model) -> tuple[int, int]:
    """Return how many tiles, down and across, the network is asked for at a time."""
    step = model.contract.network_stride_px
    if step is None or grid.stride_px % step:
        return _BATCH_TILES
    tall_px, wide_px = (max(length, grid.tile_px) for length in _WINDOW_PX)
    return (
        1 + (tall_px - grid.tile_px) // grid.stride_px,
        1 + (wide_px - grid.tile_px) // grid.stride_px,
    )


def _cuts(length_px: int, run_px: int, side_px: int, least_px: int) -> list[int]:
    """Return where windows of whole runs begin and end; the last holds at least `least_px`.

    So it holds all blocks that the last tile, which is shifted back to fit, has a share in.
    """
    step_px = max(1, -(-side_px // run_px)) * run_px
    starts = list(range(0, length_px, step_px))
    while len(starts) > 1 and length_px - starts[-1] < least_px:
        starts.pop()
    return [*starts, length_px]


def _runs(starts: list[int], stride_px: int, longest: int) -> list[_Run]:
    """Split tile starts into evenly spaced runs; only the last, shifted tile stands alone."""
    even = len(starts)
    if any(after - before != stride_px for before, after in pairwise(starts)):
        even -= 1
    runs = [
        _Run(first, starts[first], min(longest, even - first)) for first in range(0, even, longest)
    ]
    return runs if even == len(starts) else [*runs, _Run(even, starts[even], 1)]


def _holding_data(
    valid: NDArray[np.bool_], place: Window, rows: _Run, cols: _Run, grid: TileGrid
) -> NDArray[np.bool_]:
    """Return which tiles of a run hold a valid pixel, (tile_row, tile_col)."""
    part = valid[
        rows.start_px - place.top : rows.end_px(grid) - place.top,
        cols.start_px - place.left : cols.end_px(grid) - place.left,
    ]
    if (there := cv2.countNonZero(part.view(np.uint8))) in (0, part.size):
        return np.full((rows.count, cols.count), there > 0)
    total = cv2.integral(part.view(np.uint8))
    tall, wide = (min(grid.tile_px, length_px) for length_px in part.shape)
    upper, lower = total[: -tall : grid.stride_px], total[tall :: grid.stride_px]
    left, right = slice(None, -wide, grid.stride_px), slice(wide, None, grid.stride_px)
    count = lower[:, right] - upper[:, right] - lower[:, left] + upper[:, left]
    return np.asarray(count > 0)


def _run_probabilities(
    pixels: NDArray[np.uint8], place: Window, model: Model, rows: _Run, cols: _Run, grid: TileGrid
) -> NDArray[np.float32]:
    """Return (tile_row, tile_col, class) for a run of tiles."""
    tile_px, stride_px, step = grid.tile_px, grid.stride_px, model.contract.network_stride_px
    part = pixels[
        :,
        rows.start_px - place.top : rows.end_px(grid) - place.top,
        cols.start_px - place.left : cols.end_px(grid) - place.left,
    ]
    if step is not None and stride_px % step == 0:
        every = stride_px // step
        answer = model.predict(part[None])[0, :, ::every, ::every]
        return answer.transpose(1, 2, 0)
    tiles = np.lib.stride_tricks.sliding_window_view(part, (tile_px, tile_px), axis=(1, 2))
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
