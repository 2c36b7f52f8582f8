"""Which land cover lies where: the layout of a scene before anything stands on it."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from riverscape.errors import InputError
from riverscape.scenes.area import Area
from riverscape.scenes.channel import Channel
from riverscape.scenes.noise import (
    Field,
    Points,
    between_nodes,
    node_area,
    rough,
    smooth,
    subseed,
)
from riverscape.scenes.road import Road

_SPACING_PX = 8
# Quantiles of `rough` noise of three octaves.
_SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
_LEVELS = (-4.0, -0.645, -0.28, 0.0, 0.28, 0.645, 4.0)


class Code(IntEnum):
    """The class codes that scenes are labelled with."""

    WATER = 1
    SEDIMENT = 2
    GREEN = 3
    SENESCENT = 4
    ROAD = 5


@dataclass(frozen=True)
class Cover:
    """How much of each land cover to ask of a scene; shares run from 0 to 1.

    `forest` and `senescent` say how much of the land beyond the banks they take; where both want
    to be, senescent grass wins. `bars` says how much of the channel lies dry; 0.5 is usual. `road`
    asks for a road or for none; None leaves it to the seed.
    """

    forest: float = 0.6
    senescent: float = 0.25
    bars: float = 0.5
    road: bool | None = None

    def __post_init__(self) -> None:
        """Check the shares."""
        for name in ("forest", "senescent", "bars"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                msg = f"cover {name} is {share}: expected a share from 0 to 1"
                raise InputError(msg)


@dataclass(frozen=True)
class Ground:
    """The layout at some positions, lengths in pixels.

    `forest` and `dryness` are positive where it is so. `edge` is the distance beyond the bank,
    `elevation` that of the bed above the water.
    """

    along: Points
    across: Points
    edge: Points
    elevation: Points
    forest: Points
    dryness: Points
    road_along: Points
    road_across: Points


GROUND = tuple(field.name for field in fields(Ground))


@dataclass(frozen=True)
class Layout:
    """Where channel, road, forest and meadow lie, at any absolute position."""

    seed: int
    cover: Cover
    channel: Channel
    road: Road | None

    def at(self, x: Points, y: Points) -> Ground:
        """Return the layout at the absolute positions `x` (right) and `y` (down), elementwise."""
        reach = self.channel.at(x, y)
        if self.road is None:
            road_along, road_across = np.zeros_like(x), np.full_like(x, 1e6)
        else:
            road_along, road_across = self.road.at(x, y)
        dryness = self._dryness(x, y, reach.edge)
        forest = self._forest(x, y) - 1.2 * np.maximum(dryness, 0.0)
        verge = 1.0 - np.clip((np.abs(road_across) - 90.0) / 60.0, 0.0, 1.0)
        return Ground(
            reach.along,
            reach.across,
            reach.edge,
            reach.elevation,
            forest - 2.0 * verge,
            dryness,
            road_along,
            road_across,
        )

    def _forest(self, x: Points, y: Points) -> Points:
        noise = rough(x / 420.0, y / 420.0, subseed(self.seed, "forest"), 3)
        result: Points = noise + _level(self.cover.forest)
        return result

    def _dryness(self, x: Points, y: Points, edge: Points) -> Points:
        # Grass dries in patches, and most of all in a belt along the banks.
        patches = rough(x / 300.0, y / 300.0, subseed(self.seed, "dry"), 3)
        belt = np.clip(1.0 - np.abs(edge - 60.0) / 140.0, 0.0, 1.0)
        stretch = smooth(x / 350.0, y / 350.0, subseed(self.seed, "belt"))
        result: Points = patches + belt * (0.5 + 0.5 * stretch) + _level(self.cover.senescent)
        return result

    def over(self, area: Area, names: tuple[str, ...] = GROUND) -> dict[str, Field]:
        """Return the named fields of the layout at every pixel of `area`, float32 (row, col)."""
        nodes = node_area(area, _SPACING_PX)
        centre = (_SPACING_PX - 1) / 2.0
        cols = np.arange(nodes.col, nodes.col + nodes.width_px, dtype=np.float64)
        rows = np.arange(nodes.row, nodes.row + nodes.height_px, dtype=np.float64)
        x, y = np.meshgrid(cols * _SPACING_PX + centre, rows * _SPACING_PX + centre)
        ground = self.at(x, y)
        return {
            name: between_nodes(getattr(ground, name).astype(np.float32), nodes, area, _SPACING_PX)
            for name in names
        }


def _level(share: float) -> float:
    """Return what to add to `rough` noise so that about `share` of it is positive."""
    return float(np.interp(share, _SHARES, _LEVELS))
