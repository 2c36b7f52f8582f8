"""Augmentation that makes light not matter: the same ground under another sun and camera."""

import torch
from torch import Tensor
from torch.nn import functional

from riverscape.tiles.jpeg import JPEG_BANDS, jpeg_compressed
from riverscape.tiles.settings import AugmentationSettings

__all__ = ["augment"]


def augment(tiles: Tensor, settings: AugmentationSettings, generator: torch.Generator) -> Tensor:
    """Return tiles (n, band, row, col) of pixels 0..1: the batch turned, each lit at random.

    Exposure, gamma, haze, blur and noise are light and camera, whatever the bands; cast is each
    band's own gain. Saturation draws the bands of a tile towards their mean or away from it,
    and does nothing to a single band. JPEG files hold one band or three, so tiles of other
    bands are never compressed.
    """

    def uniform(low: float, high: float, bands: int = 1) -> Tensor:
        share = torch.rand(len(tiles), bands, 1, 1, generator=generator, device=tiles.device)
        return low + (high - low) * share

    def factor(limit: float, bands: int = 1) -> Tensor:
        return torch.exp(uniform(-limit, limit, bands))

    device = tiles.device
    x = _turn(tiles, generator) if settings.turn else tiles
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * uniform(1 - settings.saturation, 1 + settings.saturation)
    x = x.clamp(1e-4, 1) ** factor(settings.gamma)
    x = x * (factor(settings.exposure) * factor(settings.cast, x.shape[1]))
    contrast = uniform(1 - settings.haze, 1 + settings.contrast)
    x = x * contrast + uniform(0, 1) * (1 - contrast).clamp(min=0)
    soft = torch.rand(len(x), generator=generator, device=device) < settings.blur
    x[soft] = functional.avg_pool2d(functional.pad(x[soft], (1, 1, 1, 1), mode="replicate"), 3, 1)
    # Uniform noise of the stated deviation: a third of the cost of drawing normal noise.
    grain = torch.rand(x.shape, generator=generator, device=device) - 0.5
    x = x + settings.noise * 12**0.5 * grain
    x = x.clamp(0, 1)
    if x.shape[1] not in JPEG_BANDS:
        return x
    packed = torch.rand(len(x), generator=generator, device=device) < settings.jpeg
    quality = 25 + 70 * torch.rand(len(x), generator=generator, device=device)
    down, right = torch.randint(16, (2,), generator=generator, device=device).tolist()
    x[packed] = jpeg_compressed(x[packed], quality[packed], (down, right))
    return x


def _turn(tiles: Tensor, generator: torch.Generator) -> Tensor:
    """Flip and transpose the batch: flips and quarter turns, all eight ways alike."""
    down, across, transpose = (
        torch.rand(3, generator=generator, device=tiles.device) < 0.5
    ).tolist()
    if down:
        tiles = tiles.flip(2)
    if across:
        tiles = tiles.flip(3)
    return tiles.transpose(2, 3) if transpose else tiles
