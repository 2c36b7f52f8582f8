"""How the ground looks: gravel, grass and asphalt, as reflectance and relief."""

import numpy as np

from riverscape.scenes.area import Area
from riverscape.scenes.noise import Field, lattice, subseed
from riverscape.scenes.palette import reflectance
from riverscape.scenes.river import River
from riverscape.scenes.textures import blades, clouded, cobbles, foliage, speckle, tiled, varied

Surface = tuple[Field, Field]


def coloured(tone: Field, colour: Field, lean: Field, leans: tuple[float, float, float]) -> Field:
    """Return `tone` in a colour whose bands lean by `lean` x `leans`: (rgb, row, col)."""
    out = np.empty((3, *tone.shape), np.float32)
    for band in range(3):
        np.multiply(tone, colour[band] * (1.0 + np.float32(leans[band]) * lean), out=out[band])
    return out


def gravel(area: Area, seed: int, river: River, elevation: Field) -> Surface:
    """Return reflectance (rgb, row, col) and relief (row, col) of gravel, wet at the water."""
    patch = lattice(area, 128, subseed(seed, "gravel")) + 0.6 * clouded(area, 32, seed)
    fine = np.clip(patch * 1.2 + 2.0 * river.coarseness - 0.6, 0.0, 1.0)
    big = np.clip(lattice(area, 64, subseed(seed, "big")) * 2.0 + river.coarseness - 1.25, 0.0, 1.0)
    middle = np.clip(1.6 * fine - 0.9 + 0.8 * clouded(area, 64, seed), 0.0, 1.0)
    relief, tone = np.zeros(area.shape, np.float32), np.ones(area.shape, np.float32)
    for spacing_px, much, shift in ((4, fine, 0), (7, fine, 2), (12, middle, 4), (20, big, 9)):
        stones, tones = cobbles(spacing_px)
        height_px = much * (0.8 + 0.26 * spacing_px)
        relief = np.maximum(relief, varied(stones, area, seed + shift) * height_px)
        tone += 0.55 * much * (varied(tones, area, seed + shift) - 0.4)
    tone += 0.10 * lattice(area, 256, subseed(seed, "pale"))
    tone += 0.20 * tiled(speckle(), area, seed % 7)
    tone -= 0.12 * np.maximum(clouded(area, 16, seed) + 0.5 * patch, 0.0)
    wet = np.clip(1.0 - elevation * 0.6, 0.0, 1.0)
    tone *= 1.0 - 0.55 * wet
    lean = 0.05 * lattice(area, 128, subseed(seed, "iron")) + 0.09 * wet
    return coloured(tone, reflectance(river.sediment), lean, (1.0, 0.0, -1.0)), relief


def grass(area: Area, seed: int, river: River, dryness: Field, lank: float) -> Surface:
    """Return reflectance and relief of grass that turns from green to straw with `dryness`.

    `lank` runs from 0, herbs and lawn, to 1, long dry strands.
    """
    blade = varied(blades(), area, seed)
    leaf = varied(foliage(), area, seed + 5)
    patch = lattice(area, 64, subseed(seed, "sward")) + 0.5 * clouded(area, 16, seed)
    rank = np.clip(0.5 + 0.9 * lattice(area, 128, subseed(seed, "rank")) + 0.4 * patch, 0.12, 1.0)
    rank *= np.float32(1.0 - 0.5 * lank)
    tone = 0.92 + (0.13 + 0.08 * lank) * blade + 0.10 * patch + 0.75 * rank * (leaf - 0.35)
    tone += (0.26 + 0.1 * lank) * tiled(speckle(), area, seed % 7)
    # Between tussocks the eye sees down to the dark litter.
    gaps = np.maximum(clouded(area, 8, seed) + 0.5 * clouded(area, 4, seed) - 0.35, 0.0)
    tone -= (0.18 + 0.4 * lank) * gaps
    hue = 0.12 * lattice(area, 256, subseed(seed, "hue")) + 0.07 * patch
    straw = np.clip(0.30 + 0.6 * lank + 0.9 * dryness + 0.3 * hue, 0.0, 1.0)
    green, dry = reflectance(river.green), reflectance(river.senescent)
    albedo = np.empty((3, *area.shape), np.float32)
    for band, lean in enumerate((1.0, 0.15, -0.5)):
        colour = green[band] + straw * (dry[band] - green[band])
        np.multiply(tone, colour * (1.0 + np.float32(lean) * hue), out=albedo[band])
    relief = (0.5 + 0.4 * lank) * blade + 5.0 * rank * leaf + 2.0 * clouded(area, 16, seed)
    return albedo, np.asarray(relief - 2.0 * gaps, dtype=np.float32)
