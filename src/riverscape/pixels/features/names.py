"""Features by name, as they stand in the settings."""

import difflib
from collections.abc import Callable, Sequence

from riverscape.errors import SettingsError
from riverscape.pixels.features.bands import Bands
from riverscape.pixels.features.colour_space import ColourSpace
from riverscape.pixels.features.deviation import Deviation, Texture
from riverscape.pixels.features.difference import NormalisedDifference
from riverscape.pixels.features.disk_median import DiskMedian
from riverscape.pixels.features.entropy import Entropy
from riverscape.pixels.features.mean import Mean
from riverscape.pixels.features.median import SquareMedian
from riverscape.pixels.features.window import Feature

__all__ = ["FEATURES", "MOST_RADIUS_PX", "parse_features"]

MOST_RADIUS_PX = 50

# Each family's own default radius goes for its bare name.
_WITH_RADIUS: dict[str, Callable[..., Feature]] = {
    "median": SquareMedian,
    "disk-median": DiskMedian,
    "entropy": Entropy,
    "mean": Mean,
    "deviation": Deviation,
}
_WITHOUT_RADIUS: dict[str, Callable[[], Feature]] = {
    "bands": Bands,
    "hsv": lambda: ColourSpace("hsv"),
    "lab": lambda: ColourSpace("lab"),
    "texture": Texture,
}

# What a name means, for help and documentation; R is a radius in pixels.
FEATURES: dict[str, str] = {
    "bands": "the bands as they are",
    "median": "median:R, median of the square of radius R (2), each band",
    "disk-median": "disk-median:R, median of the disk of radius R (5), each band, as published",
    "entropy": "entropy:R, entropy of the first band in the square of radius R (5), as published",
    "mean": "mean:R, mean of the square of radius R (5), each band",
    "deviation": "deviation:R, standard deviation of brightness in the square of radius R (3)",
    "hsv": "hue, saturation and value of the first three bands, after median:2",
    "lab": "CIE L*, a* and b* of the first three bands, after median:2",
    "nd": "nd:A:B, (A - B) / (A + B) of two bands by name or number, after median:2",
    "texture": "logarithm of the deviation of brightness in squares of 5 x 5 and of 21 x 21",
}


def parse_features(names: Sequence[str]) -> tuple[Feature, ...]:
    """Return the features of those names: "name", "name:radius" or "nd:band:band".

    Raises
    ------
    SettingsError
        If there are no names, a name is unknown, or its radius or bands are wrong.

    Examples
    --------
    >>> parse_features(["median:3", "texture", "nd:nir:red"])
    (SquareMedian(radius_px=3), Texture(), NormalisedDifference(first='nir', second='red'))
    >>> parse_features(["medain"])
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: no feature is called 'medain'; did you mean median?
    """
    if not names:
        message = f"phase 2 needs at least one feature; known: {', '.join(FEATURES)}"
        raise SettingsError(message)
    return tuple(_parsed(name) for name in names)


def _parsed(text: str) -> Feature:
    name, *rest = (part.strip() for part in text.split(":"))
    if name == "nd":
        if len(rest) != 2 or not all(rest):
            message = f"feature {text!r}: nd takes two bands, as in nd:nir:red or nd:4:3"
            raise SettingsError(message)
        return NormalisedDifference(*rest)
    if name in _WITHOUT_RADIUS:
        if rest:
            message = f"feature {text!r}: {name} takes no radius; write {name}"
            raise SettingsError(message)
        return _WITHOUT_RADIUS[name]()
    if name not in _WITH_RADIUS:
        near = difflib.get_close_matches(name, FEATURES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(FEATURES)}"
        message = f"no feature is called {name!r}; {hint}"
        raise SettingsError(message)
    if not rest:
        return _WITH_RADIUS[name]()
    radius = rest[0]
    if len(rest) > 1 or not radius.isdecimal() or not 1 <= int(radius) <= MOST_RADIUS_PX:
        message = (
            f"feature {text!r}: the radius is a whole number of pixels from 1 to "
            f"{MOST_RADIUS_PX}, as in {name}:5"
        )
        raise SettingsError(message)
    return _WITH_RADIUS[name](int(radius))
