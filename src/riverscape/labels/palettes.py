"""Colours for figures and reports: the scheme's own, or such as colour-blind readers tell apart."""

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from riverscape.labels.colour_vision import differences
from riverscape.labels.scheme import ClassScheme

__all__ = ["NODATA_COLOUR", "UNLABELLED_COLOUR", "Palette", "accessible", "recoloured"]

NODATA_COLOUR = "#e8e8e8"
"""The light grey of places without data, in figures."""
UNLABELLED_COLOUR = "#000000"
"""The black of places that nobody has labelled, as in the original's figures."""

# The first whose words a class's name holds gives its colour: dry grass is no green. The five,
# black and the grey differ by 17 or more in CIEDE2000, whatever the kind of colour blindness.
_MEANINGS = (
    ("#61aef2", "water river lake sea stream pond channel"),
    ("#f2dc49", "senescent dry dead crop crops farmland straw"),
    ("#1f663c", "vegetation tree trees forest wood woodland grass shrub shrubs green"),
    ("#b2127d", "road roads paved built urban building buildings artificial"),
)
_SEDIMENT = ("#cc811f", "sediment sand gravel cobble cobbles bar bars bare soil rock")
# Levels of red, green and blue of which other colours are made, and the least of their brightest:
# darker ones would look like what is unlabelled.
_LEVELS = (0, 48, 80, 112, 144, 176, 208, 232, 255)
_BRIGHT = 112


class Palette(StrEnum):
    """In which colours figures and reports show the classes."""

    original = "original"
    accessible = "accessible"


def recoloured(scheme: ClassScheme, palette: Palette) -> ClassScheme:
    """Return the scheme in the colours of a palette.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> recoloured(PUBLISHED_CLASSES, Palette.original) is PUBLISHED_CLASSES
    True
    """
    return accessible(scheme) if palette is Palette.accessible else scheme


def accessible(scheme: ClassScheme) -> ClassScheme:
    """Return the scheme in colours that readers with any kind of colour blindness tell apart.

    Water is blue, sediment ochre, vegetation dark green, what is dry yellow, roads purple, as far
    as English names tell. Other classes, and a second one of a kind, take in turn the colour that
    looks least like all those taken: the same colours for the same scheme, whatever its own.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> [(cover.name, cover.colour) for cover in accessible(PUBLISHED_CLASSES)][:2]
    [('water', '#61aef2'), ('dry sediment', '#cc811f')]
    """
    found: dict[int, str] = {}
    for cover in scheme:
        colour = _meant(cover.name)
        if colour is not None and colour not in found.values():
            found[cover.code] = colour
    others = [code for code in scheme.codes if code not in found]
    found |= zip(others, _unlike(list(found.values()), len(others)), strict=True)
    return ClassScheme(tuple(replace(cover, colour=found[cover.code]) for cover in scheme))


def _meant(name: str) -> str | None:
    words = set(re.findall(r"[^\W\d_]+", name.lower()))
    # Dry sediment is sediment, not dry vegetation.
    for colour, meaning in (_SEDIMENT, *_MEANINGS):
        if words & set(meaning.split()):
            return colour
    return None


def _unlike(taken: Sequence[str], count: int) -> list[str]:
    """Return so many colours, each the one that looks least like all those before it."""
    grid = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS, indexing="ij"), axis=-1)
    candidates = grid[grid.max(axis=-1) >= _BRIGHT].astype(np.uint8)
    before = _rgb([UNLABELLED_COLOUR, NODATA_COLOUR, *taken])
    apart = differences(candidates, before).min(axis=1)
    chosen = []
    for _ in range(count):
        colour = candidates[int(apart.argmax())]
        chosen.append("#{:02x}{:02x}{:02x}".format(*colour.tolist()))
        apart = np.minimum(apart, differences(candidates, colour[None])[:, 0])
    return chosen


def _rgb(colours: Sequence[str]) -> NDArray[np.uint8]:
    return np.array([list(bytes.fromhex(colour[1:])) for colour in colours], np.uint8)
