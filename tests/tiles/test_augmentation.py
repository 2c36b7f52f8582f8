"""Augmentation: pixels stay pixels, haze is haze, and JPEG is what JPEG files do."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from riverscape.tiles.augmentation import augment
from riverscape.tiles.jpeg import jpeg_compressed
from riverscape.tiles.settings import NO_AUGMENTATION, AugmentationSettings

STILL = AugmentationSettings.model_validate(NO_AUGMENTATION)


@given(st.integers(0, 1000), st.sampled_from([1, 3, 5]))
def test_augmented_pixels_stay_pixels(seed: int, bands: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tiles = torch.rand(8, bands, 20, 20, generator=generator)
    lit = augment(tiles, AugmentationSettings(jpeg=0.5), generator)
    assert lit.shape == tiles.shape
    assert float(lit.min()) >= 0
    assert float(lit.max()) <= 1
    assert torch.isfinite(lit).all()


def test_without_augmentation_tiles_stay_as_they_are() -> None:
    tiles = torch.rand(4, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1
    assert torch.allclose(augment(tiles, STILL, torch.Generator().manual_seed(3)), tiles, atol=1e-5)


def test_turning_alone_only_turns() -> None:
    turning = STILL.model_copy(update={"turn": True})
    tiles = torch.rand(4, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1
    turned = [
        torch.rot90(flipped, turns, (2, 3))
        for flipped in (tiles, tiles.flip(2))
        for turns in range(4)
    ]
    found = set()
    for seed in range(40):
        lit = augment(tiles, turning, torch.Generator().manual_seed(seed))
        (which,) = (n for n, one in enumerate(turned) if torch.allclose(lit, one, atol=1e-5))
        found.add(which)
    assert found == set(range(8))


def test_haze_lifts_black_and_lowers_contrast() -> None:
    settings = STILL.model_copy(update={"haze": 0.6})
    tiles = torch.zeros(400, 3, 4, 4)
    tiles[:, :, :2] = 1
    lit = augment(tiles, settings, torch.Generator().manual_seed(0))
    spread = lit.amax((1, 2, 3)) - lit.amin((1, 2, 3))
    assert float(spread.min()) < 0.5
    assert float(lit.amin((1, 2, 3)).max()) > 0.3


@pytest.mark.parametrize("quality", [25, 40, 75, 95])
def test_compression_is_what_a_jpeg_file_does(quality: int) -> None:
    rng = np.random.default_rng(0)
    rough = rng.normal(0, 25, (64, 64, 3)) + rng.uniform(60, 190, 3)
    pixels = np.clip(rough + np.linspace(-40, 40, 64)[:, None, None], 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=quality, subsampling=2)
    real = np.asarray(Image.open(file)).astype(float)
    tiles = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    ours = jpeg_compressed(tiles, torch.tensor([float(quality)]), (0, 0))[0].permute(1, 2, 0)
    lost = np.abs(real - pixels).mean()
    assert np.abs(ours.numpy() * 255 - real).mean() < 0.35 * lost
    assert abs(np.abs(ours.numpy() * 255 - pixels).mean() / lost - 1) < 0.1


@given(st.integers(0, 15), st.integers(0, 15), st.integers(5, 60), st.integers(5, 60))
def test_compression_keeps_size_and_plain_colours(
    down: int, right: int, height: int, width: int
) -> None:
    plain = torch.full((2, 3, height, width), 0.5)
    packed = jpeg_compressed(plain, torch.tensor([30.0, 90.0]), (down, right))
    assert packed.shape == plain.shape
    assert float((packed - plain).abs().max()) < 0.02


@pytest.mark.parametrize(("bands", "compressed"), [(1, True), (3, True), (4, False), (12, False)])
def test_only_what_a_jpeg_file_can_hold_is_compressed(bands: int, compressed: bool) -> None:
    tiles = torch.rand(4, bands, 32, 32, generator=torch.Generator().manual_seed(0))

    def lit(jpeg: float) -> torch.Tensor:
        return augment(tiles, AugmentationSettings(jpeg=jpeg), torch.Generator().manual_seed(1))

    assert torch.equal(lit(0), lit(1)) != compressed
