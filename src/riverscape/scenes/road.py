"""A paved road: where it runs and how its surface looks."""

import math
from dataclasses import dataclass

import numpy as np

from riverscape.scenes.area import Area
from riverscape.scenes.noise import Field, Points, lattice, subseed
from riverscape.scenes.textures import clouded, speckle, tiled


@dataclass(frozen=True)
class Road:
    """A gently curved road through (x, y) that heads along `bearing` radians."""

    seed: int
    x: float
    y: float
    bearing: float
    width_px: float
    sway_px: float
    centre_line: bool

    def at(self, x: Points, y: Points) -> tuple[Points, Points]:
        """Return distances along and across the road, in pixels, elementwise."""
        cosine, sine = math.cos(self.bearing), math.sin(self.bearing)
        along = (x - self.x) * cosine + (y - self.y) * sine
        aside = (y - self.y) * cosine - (x - self.x) * sine
        pace = 2.0 * math.pi / 3600.0
        curve = self.sway_px * (np.sin(pace * along + 0.6) - math.sin(0.6))
        slope = self.sway_px * pace * np.cos(pace * along + 0.6)
        return along, (aside - curve) / np.sqrt(1.0 + slope * slope)

    def surface(self, area: Area, along: Field, across: Field) -> Field:
        """Return the brightness of the asphalt, 1 on average, with lines, wear and patches."""
        seed = subseed(self.seed, "asphalt")
        half = self.width_px / 2.0
        tone = 1.0 + 0.08 * lattice(area, 64, seed) + 0.06 * clouded(area, 4, seed)
        tone += 0.30 * tiled(speckle(), area, seed % 83)
        # Wheels polish two bands of each lane; oil darkens the middle between them.
        tone += 0.05 * np.cos(across * np.float32(8.0 * math.pi / self.width_px))
        cracks = lattice(area, 128, seed + 3) + 0.25 * clouded(area, 16, seed)
        tone -= 0.25 * (np.abs(cracks + 0.06 * clouded(area, 4, seed)) < 0.012)
        tone *= np.where(lattice(area, 128, seed + 5) > 0.62, np.float32(0.84), np.float32(1.0))
        worn = 0.75 + 0.3 * clouded(area, 16, seed + 6)
        side = np.abs(np.abs(across) - (half - 9.0)) < 1.6
        tone += side * (0.9 * worn)
        if self.centre_line:
            dashes = (np.abs(across) < 1.8) & (np.mod(along, 150.0) < 60.0)
            tone += dashes * worn
        dust = np.clip((np.abs(across) - half + 8.0) / 8.0, 0.0, 1.0)
        return np.asarray(tone * (1.0 + 0.25 * dust), dtype=np.float32)
