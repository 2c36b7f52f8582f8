"""Training: what it learns, that it repeats itself, and how tiles are cut."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from hypothesis import given
from hypothesis import strategies as st

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, pair_labels
from riverscape.settings import Settings
from riverscape.tiles import TileSet, TileSetSettings, cut_tiles
from riverscape.tiles.augmentation import augment
from riverscape.tiles.settings import AugmentationSettings
from riverscape.tiles.trained import Epoch
from riverscape.tiles.training import _best, fit_network
from riverscape.workflow import train

from .conftest import QUICK


def test_learns_classes_that_differ(tiles: TileSet) -> None:
    trained = fit_network(tiles, tiles, QUICK)
    assert trained.history[-1].validation_accuracy > 0.95
    assert trained.parameters < 500_000


def test_same_seed_same_network(tiles: TileSet) -> None:
    first, second = (fit_network(tiles, None, QUICK).weights() for _ in "ab")
    other = fit_network(tiles, None, QUICK.model_copy(update={"seed": 1})).weights()
    assert first == second
    assert first != other


def test_without_tiles_there_is_nothing_to_train(tiles: TileSet) -> None:
    with pytest.raises(InputError, match="no tile to train on"):
        fit_network(tiles.of_images([]), None, QUICK)


def test_the_best_epoch_is_the_one_of_least_validation_loss() -> None:
    history = [Epoch(n, 1, 0, loss, 0, 0) for n, loss in ((1, 0.9), (2, 0.3), (3, 0.5))]
    assert _best(history).number == 2
    unmeasured = [Epoch(n, 1, 0, float("nan"), 0, 0) for n in (1, 2)]
    assert _best(unmeasured).number == 2


def test_images_stay_whole_when_tiles_are_chosen(tiles: TileSet) -> None:
    chosen = tiles.of_images(tiles.images[1:])
    assert chosen.images == tiles.images[1:]
    assert set(chosen.sources) == {0}
    assert chosen.labelled_px.shape == (1, 5)
    assert np.array_equal(chosen.tiles, tiles.tiles[1::2])


def _survey(folder: Path, codes: np.ndarray) -> Path:
    pixels = np.broadcast_to(codes * 40, (3, *codes.shape)).astype(np.uint8)
    for name, data in (("Alder_1.tif", pixels), ("SCLS_Alder_1.tif", codes[None])):
        with rasterio.open(
            folder / name, "w", driver="GTiff", height=codes.shape[0], width=codes.shape[1],
            count=len(data), dtype="uint8",
        ) as file:  # fmt: skip
            file.write(data.astype(np.uint8))
    return folder


def test_tiles_hold_enough_of_their_class(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    codes = np.kron(rng.choice([0, 1, 2, 3], (9, 12)), np.ones((40, 40))).astype(np.uint8)
    settings = TileSetSettings(tile_px=30, stride_px=5, purity=0.8, rare_tiles=0)
    found = cut_tiles(pair_labels([_survey(tmp_path, codes)]), PUBLISHED_CLASSES, settings)
    assert len(found) > 100
    for tile, position in zip(found.tiles, found.classes, strict=True):
        assert np.mean(tile[0] == 40 * (position + 1)) >= 0.8
    # The definition, tile by tile: no tile is missed.
    expected = sum(
        np.mean(codes[row : row + 30, col : col + 30] == code) >= 0.8
        for code in (1, 2, 3)
        for row in range(0, 331, 5)
        for col in range(0, 451, 5)
    )
    assert len(found) == expected
    assert found.labelled_px[0].tolist() == [np.sum(codes == code) for code in range(1, 6)]


def test_a_rare_class_is_cut_denser(tmp_path: Path) -> None:
    codes = np.ones((300, 400), np.uint8)
    codes[:80, :80] = 2
    survey = pair_labels([_survey(tmp_path, codes)])
    usual = cut_tiles(survey, PUBLISHED_CLASSES, TileSetSettings(rare_tiles=0)).counts()
    dense = cut_tiles(survey, PUBLISHED_CLASSES, TileSetSettings(rare_tiles=20)).counts()
    assert dense["dry sediment"]["Alder"] > 5 * usual["dry sediment"]["Alder"] > 0
    assert dense["water"] == usual["water"]


@given(st.integers(0, 1000))
def test_augmented_pixels_stay_pixels(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tiles = torch.rand(8, 3, 20, 20, generator=generator)
    lit = augment(tiles, AugmentationSettings(), generator)
    assert lit.shape == tiles.shape
    assert float(lit.min()) >= 0
    assert float(lit.max()) <= 1
    assert torch.isfinite(lit).all()


def test_augmentation_without_changes_only_turns() -> None:
    still = AugmentationSettings(
        exposure=0, gamma=0, cast=0, saturation=0, contrast=0, haze=0, blur=0, noise=0
    )
    tiles = torch.rand(4, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1
    lit = augment(tiles, still, torch.Generator().manual_seed(3))
    turned = [
        torch.rot90(flipped, turns, (2, 3))
        for flipped in (tiles, tiles.flip(2))
        for turns in range(4)
    ]
    assert any(torch.allclose(lit, one, atol=1e-5) for one in turned)


def test_haze_lifts_black_and_lowers_contrast() -> None:
    settings = AugmentationSettings(
        exposure=0, gamma=0, cast=0, saturation=0, contrast=0, haze=0.6, blur=0, noise=0
    )
    tiles = torch.zeros(400, 3, 4, 4)
    tiles[:, :, :2] = 1
    lit = augment(tiles, settings, torch.Generator().manual_seed(0))
    spread = lit.amax((1, 2, 3)) - lit.amin((1, 2, 3))
    assert float(spread.min()) < 0.5
    assert float(lit.amin((1, 2, 3)).max()) > 0.3


def test_a_class_that_only_validation_holds_is_warned_of(
    tiles: TileSet, caplog: pytest.LogCaptureFixture
) -> None:
    apart = replace(tiles, sources=np.repeat([0, 1], 60))  # each class in an image of its own
    settings = Settings(training=QUICK.model_copy(update={"validation_share": 0.5}))
    train(apart, "half", settings)
    assert "is in the images kept out for validation" in caplog.text
