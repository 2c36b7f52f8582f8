from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.imagery import TileGrid, tile_starts


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, int, int]:
    """Draw a length, a tile that it holds and a stride without gaps."""
    tile_px = draw(st.integers(1, 70))
    return draw(st.integers(tile_px, 400)), tile_px, draw(st.integers(1, tile_px))


@st.composite
def grids(draw: st.DrawFn) -> TileGrid:
    """Draw a grid, also of images smaller than a tile."""
    tile_px = draw(st.integers(1, 60))
    lengths = st.integers(1, 200)
    return TileGrid(draw(lengths), draw(lengths), tile_px, draw(st.integers(1, tile_px)))


@given(tilings())
def test_tiles_cover_the_length_without_reaching_over_it(tiling: tuple[int, int, int]) -> None:
    length_px, tile_px, stride_px = tiling
    starts = tile_starts(length_px, tile_px, stride_px)
    assert starts[0] == 0
    assert starts[-1] + tile_px == length_px
    assert all(0 < after - before <= stride_px for before, after in pairwise(starts))


@given(tilings())
def test_only_the_last_tile_is_shifted_back(tiling: tuple[int, int, int]) -> None:
    starts = tile_starts(*tiling)
    stride_px = tiling[2]
    assert starts[:-1] == [stride_px * number for number in range(len(starts) - 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((49, 50, 50), "a length of 49 px holds no tile of 50 px"),
        ((100, 50, 51), "a stride of 51 px leaves gaps between tiles of 50 px"),
        ((100, 50, 0), "a stride of 0 px leaves gaps"),
    ],
)
def test_tiles_that_cannot_cover_are_refused(arguments: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tile_starts(*arguments)


@given(grids())
def test_every_pixel_lies_in_a_tile(grid: TileGrid) -> None:
    covered = np.zeros((grid.height_px, grid.width_px), bool)
    for row in grid.row_starts:
        for col in grid.col_starts:
            covered[row : row + grid.tile_px, col : col + grid.tile_px] = True
    assert covered.all()
    assert grid.shape == (len(grid.row_starts), len(grid.col_starts))


@given(grids())
def test_shares_of_a_block_add_up_to_one(grid: TileGrid) -> None:
    for shares, blocks, tiles in zip(
        grid.block_shares(), grid.block_shape, grid.shape, strict=True
    ):
        assert shares.tiles.shape == shares.weights.shape
        assert len(shares.tiles) == blocks
        assert shares.tiles.max() == tiles - 1
        assert (shares.weights >= 0).all()
        np.testing.assert_allclose(shares.weights.sum(axis=1), 1)


@given(grids())
def test_a_block_is_the_mean_of_the_tiles_over_its_centre(grid: TileGrid) -> None:
    shares, _ = grid.block_shares()
    for block, (tiles, weights) in enumerate(zip(shares.tiles, shares.weights, strict=True)):
        begin, end = block * grid.stride_px, min((block + 1) * grid.stride_px, grid.height_px)
        over = [
            tile
            for tile, start in enumerate(grid.row_starts)
            if start <= (begin + end) / 2 < start + grid.tile_px
        ]
        assert tiles[weights > 0].tolist() == over
        np.testing.assert_allclose(weights[weights > 0], 1 / len(over))


@given(grids(), st.data())
def test_some_blocks_have_the_shares_of_all(grid: TileGrid, data: st.DataObject) -> None:
    rows = grid.block_shape[0]
    first = data.draw(st.integers(0, rows - 1))
    last = data.draw(st.integers(first + 1, rows))
    values = np.random.default_rng(0).random(grid.shape[0])
    whole, _ = grid.block_shares()
    part, _ = grid.block_shares(slice(first, last))
    assert part.mean(values, 0).tobytes() == whole.mean(values, 0)[first:last].tobytes()


def test_where_tiles_do_not_overlap_a_block_is_its_tile() -> None:
    rows, cols = TileGrid(150, 100, tile_px=50, stride_px=50).block_shares()
    assert rows.tiles.tolist() == [[0], [1], [2]]
    assert cols.tiles.tolist() == [[0], [1]]


@pytest.mark.parametrize(("height_px", "width_px"), [(1, 1), (20, 30), (50, 49)])
def test_an_image_smaller_than_a_tile_has_one(height_px: int, width_px: int) -> None:
    grid = TileGrid(height_px, width_px, tile_px=50, stride_px=50)
    assert grid.shape == (1, 1)
    assert (grid.row_starts, grid.col_starts) == ([0], [0])


def test_an_image_smaller_than_a_tile_one_way_only() -> None:
    grid = TileGrid(20, 120, tile_px=50, stride_px=50)
    assert (grid.row_starts, grid.col_starts) == ([0], [0, 50, 70])


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_an_image_without_pixels_has_no_grid(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="has no pixels"):
        TileGrid(*size)


def test_a_grid_with_gaps_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="leaves gaps"):
        TileGrid(100, 100, tile_px=50, stride_px=60)
