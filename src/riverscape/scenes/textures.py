"""Seamless textures, made once: relief and grain that repeat every `PERIOD_PX` pixels.

They are stored with a wrapped border, so that any area up to `SPAN_PX` a side is a view, not a
copy. Everything here is relief or brightness; colour and light are added where they are used.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from riverscape.scenes.area import Area
from riverscape.scenes.noise import Field, chance, lattice, subseed

PERIOD_PX = 512
SPAN_PX = 704


@dataclass(frozen=True)
class Cells:
    """Voronoi cells of a seamless jittered grid, each field as (row, col)."""

    nearest: Field
    second: Field
    tone: Field


def cells(spacing_px: int, seed: int) -> Cells:
    """Return distances, in cells, to the nearest two seeds and the nearest one's tone in [0, 1)."""
    count = PERIOD_PX // spacing_px
    axis = np.arange(PERIOD_PX, dtype=np.float32) * np.float32(count / PERIOD_PX)
    home = np.floor(axis).astype(np.int64)
    nearest = np.full((PERIOD_PX, PERIOD_PX), 9.0, np.float32)
    second = nearest.copy()
    tone = np.zeros_like(nearest)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            j, i = (home + down)[:, None], (home + right)[None, :]
            wrapped = i % count, j % count
            dx = i + chance(*wrapped, seed) - axis[None, :]
            dy = j + chance(*wrapped, seed + 1) - axis[:, None]
            distance = np.sqrt(dx * dx + dy * dy).astype(np.float32)
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            tone = np.where(closer, chance(*wrapped, seed + 2), tone)
            nearest = np.where(closer, distance, nearest)
    return Cells(nearest, second, tone)


def _wrapped(texture: npt.NDArray[np.floating]) -> Field:
    wide = np.pad(texture.astype(np.float32), (0, SPAN_PX), mode="wrap")
    wide.flags.writeable = False
    return wide


@lru_cache(maxsize=8)
def clouds(spacing_px: int) -> Field:
    """Return smooth noise in about [-1, 1] that repeats, features about `spacing_px` apart."""
    count = PERIOD_PX // spacing_px
    node = np.arange(-2, count + 2) % count
    values = 2.0 * chance(node[None, :], node[:, None], subseed(spacing_px, "clouds")) - 1.0
    full = cv2.resize(values, None, fx=spacing_px, fy=spacing_px, interpolation=cv2.INTER_CUBIC)
    border = 2 * spacing_px
    return _wrapped(np.asarray(full[border:-border, border:-border]))


@lru_cache(maxsize=1)
def speckle() -> Field:
    """Return independent noise in [-0.5, 0.5) for every pixel."""
    axis = np.arange(PERIOD_PX)
    return _wrapped(chance(axis[None, :], axis[:, None], subseed(0, "speckle")) - 0.5)


@lru_cache(maxsize=8)
def cobbles(spacing_px: int) -> tuple[Field, Field]:
    """Return the relief of rounded stones in [0, 1] and their tone in [0, 1]."""
    voronoi = cells(spacing_px, subseed(spacing_px, "cobbles"))
    size = 0.16 + 0.62 * voronoi.tone * voronoi.tone
    dome = np.clip(1.0 - np.square(voronoi.nearest / size), 0.0, 1.0)
    apart = np.clip((voronoi.second - voronoi.nearest) * 3.0, 0.0, 1.0)
    stone = np.sqrt(np.minimum(dome, apart))
    own = (voronoi.tone * 37.0) % 1.0
    return _wrapped(stone * (0.4 + size)), _wrapped(np.where(stone > 0.05, 0.1 + 0.9 * own, 0.15))


@lru_cache(maxsize=1)
def foliage() -> Field:
    """Return the relief of leaf bunches, 3 to 12 px wide with dark holes between, in [0, 1]."""
    total = np.zeros((PERIOD_PX, PERIOD_PX), np.float32)
    for spacing_px, share in ((13, 0.30), (6, 0.40), (3, 0.30)):
        bunch = cells(spacing_px, subseed(spacing_px, "foliage"))
        holed = np.where(bunch.tone < 0.25, 0.0, 0.5 + 0.7 * bunch.tone)
        total += share * np.clip(1.0 - 1.2 * bunch.nearest, 0.0, 1.0) * holed
    return _wrapped(np.clip(total * 1.9, 0.0, 1.0))


@lru_cache(maxsize=1)
def blades() -> Field:
    """Return long grass in about [-1, 1]: tufts, 7 to 17 px wide, whose strands lie one way."""
    axis = np.arange(PERIOD_PX)
    grain = chance(axis[None, :], axis[:, None], subseed(0, "blades")) - 0.5
    grain = np.pad(grain, 16, mode="wrap")
    # Two sizes of tufts, each of which leans its own way.
    lean = cells(17, subseed(17, "blades")), cells(7, subseed(7, "blades"))
    tone = np.where(lean[1].tone < 0.5, lean[0].tone, lean[1].tone)
    out = np.zeros((PERIOD_PX, PERIOD_PX), np.float32)
    ways = 8
    for way in range(ways):
        x, y = np.cos(np.pi * way / ways), np.sin(np.pi * way / ways)
        reach = np.arange(-4, 5)
        kernel = np.zeros((9, 9), np.float32)
        kernel[np.rint(4 + reach * y).astype(int), np.rint(4 + reach * x).astype(int)] = 1.0
        strands = cv2.filter2D(grain, -1, kernel / kernel.sum())[16:-16, 16:-16]
        np.copyto(out, strands, where=(tone * ways).astype(int) == way)
    tussock = np.clip(0.55 - np.minimum(lean[0].nearest, 1.3 * lean[1].nearest), -0.4, 0.4)
    return _wrapped(out / (2.2 * out.std()) + 0.5 * tussock)


@lru_cache(maxsize=1)
def ripples() -> Field:
    """Return small waves of unit variance: many plane waves around one direction."""
    rng = np.random.default_rng(subseed(0, "ripples"))
    count = 90
    period_px = rng.uniform(7.0, 30.0, count)
    heading = rng.normal(0.0, 0.6, count)
    waves_x = np.round(np.cos(heading) * PERIOD_PX / period_px)
    waves_y = np.round(np.sin(heading) * PERIOD_PX / period_px)
    phase = rng.uniform(0.0, 2.0 * np.pi, count)
    turn = 2.0 * np.pi * np.arange(PERIOD_PX) / PERIOD_PX
    along_x = np.outer(turn, waves_x) + phase
    along_y = np.outer(turn, waves_y)
    height = np.sqrt(period_px / period_px.mean())
    field = (np.sin(along_y) * height) @ np.cos(along_x).T
    field += (np.cos(along_y) * height) @ np.sin(along_x).T
    return _wrapped(field / field.std())


def tiled(texture: Field, area: Area, shift: int) -> Field:
    """Return a view of the repeating texture over `area`, moved by `shift`, as (row, col)."""
    row = (area.row + shift * 7) % PERIOD_PX
    col = (area.col + shift * 13) % PERIOD_PX
    return texture[row : row + area.height_px, col : col + area.width_px]


def varied(texture: Field, area: Area, seed: int) -> Field:
    """Return the texture over `area`, two shifts of it patched together so that no repeat shows."""
    patch = (lattice(area, 64, subseed(seed, "patch")) > 0.0).view(np.uint8)
    out = tiled(texture, area, seed % 311).copy()
    cv2.copyTo(tiled(texture.T, area, seed % 173 + 57), patch, out)
    return out


def clouded(area: Area, spacing_px: int, seed: int) -> Field:
    """Return a view of fine repeating noise in about [-1, 1] over `area`."""
    return tiled(clouds(spacing_px), area, seed % 509)
