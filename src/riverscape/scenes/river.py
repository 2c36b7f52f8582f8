"""A river as a survey sees it: its colours, its channel and the light of the day."""

import hashlib
from dataclasses import dataclass

import numpy as np

from riverscape.errors import InputError
from riverscape.scenes.light import Light

Grey = tuple[int, int, int]

# Colours as they look on a bright photograph, 0..255 red, green, blue.
# Water: light that the water sends back itself, then how deep (px) each band reaches the bed.
_WATERS: tuple[tuple[Grey, tuple[float, float, float]], ...] = (
    ((52, 44, 38), (16.0, 9.0, 5.0)),  # tea, stained by peat
    ((62, 76, 52), (8.0, 12.0, 7.0)),  # green
    ((66, 82, 92), (9.0, 14.0, 15.0)),  # blue-grey, from snow
    ((132, 116, 90), (7.0, 5.0, 3.5)),  # turbid
    ((58, 60, 60), (12.0, 11.0, 9.0)),  # clear and dark
)
_SEDIMENTS: tuple[Grey, ...] = (
    (196, 180, 168),  # pinkish gneiss
    (176, 174, 170),  # grey
    (206, 186, 150),  # tan
    (222, 218, 208),  # white limestone
    (158, 152, 146),  # dark grey
)
_GREENS: tuple[Grey, ...] = (
    (119, 136, 86),
    (110, 130, 90),
    (124, 141, 84),
    (105, 123, 84),
    (119, 134, 98),
)
_SENESCENTS: tuple[Grey, ...] = (
    (204, 186, 142),
    (194, 176, 138),
    (196, 184, 148),
    (184, 164, 132),
)
_ROADS: tuple[Grey, ...] = ((132, 132, 134), (112, 112, 116), (150, 148, 146), (96, 97, 100))


@dataclass(frozen=True)
class River:
    """What the photographs of one river share.

    Colours are red, green, blue in 0..255 as seen in full light. `reach_px` is the depth at which
    the water has swallowed two thirds of the bed's light, per band. `channel_px` spans water and
    bars.
    """

    name: str
    seed: int
    water: Grey
    reach_px: tuple[float, float, float]
    sediment: Grey
    green: Grey
    senescent: Grey
    road: Grey
    conifer_share: float
    coarseness: float
    glint: float
    channel_px: float
    sinuosity: float
    light: Light

    def __post_init__(self) -> None:
        """Check the name: files are named after it."""
        if not self.name or not all(c.isalnum() or c in " -" for c in self.name):
            msg = (
                f"river name {self.name!r} cannot name files: use letters, digits, blanks or "
                "hyphens, no underscore"
            )
            raise InputError(msg)

    @classmethod
    def from_name(cls, name: str) -> "River":
        """Return the river of that name: the same name always gives the same river.

        Examples
        --------
        >>> River.from_name("Alder") == River.from_name("Alder")
        True
        >>> River.from_name("Alder").water == River.from_name("Birch").water
        False
        """
        digest = hashlib.sha256(name.encode()).digest()
        return cls.from_seed(int.from_bytes(digest[:4], "big"), name)

    @classmethod
    def from_seed(cls, seed: int, name: str = "") -> "River":
        """Return the river that `seed` draws, called `name` or River followed by the seed."""
        rng = np.random.default_rng(seed)
        water, reach_px = _WATERS[rng.integers(len(_WATERS))]
        return cls(
            name=name or f"River{seed}",
            seed=seed,
            water=_tinted(water, rng, 0.10),
            reach_px=reach_px,
            sediment=_tinted(_SEDIMENTS[rng.integers(len(_SEDIMENTS))], rng, 0.06),
            green=_tinted(_GREENS[rng.integers(len(_GREENS))], rng, 0.06),
            senescent=_tinted(_SENESCENTS[rng.integers(len(_SENESCENTS))], rng, 0.06),
            road=_tinted(_ROADS[rng.integers(len(_ROADS))], rng, 0.04),
            conifer_share=float(rng.uniform(0.1, 0.8)),
            coarseness=float(rng.uniform(0.2, 1.0)),
            glint=float(rng.uniform(0.2, 1.0)),
            channel_px=float(rng.uniform(480.0, 760.0)),
            sinuosity=float(rng.uniform(0.3, 0.9)),
            light=_drawn_light(rng),
        )


def _tinted(colour: Grey, rng: np.random.Generator, spread: float) -> Grey:
    """Return the colour, lighter or darker by up to `spread`, and its hue moved a third as much."""
    light = rng.uniform(1.0 - spread, 1.0 + spread)
    hue = rng.uniform(1.0 - spread / 3.0, 1.0 + spread / 3.0, 3)
    scaled = [min(255, round(band * float(light * h))) for band, h in zip(colour, hue, strict=True)]
    return scaled[0], scaled[1], scaled[2]


def _drawn_light(rng: np.random.Generator) -> Light:
    """Return the light of a day: mostly sunny, one day in four overcast."""
    overcast = rng.random() < 0.25
    return Light(
        sun_azimuth_deg=float(rng.uniform(0.0, 360.0)),
        sun_elevation_deg=float(rng.uniform(38.0, 58.0)),
        sun_share=float(rng.uniform(0.30, 0.42) if overcast else rng.uniform(0.72, 0.88)),
        warmth=float(rng.uniform(-0.5, 0.3) if overcast else rng.uniform(-0.4, 1.0)),
        contrast=float(rng.uniform(1.05, 1.25) if overcast else rng.uniform(0.95, 1.15)),
        haze=float(rng.uniform(0.0, 0.03) if overcast else rng.uniform(0.0, 0.05)),
        exposure=float(rng.uniform(0.8, 1.0) if overcast else rng.uniform(0.9, 1.2)),
    )
