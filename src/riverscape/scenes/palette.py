"""The reflectances that a river's colours stand for."""

from functools import lru_cache

import numpy as np

from riverscape.scenes.noise import Field, chance, subseed
from riverscape.scenes.river import Grey, River
from riverscape.scenes.standing import BOULDER, BROADLEAF, CONIFER, DRY_SHRUB, SHADES


def reflectance(colour: Grey) -> Field:
    """Return the colour as reflectance, (3,): the tone curve is a square root.

    Examples
    --------
    >>> reflectance((255, 0, 51)).round(2)
    array([1.  , 0.  , 0.04], dtype=float32)
    """
    share: Field = np.array(colour, np.float32) / np.float32(255.0)
    return share * share


@lru_cache(maxsize=16)
def tint_table(river: River) -> Field:
    """Return the reflectance of every tint, (256, 3)."""
    table = np.zeros((256, 3), np.float32)
    green, dry = reflectance(river.green), reflectance(river.senescent)
    needle = green * np.array([0.72, 0.80, 0.98], np.float32)
    stone = reflectance(river.sediment) * np.float32(0.85)
    for start, base, spread in (
        (BROADLEAF, green, (0.26, 0.12, 0.20)),
        (CONIFER, needle, (0.24, 0.12, 0.24)),
        (DRY_SHRUB, dry * np.float32(0.8), (0.16, 0.20, 0.26)),
        (BOULDER, stone, (0.14, 0.08, 0.10)),
    ):
        count = SHADES[start]
        index, seed = np.arange(count), subseed(river.seed, f"tint{start}")
        own = chance(index, index * 0 + 3, seed)[:, None] - 0.5
        # Shades run from dark to light, and each deviates in hue.
        light = 0.72 + 0.56 * (index / count)[:, None]
        hue = (chance(index[:, None], np.arange(3)[None], seed + 1) - 0.5) * np.array(spread)
        table[start : start + count] = base * light * (1.0 + 0.25 * own) * (1.0 + hue)
    return table
