"""One block of a photograph: lay out the ground, stand things on it, light it, expose it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from riverscape.scenes.area import Area
from riverscape.scenes.cover import Code, Layout
from riverscape.scenes.light import (
    SHADOW_REACH_PX,
    exposed,
    illuminate,
    openness,
    shadow,
    slope_light,
)
from riverscape.scenes.noise import Field, lattice, subseed
from riverscape.scenes.palette import reflectance, tint_table
from riverscape.scenes.river import River
from riverscape.scenes.soil import Surface, grass, gravel
from riverscape.scenes.standing import BOULDER, DRY_SHRUB, Standing, stand_on
from riverscape.scenes.textures import blades, clouded, foliage, speckle, tiled, varied
from riverscape.scenes.water import water_radiance

Bytes = npt.NDArray[np.uint8]

_MARGIN_PX = 32
_DECK_PX = 34.0


@dataclass(frozen=True)
class Painting:
    """Everything that one block is painted from, over the block and its margin."""

    area: Area
    seed: int
    river: River
    layout: Layout
    ground: dict[str, Field]
    codes: Bytes
    standing: Standing
    hidden: Field


def render(river: River, layout: Layout, area: Area) -> tuple[Bytes, Bytes]:
    """Return the photograph (rgb, row, col) and the class codes (row, col) of `area`."""
    m = _MARGIN_PX
    padded = area.grown(m, m, m, m)
    ground = layout.over(padded)
    standing, hidden = _stand(river, layout, padded)
    codes = ground_codes(layout, padded, ground)
    painting = Painting(padded, layout.seed, river, layout, ground, codes, standing, hidden)
    radiance = _radiance(painting)
    image = exposed(radiance, tiled(speckle(), padded, layout.seed % 401), river.light)
    core = area.inside(padded)
    return image[:, *core], _with_standing(codes, standing.tint)[core]


def _stand(river: River, layout: Layout, area: Area) -> tuple[Standing, Field]:
    """Return what stands in `area` and the shadows there, cast from beyond it too."""
    sun_x, sun_y = river.light.toward_sun
    reach_px = SHADOW_REACH_PX
    caster = area.grown(
        reach_px if sun_y < 0 else 0,
        reach_px if sun_x < 0 else 0,
        reach_px if sun_y > 0 else 0,
        reach_px if sun_x > 0 else 0,
    )
    every = stand_on(layout, caster, river.conifer_share)
    if layout.road is not None:
        ground = layout.over(caster, ("edge", "road_across"))
        on_road = np.abs(ground["road_across"]) < layout.road.width_px / 2
        # The deck comes down to the ground on a ramp, too gentle to shade itself.
        deck = np.clip(1.0 - ground["edge"] / 90.0, 0.0, 1.0) * np.float32(_DECK_PX)
        np.maximum(every.height, on_road * deck, out=every.height)
    core = area.inside(caster)
    return Standing(every.height[core], every.tint[core]), shadow(every.height, river.light)[core]


def ground_codes(layout: Layout, area: Area, ground: dict[str, Field]) -> Bytes:
    """Return the class codes of the ground (row, col), before anything stands on it."""
    seed = layout.seed
    fringe = 0.4 * varied(blades(), area, seed) + 0.3 * clouded(area, 8, seed)
    ragged = 6.0 * lattice(area, 32, subseed(seed, "ragged")) + 9.0 * fringe
    land = ground["edge"] + ragged > 0.0
    shore = ground["elevation"] + 0.5 * clouded(area, 16, seed) + 0.2 * clouded(area, 4, seed)
    codes = np.full(area.shape, Code.SEDIMENT, np.uint8)
    pioneer = ground["elevation"] - 15.0 + ragged
    _fill(codes, Code.GREEN, pioneer > 0.0)
    _fill(codes, Code.WATER, shore < 0.0)
    dry = ground["dryness"] + 0.02 * ragged > 0.0
    _fill(codes, Code.GREEN, land)
    _fill(codes, Code.SENESCENT, land & dry)
    if layout.road is not None:
        _fill(codes, Code.ROAD, np.abs(ground["road_across"]) < layout.road.width_px / 2)
    return codes


def _fill(codes: Bytes, code: Code, where: npt.NDArray[np.bool_]) -> None:
    np.copyto(codes, np.uint8(code), where=where)


def _with_standing(codes: Bytes, tint: Bytes) -> Bytes:
    """Return the codes of what is seen from above."""
    kind = np.zeros(256, np.uint8)
    kind[1:DRY_SHRUB], kind[DRY_SHRUB:BOULDER] = Code.GREEN, Code.SENESCENT
    kind[BOULDER:] = Code.SEDIMENT
    seen = codes.copy()
    np.copyto(seen, kind[tint], where=tint > 0)
    return seen


def _radiance(painting: Painting) -> Field:
    """Return the light that leaves every pixel, (rgb, row, col)."""
    albedo, relief = _ground_surface(painting)
    light, standing = painting.river.light, painting.standing
    _dress(painting, albedo, relief)
    slope = slope_light(relief, light, 0.75)
    lit = 1.0 - painting.hidden
    out = illuminate(albedo, slope * lit, openness(standing.height, light), light)
    wet = (painting.codes == Code.WATER) & (standing.tint == 0)
    if wet.any():
        area, part = _extent(wet, painting.area)
        ground = {name: field[part] for name, field in painting.ground.items()}
        water = water_radiance(area, painting.seed, painting.river, ground, lit[part])
        _lay(water, wet[part], out[:, *part])
    return out


def _extent(where: npt.NDArray[np.bool_], area: Area) -> tuple[Area, tuple[slice, slice]]:
    """Return the part of `area` that holds all true pixels, on even pixels, and its slices."""
    rows, cols = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    top, left = int(rows[0]) // 2 * 2, int(cols[0]) // 2 * 2
    bottom, right = int(rows[-1]) // 2 * 2 + 2, int(cols[-1]) // 2 * 2 + 2
    part = Area(area.row + top, area.col + left, bottom - top, right - left)
    return part, part.inside(area)


def _dress(painting: Painting, albedo: Field, relief: Field) -> None:
    """Put colour and relief of what stands over those of the ground."""
    tint, height = painting.standing.tint, painting.standing.height
    leaf = varied(foliage(), painting.area, painting.seed + 21)
    leaves = (tint > 0) & (tint < BOULDER)
    np.copyto(relief, height, where=tint > 0)
    relief += leaves * (6.0 * leaf)
    tone = np.ones_like(relief)
    glimmer = 1.3 * leaf + 0.35 * tiled(speckle(), painting.area, painting.seed % 61)
    np.copyto(tone, 0.36 + glimmer, where=leaves)
    table = tint_table(painting.river)
    mask = (tint > 0).view(np.uint8)
    for band in range(3):
        cv2.copyTo(cv2.LUT(tint, np.ascontiguousarray(table[:, band])) * tone, mask, albedo[band])


def _lay(surface: Field, where: npt.NDArray[np.bool_], onto: Field) -> None:
    """Copy the bands of `surface` over `onto`, both (band, row, col), where (row, col) is true."""
    mask = where.view(np.uint8)
    for band in range(surface.shape[0]):
        cv2.copyTo(surface[band], mask, onto[band])


def _ground_surface(painting: Painting) -> tuple[Field, Field]:
    """Return reflectance (rgb, row, col) and relief (row, col), every class painted in place."""
    albedo = np.zeros((3, *painting.area.shape), np.float32)
    relief = np.zeros(painting.area.shape, np.float32)
    for code in (Code.SEDIMENT, Code.GREEN, Code.SENESCENT, Code.ROAD):
        here = painting.codes == code
        if here.any():
            area, part = _extent(here, painting.area)
            ground = {name: field[part] for name, field in painting.ground.items()}
            colour, height = _surface(painting, code, area, ground)
            _lay(colour, here[part], albedo[:, *part])
            _lay(height[None], here[part], relief[None, *part])
    return albedo, relief


def _surface(painting: Painting, code: Code, area: Area, ground: dict[str, Field]) -> Surface:
    """Return reflectance (rgb, row, col) and relief (row, col) of `area` if all were one class."""
    river, seed, road = painting.river, painting.seed, painting.layout.road
    if code == Code.SEDIMENT:
        return gravel(area, seed, river, ground["elevation"])
    if code == Code.ROAD and road is not None:
        tone = road.surface(area, ground["road_along"], ground["road_across"])
        return tone * reflectance(river.road)[:, None, None], np.zeros(area.shape, np.float32)
    lank = 1.0 if code == Code.SENESCENT else 0.0
    colour, height = grass(area, subseed(seed, code.name), river, ground["dryness"], lank)
    # Little light reaches the forest floor.
    colour *= 1.0 - np.clip(ground["forest"] * 2.0, 0.0, 0.55)
    return colour, height
