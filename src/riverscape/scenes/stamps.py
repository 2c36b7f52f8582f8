"""Reliefs of single things: crowns of trees and shrubs, and boulders, made once and stamped often.

No light is in them, so a stamp may be turned and mirrored freely.
"""

import math
from functools import lru_cache

import numpy as np

from riverscape.scenes.noise import Field, subseed

VARIANTS = 5
CROWN_RADII_PX = (7, 10, 14, 18, 23, 29, 36, 45, 56)
BOULDER_RADII_PX = (4, 6, 9, 13, 18)


def _grid(radius_px: int) -> tuple[Field, Field]:
    side = np.arange(-radius_px - 2, radius_px + 3, dtype=np.float32)
    x, y = np.meshgrid(side, side)
    return x, y


@lru_cache(maxsize=128)
def broadleaf(radius_px: int, variant: int) -> Field:
    """Return a dome of leaf clumps: height in crown radii, 0 outside, as (row, col)."""
    rng = np.random.default_rng(subseed(radius_px * 64 + variant, "broadleaf"))
    x, y = _grid(radius_px)
    height = np.zeros_like(x)
    count = int(16 + radius_px * 2.2)
    for _ in range(count):
        away = math.sqrt(rng.random()) * 0.86 * radius_px
        turn = rng.uniform(0.0, 2.0 * math.pi)
        clump = rng.uniform(0.08, 0.26) * radius_px + 2.0
        base = 0.55 * math.sqrt(max(0.0, 1.0 - (away / radius_px) ** 2)) * rng.uniform(0.62, 1.12)
        squared = (x - away * math.cos(turn)) ** 2 + (y - away * math.sin(turn)) ** 2
        bulge = np.sqrt(np.maximum(clump * clump - squared, 0.0)) / radius_px
        np.maximum(height, np.where(bulge > 0, base + bulge, 0.0), out=height)
    return height.astype(np.float32)


@lru_cache(maxsize=128)
def conifer(radius_px: int, variant: int) -> Field:
    """Return a cone of whorled branches: height in crown radii, 0 outside, as (row, col)."""
    rng = np.random.default_rng(subseed(radius_px * 64 + variant, "conifer"))
    x, y = _grid(radius_px)
    away = np.sqrt(x * x + y * y) / radius_px
    turn = np.arctan2(y, x)
    height = np.zeros_like(x)
    whorls = 3 + radius_px // 9
    for whorl in range(whorls):
        reach = (whorls - whorl) / whorls * rng.uniform(0.88, 1.0)
        branches = int(rng.integers(7, 12))
        fan = np.abs(((turn + rng.uniform(0, 6.3)) * branches / (2 * math.pi)) % 1.0 - 0.5) * 2.0
        edge = reach * (1.0 - 0.38 * fan * rng.uniform(0.7, 1.2))
        top = 0.35 + 1.3 * (whorl + 1) / whorls
        droop = top - 0.75 * away - 0.12 * fan
        np.maximum(height, np.where(away < edge, droop, 0.0), out=height)
    return height.astype(np.float32)


@lru_cache(maxsize=64)
def boulder(radius_px: int, variant: int) -> Field:
    """Return a faceted stone: height in radii, 0 outside, as (row, col)."""
    rng = np.random.default_rng(subseed(radius_px * 64 + variant, "boulder"))
    x, y = _grid(radius_px)
    height = np.full_like(x, 0.7)
    for turn in np.linspace(0.0, 2.0 * math.pi, 8)[:-1] + rng.uniform(0.0, 0.7, 7):
        facing = (x * math.cos(turn) + y * math.sin(turn)) / radius_px
        facet = (rng.uniform(0.62, 0.98) - facing) * rng.uniform(0.8, 2.2)
        np.minimum(height, facet, out=height)
    return np.maximum(height, 0.0).astype(np.float32)


def turned(stamp: Field, orientation: int) -> Field:
    """Return the stamp in one of its eight orientations.

    Examples
    --------
    >>> turned(np.array([[1.0, 2.0]], np.float32), 2).tolist()
    [[2.0, 1.0]]
    """
    if orientation & 1:
        stamp = stamp.T
    if orientation & 2:
        stamp = stamp[:, ::-1]
    if orientation & 4:
        stamp = stamp[::-1]
    return stamp
