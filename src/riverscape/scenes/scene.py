"""A synthetic photograph of a river, made window by window."""

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from riverscape.errors import InputError
from riverscape.scenes.area import Area
from riverscape.scenes.block import render
from riverscape.scenes.channel import Channel
from riverscape.scenes.cover import Cover, Layout
from riverscape.scenes.noise import subseed
from riverscape.scenes.river import River
from riverscape.scenes.road import Road

Bytes = npt.NDArray[np.uint8]

_BLOCK_PX = 512


@dataclass(frozen=True)
class Scene:
    """A photograph of `river`, whose layout `seed` draws, with exact labels.

    Nothing is held: windows are made when asked for, from blocks of which only the latest are kept.
    """

    river: River
    seed: int
    height_px: int
    width_px: int
    cover: Cover = field(default_factory=Cover)

    def __post_init__(self) -> None:
        """Check the size."""
        if self.height_px < 1 or self.width_px < 1:
            msg = f"scene of {self.height_px} x {self.width_px} px is empty: ask for 1 px or more"
            raise InputError(msg)

    def window(self, row: int, col: int, height_px: int, width_px: int) -> tuple[Bytes, Bytes]:
        """Return the photograph, uint8 (3, row, col), and the class codes, uint8 (row, col).

        Any window equals the same part of the whole scene, byte for byte.

        Raises
        ------
        InputError
            If the window is empty or reaches beyond the scene.

        Examples
        --------
        >>> image, codes = Scene(River.from_name("Alder"), 1, 600, 400).window(500, 0, 100, 50)
        >>> image.shape, codes.shape
        ((3, 100, 50), (100, 50))
        """
        window = Area(row, col, height_px, width_px)
        self._check(window)
        image = np.empty((3, height_px, width_px), np.uint8)
        codes = np.empty((height_px, width_px), np.uint8)
        for down in range(row // _BLOCK_PX, (row + height_px - 1) // _BLOCK_PX + 1):
            for right in range(col // _BLOCK_PX, (col + width_px - 1) // _BLOCK_PX + 1):
                block = Area(down * _BLOCK_PX, right * _BLOCK_PX, _BLOCK_PX, _BLOCK_PX)
                part = _overlap(window, block)
                pixels, labels = _block(self, down, right)
                here, there = part.inside(window), part.inside(block)
                image[:, *here] = pixels[:, *there]
                codes[here] = labels[there]
        return image, codes

    def _check(self, window: Area) -> None:
        beyond = (
            window.row + window.height_px > self.height_px
            or window.col + window.width_px > self.width_px
        )
        if min(window.row, window.col) < 0 or min(window.shape) < 1 or beyond:
            msg = (
                f"window of {window.height_px} x {window.width_px} px at row {window.row}, column "
                f"{window.col} is not in the scene of {self.height_px} x {self.width_px} px"
            )
            raise InputError(msg)

    @cached_property
    def layout(self) -> Layout:
        """Where channel, road, forest and meadow lie."""
        seed = subseed(self.seed, self.river.name)
        rng = np.random.default_rng(seed)
        channel = _channel(self, seed, rng)
        wants_road = bool(rng.random() < 0.5) if self.cover.road is None else self.cover.road
        road = _road(self, channel, seed, rng) if wants_road else None
        return Layout(seed, self.cover, channel, road)


def _channel(scene: Scene, seed: int, rng: np.random.Generator) -> Channel:
    river = scene.river
    width_px = river.channel_px * float(rng.uniform(0.85, 1.15))
    wavelength_px = width_px * float(rng.uniform(6.0, 9.0))
    return Channel(
        seed=seed,
        x=scene.width_px * float(rng.uniform(0.4, 0.6)),
        y=scene.height_px * float(rng.uniform(0.4, 0.6)),
        bearing=float(rng.uniform(0.0, 2.0 * math.pi)),
        width_px=width_px,
        wavelength_px=wavelength_px,
        amplitude_px=river.sinuosity * wavelength_px / (2.0 * math.pi),
        bars=scene.cover.bars - 0.5,
    )


def _road(scene: Scene, channel: Channel, seed: int, rng: np.random.Generator) -> Road:
    """Return a road beside the river, or across it where there is no room beside it."""
    width_px = float(rng.uniform(95.0, 125.0))
    away_px = channel.width_px * 0.5 + float(rng.uniform(130.0, 230.0))
    crosses = rng.random() < 0.35 or away_px + width_px > 0.5 * min(scene.height_px, scene.width_px)
    side = 1.0 if rng.random() < 0.5 else -1.0
    turn = math.pi / 2.0 + float(rng.uniform(-0.4, 0.4)) if crosses else 0.0
    shift = 0.0 if crosses else side * away_px
    return Road(
        seed=seed,
        x=channel.x - math.sin(channel.bearing) * shift,
        y=channel.y + math.cos(channel.bearing) * shift,
        bearing=channel.bearing + turn,
        width_px=width_px,
        sway_px=float(rng.uniform(-160.0, 160.0)),
        centre_line=bool(rng.random() < 0.75),
    )


def _overlap(one: Area, other: Area) -> Area:
    row, col = max(one.row, other.row), max(one.col, other.col)
    bottom = min(one.row + one.height_px, other.row + other.height_px)
    right = min(one.col + one.width_px, other.col + other.width_px)
    return Area(row, col, bottom - row, right - col)


# Enough for one row of blocks of a scene 40,000 px wide: about 100 MB at most.
@lru_cache(maxsize=96)
def _block(scene: Scene, down: int, right: int) -> tuple[Bytes, Bytes]:
    """Return image and codes of one block, always made whole, so that windows cannot differ."""
    area = Area(down * _BLOCK_PX, right * _BLOCK_PX, _BLOCK_PX, _BLOCK_PX)
    image, codes = render(scene.river, scene.layout, area)
    image = np.ascontiguousarray(image)
    codes = codes.copy()
    image.flags.writeable = codes.flags.writeable = False
    return image, codes
