"""Where the river runs: distance along and across it, its bed and its banks, all analytic.

No centreline is stored: any position can be asked for, however large the scene.
"""

import math
from dataclasses import dataclass

import numpy as np

from riverscape.scenes.noise import Points, rough, smooth, subseed


@dataclass(frozen=True)
class Reach:
    """What the channel says about some positions; all in pixels.

    `edge` is the distance beyond the bank, negative inside the channel. `elevation` is that of the
    bed above the water, negative under water.
    """

    along: Points
    across: Points
    edge: Points
    elevation: Points


@dataclass(frozen=True)
class Channel:
    """A meandering channel through (x, y) that heads along `bearing` radians."""

    seed: int
    x: float
    y: float
    bearing: float
    width_px: float
    wavelength_px: float
    amplitude_px: float
    bars: float

    def at(self, x: Points, y: Points) -> Reach:
        """Return the channel at the absolute positions `x` and `y`, elementwise."""
        cosine, sine = math.cos(self.bearing), math.sin(self.bearing)
        along = (x - self.x) * cosine + (y - self.y) * sine
        aside = (y - self.y) * cosine - (x - self.x) * sine
        offset, slope, bend = self._centreline(along)
        stretch = np.sqrt(1.0 + slope * slope)
        across = (aside - offset) / stretch
        along = along * np.sqrt(1.0 + (self._steepness() ** 2) * 0.5)
        half_px = self._half_width(along)
        bank = rough(x / 190.0, y / 190.0, subseed(self.seed, "bank"), 3)
        edge = np.abs(across) + bank * 0.045 * self.width_px - half_px
        return Reach(along, across, edge, self._bed(along, across / half_px, bend))

    def _steepness(self) -> float:
        return self.amplitude_px * 2.0 * math.pi / self.wavelength_px

    def _centreline(self, along: Points) -> tuple[Points, Points, Points]:
        """Return offset, slope and bend (-1..1, positive when turning right) of the centreline."""
        phases = np.random.default_rng(subseed(self.seed, "meander")).uniform(0.0, 2 * math.pi, 3)
        offset, slope, curve = (np.zeros_like(along) for _ in range(3))
        for share, pace, phase in zip((1.0, 0.3, 0.8), (1.0, 1.9, 0.37), phases, strict=True):
            k = 2.0 * math.pi * pace / self.wavelength_px
            a = self.amplitude_px * share
            offset += a * (np.sin(k * along + phase) - math.sin(phase))
            slope += a * k * np.cos(k * along + phase)
            curve -= a * k * k * np.sin(k * along + phase)
        bend = np.tanh(curve * self.width_px / (1.0 + slope * slope) * 0.8)
        return offset, slope, bend

    def _half_width(self, along: Points) -> Points:
        wave = smooth(along / (1.6 * self.width_px), 0.0 * along, subseed(self.seed, "width"))
        result: Points = 0.5 * self.width_px * (1.0 + 0.18 * wave)
        return result

    def _bed(self, along: Points, side: Points, bend: Points) -> Points:
        """Return the bed's elevation; `side` runs from -1 to 1 across, bars grow inside bends."""
        bars = rough(along / 420.0, side * 2.2, subseed(self.seed, "bars"), 3)
        pools = smooth(along / 520.0, 0.0 * along, subseed(self.seed, "pools"))
        shape = 14.0 * (1.2 * side * side - 0.88) + 19.0 * bend * side
        result: Points = shape + 7.0 * bars + 3.5 * pools + 8.0 * self.bars
        return result
