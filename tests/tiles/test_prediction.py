"""Laws of phase 1 on an image."""

import numpy as np
import pytest

from riverscape.errors import SettingsError
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.tiles import Model, PredictionSettings, TileMap, label_tiles, prediction

from .conftest import bundle


def _image(height_px: int, width_px: int) -> np.ndarray:
    rng = np.random.default_rng(height_px * 1000 + width_px)
    return rng.integers(0, 256, (3, height_px, width_px)).astype(np.uint8)


def _tile_by_tile(pixels: np.ndarray, model: Model, tile_map: TileMap) -> np.ndarray:
    result = np.zeros_like(tile_map.probabilities)
    for row, top in enumerate(tile_map.grid.row_starts):
        for col, left in enumerate(tile_map.grid.col_starts):
            tile = pixels[:, top : top + 50, left : left + 50]
            result[row, col] = model.predict(tile[None])[0, :, 0, 0]
    return result


@pytest.mark.parametrize("stride_px", [50, 25, 10, 7])
@pytest.mark.parametrize("size", [(50, 50), (131, 203), (100, 51)])
def test_windows_answer_as_tiles_alone_do(
    model: Model, stride_px: int, size: tuple[int, int]
) -> None:
    """One pass over a window gives each tile what the tile alone would be given."""
    pixels = _image(*size)
    tile_map = label_tiles(pixels, model, PredictionSettings(stride_px=stride_px))
    expected = _tile_by_tile(pixels, model, tile_map)
    assert np.allclose(tile_map.probabilities, expected, atol=2e-5)


def test_a_network_of_tiles_alone_is_asked_tile_by_tile() -> None:
    dense = bundle()
    pixels = _image(120, 90)
    contract = dense.contract.model_copy(update={"network_stride_px": None})
    by_tile = Model.__new__(Model)
    object.__setattr__(by_tile, "contract", contract)
    object.__setattr__(by_tile, "files", dense.files)
    first = label_tiles(pixels, dense, PredictionSettings(stride_px=25))
    second = label_tiles(pixels, by_tile, PredictionSettings(stride_px=25))
    assert np.allclose(first.probabilities, second.probabilities, atol=2e-5)


def test_threads_do_not_change_a_byte(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "_WINDOW_PX", (100, 150))
    pixels = _image(301, 333)
    one = label_tiles(pixels, model, PredictionSettings(), threads=1)
    four = label_tiles(pixels, model, PredictionSettings(), threads=4)
    assert one.probabilities.tobytes() == four.probabilities.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (20, 30), (49, 200), (200, 3)])
def test_images_smaller_than_a_tile(model: Model, size: tuple[int, int]) -> None:
    tile_map = label_tiles(_image(*size), model, PredictionSettings())
    assert tile_map.codes().shape == size
    assert np.isin(tile_map.codes(), PUBLISHED_CLASSES.codes).all()


def test_a_stride_that_leaves_gaps_is_refused(model: Model) -> None:
    with pytest.raises(SettingsError, match="leaves gaps between tiles of 50 px"):
        label_tiles(_image(100, 100), model, PredictionSettings(stride_px=60))


@pytest.mark.parametrize("tile_px", [10, 32, 50, 64, 75, 100])
def test_any_tile_size(tile_px: int) -> None:
    model = bundle(tile_px)
    tile_map = label_tiles(_image(130, 210), model, PredictionSettings())
    assert tile_map.codes().shape == (130, 210)


def test_overlapping_tiles_are_averaged() -> None:
    from riverscape.imagery import TileGrid

    grid = TileGrid(75, 50, tile_px=50, stride_px=25)
    probabilities = np.zeros((2, 1, 5), np.float32)
    probabilities[0, 0] = [0.6, 0.4, 0, 0, 0]
    probabilities[1, 0] = [0, 0.4, 0.6, 0, 0]
    blocks = TileMap(probabilities, grid, PUBLISHED_CLASSES).block_probabilities
    assert blocks.shape == (3, 2, 5)
    assert np.allclose(blocks[1, 0], [0.3, 0.4, 0.3, 0, 0])
    codes = TileMap(probabilities, grid, PUBLISHED_CLASSES).codes()
    assert codes[[0, 24, 25, 49, 50, 74], 7].tolist() == [1, 1, 2, 2, 3, 3]


def test_tile_maps_of_parts_add_up(model: Model) -> None:
    whole = label_tiles(_image(200, 150), model, PredictionSettings(stride_px=50))
    upper, lower = whole.probabilities.copy(), whole.probabilities.copy()
    upper[2:] = 0
    lower[:2] = 0
    parts = [TileMap(part, whole.grid, whole.scheme) for part in (upper, lower)]
    assert np.array_equal((parts[0] + parts[1]).probabilities, whole.probabilities)
