"""Laws of what phase 1 knows of an image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.imagery import TileGrid, Window
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.tiles import Model, PredictionSettings, TileMap, label_tiles


@st.composite
def tile_maps(draw: st.DrawFn) -> TileMap:
    """Draw the map of an image of any size; some tiles nobody has classified."""
    tile_px = draw(st.integers(1, 40))
    lengths = st.integers(1, 150)
    grid = TileGrid(draw(lengths), draw(lengths), tile_px, draw(st.integers(1, tile_px)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    probabilities = rng.dirichlet(np.full(5, 0.3), grid.shape).astype(np.float32)
    probabilities[rng.random(grid.shape) < 0.1] = 0
    return TileMap(probabilities, grid, PUBLISHED_CLASSES)


@st.composite
def parts(draw: st.DrawFn, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Draw some rows and columns of an array."""
    starts = [draw(st.integers(0, length - 1)) for length in shape]
    stops = [
        draw(st.integers(start + 1, length)) for start, length in zip(starts, shape, strict=True)
    ]
    return slice(starts[0], stops[0]), slice(starts[1], stops[1])


@given(tile_maps(), st.data())
def test_some_blocks_are_those_of_the_whole(tile_map: TileMap, data: st.DataObject) -> None:
    blocks = tile_map.blocks
    rows, cols = data.draw(parts(tile_map.grid.block_shape))
    whole = blocks[:, :]
    assert whole.shape == blocks.shape
    assert blocks[rows, cols].tobytes() == whole[rows, cols].tobytes()


@given(tile_maps(), st.data())
def test_a_window_of_the_map_is_that_of_the_whole(tile_map: TileMap, data: st.DataObject) -> None:
    grid = tile_map.grid
    rows, cols = data.draw(parts((grid.height_px, grid.width_px)))
    window = Window(rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start)
    whole = tile_map.codes()
    assert whole.shape == (grid.height_px, grid.width_px)
    assert np.array_equal(tile_map.codes(window), whole[rows, cols])


@given(tile_maps(), st.data())
def test_a_pixel_has_the_class_of_its_block(tile_map: TileMap, data: st.DataObject) -> None:
    grid = tile_map.grid
    row = data.draw(st.integers(0, grid.height_px - 1))
    col = data.draw(st.integers(0, grid.width_px - 1))
    block = tile_map.blocks[:, :][row // grid.stride_px, col // grid.stride_px]
    expected = tile_map.scheme.codes[int(block.argmax())]
    assert tile_map.codes()[row, col] == expected


def test_a_map_fits_its_grid_and_classes() -> None:
    grid = TileGrid(100, 100)
    with pytest.raises(ValueError, match="is not"):
        TileMap(np.zeros((2, 3, 5), np.float32), grid, PUBLISHED_CLASSES)
    empty = TileMap.empty(grid, PUBLISHED_CLASSES)
    with pytest.raises(ValueError, match="do not add up"):
        _ = empty + TileMap.empty(TileGrid(100, 101), PUBLISHED_CLASSES)


def test_overlapping_tiles_are_averaged() -> None:
    grid = TileGrid(75, 50, tile_px=50, stride_px=25)
    probabilities = np.zeros((2, 1, 5), np.float32)
    probabilities[0, 0] = [0.6, 0.4, 0, 0, 0]
    probabilities[1, 0] = [0, 0.4, 0.6, 0, 0]
    blocks = TileMap(probabilities, grid, PUBLISHED_CLASSES).blocks[:, :]
    assert blocks.shape == (3, 2, 5)
    assert np.allclose(blocks[1, 0], [0.3, 0.4, 0.3, 0, 0])
    codes = TileMap(probabilities, grid, PUBLISHED_CLASSES).codes()
    assert codes[[0, 24, 25, 49, 50, 74], 7].tolist() == [1, 1, 2, 2, 3, 3]


def test_tile_maps_of_parts_add_up(model: Model) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 200, 150), np.uint8)
    whole = label_tiles(pixels, model, PredictionSettings(stride_px=50))
    upper, lower = whole.probabilities.copy(), whole.probabilities.copy()
    upper[2:] = 0
    lower[:2] = 0
    parts = [TileMap(part, whole.grid, whole.scheme) for part in (upper, lower)]
    assert np.array_equal((parts[0] + parts[1]).probabilities, whole.probabilities)
