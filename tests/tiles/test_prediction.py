"""Laws of phase 1 on an image."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.imagery import TileGrid, Window
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.tiles import (
    Model,
    ModelContract,
    PredictionSettings,
    TileMap,
    label_tiles,
    label_window,
    prediction,
    tile_windows,
)

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


class _Corners(Model):
    """A network that answers by two corners of a tile, and by the shape of what it was asked.

    As a real one, it gives a tile other last bits in another run of tiles.
    """

    def predict(self, windows: NDArray[Any]) -> NDArray[np.float32]:
        tile_px, step = self.contract.tile_px, self.contract.network_stride_px or 1
        count, _, height_px, width_px = windows.shape
        tops = np.arange(0, height_px - tile_px + 1, step)[:, None]
        lefts = np.arange(0, width_px - tile_px + 1, step)
        first = windows[:, 0, tops, lefts].astype(np.float32)
        last = windows[:, 2, tops + tile_px - 1, lefts + tile_px - 1]
        asked = np.float32(1 + height_px * 1e-4 + width_px * 1e-3 + count * 1e-2)
        shares = [first * asked, last * asked, first + last, asked + first * 0, last * 3]
        return np.stack([1 + np.asarray(share) for share in shares], axis=1).astype(np.float32)


def _corners(tile_px: int, network_stride_px: int | None) -> Model:
    contract = ModelContract(
        name="corners",
        classes=PUBLISHED_CLASSES.to_dict(),
        class_key=PUBLISHED_CLASSES.codes,
        tile_px=tile_px,
        network_stride_px=network_stride_px,
        bands=("red", "green", "blue"),
        scale=(1.0,) * 3,
        offset=(0.0,) * 3,
    )
    model = _Corners.__new__(_Corners)
    object.__setattr__(model, "contract", contract)
    object.__setattr__(model, "files", {})
    return model


@st.composite
def _cases(draw: st.DrawFn) -> tuple[TileGrid, Model, int, int]:
    """Draw the tiles of an image, a network, and about how large the windows are."""
    tile_px = draw(st.sampled_from([6, 15, 20]))
    network_stride_px = draw(st.sampled_from([None, 1, 2, 5]))
    stride_px = draw(st.integers(1 if tile_px < 10 else 3, tile_px))
    lengths = st.one_of(st.integers(1, 2 * tile_px), st.integers(1, 260))
    grid = TileGrid(draw(lengths), draw(lengths), tile_px, stride_px)
    sides = st.integers(1, 300)
    return grid, _corners(tile_px, network_stride_px), draw(sides), draw(sides)


def _small_runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prediction, "_WINDOW_PX", (40, 70))
    patch.setattr(prediction, "_BATCH_TILES", (3, 4))


@given(_cases())
@settings(max_examples=150)
def test_windows_cover_an_image_once_in_whole_runs(case: tuple[TileGrid, Model, int, int]) -> None:
    grid, model, height_px, width_px = case
    with pytest.MonkeyPatch.context() as patch:
        _small_runs(patch)
        found = tile_windows(grid, model, height_px, width_px)
        run_rows, run_cols = prediction._run_tiles(grid, model)
    covered = np.zeros((grid.height_px, grid.width_px), int)
    tiles = np.zeros(grid.shape, int)
    for window in found:
        covered[window.rows, window.cols] += 1
        tiles[grid.tiles_of(window)] += 1
        assert window.top % (run_rows * grid.stride_px) == 0
        assert window.left % (run_cols * grid.stride_px) == 0
        for length_px, side_px, run in (
            (window.height_px, height_px, run_rows), (window.width_px, width_px, run_cols)
        ):  # fmt: skip
            run_px = run * grid.stride_px
            # Memory is bounded: the side rounded up to a run, and a tile's rest at the end.
            assert length_px < side_px + run_px + grid.tile_px + grid.stride_px
    assert (covered == 1).all()
    assert (tiles == 1).all()
    assert found == sorted(found, key=lambda window: (window.top, window.left))


@given(_cases(), st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_windows_label_as_the_whole_does_and_each_completes_its_blocks(
    case: tuple[TileGrid, Model, int, int], seed: int
) -> None:
    """To the byte, and in the order of the windows: nothing has to wait for a later one."""
    grid, model, height_px, width_px = case
    shape = grid.height_px, grid.width_px
    pixels = np.random.default_rng(seed).integers(0, 256, (3, *shape), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        _small_runs(patch)
        whole = label_tiles(pixels, model, PredictionSettings(stride_px=grid.stride_px))
        tile_map = TileMap.empty(grid, PUBLISHED_CLASSES)
        for window in tile_windows(grid, model, height_px, width_px):
            place = window.grown(grid.tile_px - grid.stride_px, shape)
            part, valid = pixels[:, place.rows, place.cols], np.ones(place.shape, bool)
            label_window(window, part, place, valid, tile_map, model)
            blocks = grid.blocks_of(window)
            assert tile_map.blocks[blocks].tobytes() == whole.blocks[blocks].tobytes()
    assert tile_map.probabilities.tobytes() == whole.probabilities.tobytes()


@given(_cases(), st.integers(0, 9), st.sampled_from([0.0, 0.002, 0.05]))
@settings(max_examples=100, deadline=None)
def test_tiles_without_a_valid_pixel_say_nothing(
    case: tuple[TileGrid, Model, int, int], seed: int, share: float
) -> None:
    """And those that hold one, anywhere, say what they would say without the mask."""
    grid, model, _, _ = case
    shape, rng = (grid.height_px, grid.width_px), np.random.default_rng(seed)
    pixels, valid = rng.integers(0, 256, (3, *shape), np.uint8), rng.random(shape) < share
    whole = label_tiles(pixels, model, PredictionSettings(stride_px=grid.stride_px))
    tile_map, place = TileMap.empty(grid, PUBLISHED_CLASSES), Window.whole(shape)
    label_window(place, pixels, place, valid, tile_map, model)
    for row, top in enumerate(grid.row_starts):
        for col, left in enumerate(grid.col_starts):
            holds = valid[top : top + grid.tile_px, left : left + grid.tile_px].any()
            expected = whole.probabilities[row, col] * holds
            assert np.array_equal(tile_map.probabilities[row, col], expected)


@pytest.mark.parametrize("stride_px", [50, 25, 10, 7])
def test_windows_of_the_network_itself_are_the_whole_to_the_byte(
    model: Model, stride_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction, "_WINDOW_PX", (100, 150))
    pixels = _image(301, 333)
    whole = label_tiles(pixels, model, PredictionSettings(stride_px=stride_px))
    tile_map = TileMap.empty(whole.grid, whole.scheme)
    found = tile_windows(whole.grid, model, 120, 160)
    assert len(found) > 1
    for window in found:
        place = window.grown(50, (301, 333))
        part, valid = pixels[:, place.rows, place.cols], np.ones(place.shape, bool)
        label_window(window, part, place, valid, tile_map, model, threads=2)
    assert tile_map.probabilities.tobytes() == whole.probabilities.tobytes()


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
