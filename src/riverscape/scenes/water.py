"""How water looks: the bed through it, its own colour, the sky in it, ripples, glint and foam."""

from dataclasses import dataclass

import cv2
import numpy as np

from riverscape.scenes.area import Area
from riverscape.scenes.noise import Field, lattice, subseed
from riverscape.scenes.palette import reflectance
from riverscape.scenes.river import River
from riverscape.scenes.textures import (
    PERIOD_PX,
    clouded,
    clouds,
    cobbles,
    ripples,
    speckle,
    tiled,
    varied,
)

_SKY = (0.62, 0.78, 1.0)


@dataclass(frozen=True)
class Flow:
    """Positions along and across the flow over an area of even sides, as (row, col)."""

    along: Field
    across: Field

    def streaks(self, length_px: float, width_px: float) -> Field:
        """Return noise in about [-1, 1] drawn out along the flow."""
        # Half resolution is enough: no streak is narrower than 8 px.
        half = cv2.remap(
            clouds(16)[:PERIOD_PX, :PERIOD_PX],
            np.mod(self.along[::2, ::2] * np.float32(16.0 / length_px), PERIOD_PX),
            np.mod(self.across[::2, ::2] * np.float32(16.0 / width_px), PERIOD_PX),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        height, width = self.along.shape
        return np.asarray(cv2.resize(half, (width, height)), dtype=np.float32)


def water_radiance(
    area: Area, seed: int, river: River, layout: dict[str, Field], sun: Field
) -> Field:
    """Return the radiance of water (rgb, row, col) that `sun` (row, col), 0..1, reaches."""
    light = river.light
    flow = Flow(layout["along"], layout["across"])
    depth = np.maximum(-layout["elevation"], 0.0)
    depth = depth * (1.0 + 0.22 * flow.streaks(300.0, 24.0)) + 0.1
    bed = _bed(area, seed, river, flow)
    sky, sparkle = _surface(area, seed, river, flow, depth, sun)
    wet = reflectance(river.sediment) * np.array([0.46, 0.37, 0.29], np.float32)
    own = reflectance(river.water)
    out = np.empty((3, *area.shape), np.float32)
    for band in range(3):
        clear = cv2.exp(depth * np.float32(-1.0 / river.reach_px[band]))
        seen = (bed * wet[band] - own[band]) * clear + own[band]
        beam = sun * np.float32(light.sun_rgb[band]) + np.float32(light.sky_rgb[band])
        out[band] = seen * beam + sky * np.float32(_SKY[band]) + sparkle
    return out


def _bed(area: Area, seed: int, river: River, flow: Flow) -> Field:
    """Return the brightness of the river bed: stones, sand and weed, blurred by the water."""
    coarse = np.clip(flow.streaks(500.0, 90.0) * 1.6 + 0.6, 0.15, 1.0)
    coarse *= np.float32(0.35 + 0.65 * river.coarseness)
    small, large = cobbles(6)[1], cobbles(22)
    dark = np.maximum(varied(large[0], area, seed + 3) - 0.4, 0.0)
    patch = np.clip(clouded(area, 64, seed) * 1.5 + 0.3, 0.0, 1.0)
    pebble = 0.40 * (varied(small, area, seed) - 0.4) + 0.24 * clouded(area, 4, seed)
    pebble += 0.22 * clouded(area, 8, seed) + 0.16 * clouded(area, 16, seed)
    bed = 0.92 + coarse * (pebble - 0.8 * dark * patch) + 0.2 * tiled(speckle(), area, seed % 89)
    bed += 0.16 * flow.streaks(400.0, 22.0)
    weed = np.clip(lattice(area, 64, subseed(seed, "weed")) * 1.3 - 0.5, 0.0, 0.6)
    bed -= weed * (0.7 + 0.5 * clouded(area, 8, seed))
    return np.asarray(np.maximum(bed, 0.08), dtype=np.float32)


def _surface(
    area: Area, seed: int, river: River, flow: Flow, depth: Field, sun: Field
) -> tuple[Field, Field]:
    """Return what the surface mirrors of the sky, and the sparkle of sun and foam."""
    share = np.float32(river.light.sun_share)
    wave = varied(ripples(), area, seed)
    gust = np.clip(0.5 + 0.7 * flow.streaks(420.0, 150.0), 0.1, 1.2)
    slope = (0.7 * wave + 0.5 * tiled(ripples()[::-1], area, seed % 97)) * gust
    sheen = 0.060 + 0.030 * lattice(area, 256, subseed(seed, "sheen"))
    sky = sheen * (1.0 + 0.34 * slope) * (1.35 - 0.5 * share)
    sparkle = np.clip((slope - (2.6 - 0.8 * np.float32(river.glint))) * 0.8, 0.0, 0.8)
    sparkle *= np.maximum(0.55 + 1.1 * tiled(speckle(), area, seed % 83), 0.0) * sun * share
    riffle = np.clip(lattice(area, 128, subseed(seed, "riffle")) * 2.2 - 0.6, 0.0, 1.0)
    riffle *= np.clip(1.0 - np.abs(depth - 4.0) * 0.2, 0.0, 1.0)
    torn = 0.8 * flow.streaks(60.0, 11.0) + 0.35 * wave + 0.5 * clouded(area, 4, seed)
    torn += 0.7 * tiled(speckle(), area, seed % 89)
    foam = np.clip((torn + 0.9 * riffle - 1.0) * 0.7, 0.0, 0.7) * riffle
    return np.maximum(sky, 0.0), sparkle + foam * (share * sun + (1.0 - share))
