"""What stands on the ground: trees, shrubs and boulders, their heights and which is on top."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riverscape.scenes.area import Area
from riverscape.scenes.cover import Ground, Layout
from riverscape.scenes.noise import Field, Points, chance, smooth, subseed
from riverscape.scenes.stamps import (
    BOULDER_RADII_PX,
    CROWN_RADII_PX,
    VARIANTS,
    boulder,
    broadleaf,
    conifer,
    turned,
)

# Tints: 0 is bare ground; a tint stands for a kind of thing and its shade within the kind.
BROADLEAF, CONIFER, DRY_SHRUB, BOULDER = 1, 81, 161, 221
SHADES = {BROADLEAF: 80, CONIFER: 80, DRY_SHRUB: 60, BOULDER: 35}

Tints = npt.NDArray[np.uint8]
Drawn = dict[str, Field]


@dataclass(frozen=True)
class Stand:
    """Things of one size that keep a distance: at most one in each cell of a grid."""

    name: str
    cell_px: int
    radii_px: tuple[int, ...]


TALL = Stand("tall", 62, CROWN_RADII_PX[5:])
MEDIUM = Stand("medium", 36, CROWN_RADII_PX[3:6])
LOW = Stand("low", 20, CROWN_RADII_PX[0:3])
STONES = Stand("stones", 30, BOULDER_RADII_PX)


@dataclass(frozen=True)
class Standing:
    """Heights above the ground in pixels and tints, both as (row, col)."""

    height: Field
    tint: Tints


def stand_on(layout: Layout, area: Area, conifer_share: float) -> Standing:
    """Return everything that stands in `area`, the highest on top."""
    standing = Standing(np.zeros(area.shape, np.float32), np.zeros(area.shape, np.uint8))
    for stand in (TALL, MEDIUM, LOW):
        for item in _crowns(layout, area, stand, conifer_share):
            _stamp(standing, area, *item)
    for item in _boulders(layout, area):
        _stamp(standing, area, *item)
    return standing


Item = tuple[float, float, Field, int]


def _candidates(
    layout: Layout, area: Area, stand: Stand
) -> tuple[Points, Points, Ground, list[Field]]:
    """Return positions, one in each cell that can touch `area`, their ground, and random draws."""
    seed = subseed(layout.seed, stand.name)
    reach_px = max(stand.radii_px) + 3
    near = area.grown(reach_px, reach_px, reach_px, reach_px)
    cell = stand.cell_px
    i = np.arange(near.col // cell, (near.col + near.width_px) // cell + 1)
    j = np.arange(near.row // cell, (near.row + near.height_px) // cell + 1)
    i, j = (axis.ravel() for axis in np.meshgrid(i, j))
    draws = [chance(i, j, seed + k) for k in range(8)]
    x = np.asarray((i + draws[0]) * cell, dtype=np.float64)
    y = np.asarray((j + draws[1]) * cell, dtype=np.float64)
    return x, y, layout.at(x, y), draws


def _crowns(layout: Layout, area: Area, stand: Stand, conifer_share: float) -> Iterator[Item]:
    x, y, ground, draws = _candidates(layout, area, stand)
    grows, dry = _grows(stand, ground, draws[2])
    patch = smooth(x / 260.0, y / 260.0, subseed(layout.seed, "species"))
    needles = draws[3] + 0.45 * patch < conifer_share
    for k in np.flatnonzero(grows):
        radii = stand.radii_px
        radius = radii[min(int(draws[4][k] ** 1.5 * len(radii)), len(radii) - 1)]
        variant = int(draws[5][k] * VARIANTS * 8)
        is_conifer = bool(needles[k]) and stand is not LOW
        shape = (conifer if is_conifer else broadleaf)(radius, variant // 8)
        kind = DRY_SHRUB if dry[k] else CONIFER if is_conifer else BROADLEAF
        tint = kind + int((0.7 * draws[6][k] + 0.15 * (1 + patch[k])) * SHADES[kind])
        tall = (1.2 if is_conifer else 0.8) + 0.5 * float(draws[7][k])
        yield x[k], y[k], turned(shape, variant % 8) * np.float32(radius * tall), tint


def _grows(
    stand: Stand, ground: Ground, draw: Field
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return where a thing of the stand grows and where it is senescent."""
    wood = (ground.forest > 0.0) & (ground.edge > 4.0)
    clear = np.abs(ground.road_across) > 70.0
    dry = np.zeros(draw.shape, bool)
    if stand is TALL:
        return wood & (ground.edge > 26.0) & (draw < 0.75), dry
    if stand is MEDIUM:
        lone = (ground.edge > 20.0) & (draw < 0.02) & clear
        return (wood & (draw < 0.9)) | lone, dry
    meadow = (ground.edge > 0.0) & (ground.forest <= 0.0) & clear
    fringe = (ground.edge > -6.0) & (ground.edge < 30.0) & (ground.forest > -0.25)
    bar = (ground.edge < 0.0) & (ground.elevation > 7.0) & (draw < 0.12)
    dry = meadow & (ground.dryness > 0.0)
    scrub = (fringe & (draw < 0.6)) | (meadow & (draw < 0.05)) | bar
    return (wood & (draw < 0.9)) | (scrub & clear), dry


def _boulders(layout: Layout, area: Area) -> Iterator[Item]:
    x, y, ground, draws = _candidates(layout, area, STONES)
    cluster = smooth(x / 150.0, y / 150.0, subseed(layout.seed, "clusters"))
    shallow = (ground.edge < -8.0) & (ground.elevation > -9.0) & (np.abs(ground.road_across) > 75.0)
    lies = shallow & (draws[2] < 0.03 + 0.25 * np.maximum(cluster, 0.0) ** 2)
    for k in np.flatnonzero(lies):
        radius = BOULDER_RADII_PX[min(int(draws[4][k] ** 2.2 * 5), 4)]
        variant = int(draws[5][k] * VARIANTS * 8)
        tint = BOULDER + int(draws[6][k] * SHADES[BOULDER])
        shape = turned(boulder(radius, variant // 8), variant % 8)
        yield x[k], y[k], shape * np.float32(radius), tint


def _stamp(standing: Standing, area: Area, x: float, y: float, shape: Field, tint: int) -> None:
    """Set one thing into the arrays where it is the highest so far."""
    rows, cols = shape.shape
    top, left = round(y) - rows // 2 - area.row, round(x) - cols // 2 - area.col
    r0, r1 = max(top, 0), min(top + rows, area.height_px)
    c0, c1 = max(left, 0), min(left + cols, area.width_px)
    if r0 >= r1 or c0 >= c1:
        return
    part = shape[r0 - top : r1 - top, c0 - left : c1 - left]
    height = standing.height[r0:r1, c0:c1]
    higher = part > height
    np.copyto(height, part, where=higher)
    np.copyto(standing.tint[r0:r1, c0:c1], np.uint8(tint), where=higher)
