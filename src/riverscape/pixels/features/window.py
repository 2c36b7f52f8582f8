"""The interface of all features: rows of an image in, levels of each of its pixels out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_parts, strips
from riverscape.imagery.strips import STRIP_PX

__all__ = ["Feature", "Image", "Neighbourhood", "Window", "measured"]


@dataclass(frozen=True, eq=False)
class Window:
    """Rows of an image, with the rows around them that a feature needs.

    Where the rows around are fewer than a feature's halo, the image ends there.

    Attributes
    ----------
    raw
        Bands as the file holds them, of any dtype, (band, row, col).
    levels
        The same in at most 256 levels, (band, row, col).
    band_names
        One for each band.
    inner
        Which of the rows are asked for; the others are there for their sake.
    """

    raw: NDArray[Any]
    levels: NDArray[np.uint8]
    band_names: Sequence[str]
    inner: slice = field(default_factory=lambda: slice(None))


@dataclass(frozen=True, eq=False)
class Image:
    """A whole image; its attributes are those of `Window`.

    Examples
    --------
    >>> pixels = np.zeros((1, 300, 4), np.uint8)
    >>> image = Image(pixels, pixels, ["grey"])
    >>> window = image.window(strips(300, strip_px=128, halo_px=5)[1])
    >>> window.levels.shape, window.levels[:, window.inner].shape
    ((1, 138, 4), (1, 128, 4))
    """

    raw: NDArray[Any]
    levels: NDArray[np.uint8]
    band_names: Sequence[str]

    def window(self, strip: Strip) -> Window:
        """Return a strip's rows and those of its halo."""
        return Window(
            self.raw[:, strip.halo], self.levels[:, strip.halo], self.band_names, strip.inner
        )


class Feature(ABC):
    """Something to see of a pixel and of what is around it.

    The law of all features: what it measures of a window with its halo is what it measures of
    those rows in the whole image, to the byte.
    """

    @property
    @abstractmethod
    def halo_px(self) -> int:
        """Rows that it needs above and below the rows asked for."""

    @abstractmethod
    def bands(self, band_names: Sequence[str]) -> int:
        """Return how many feature bands it gives of an image with these bands.

        Raises
        ------
        InputError
            If the image has too few bands.
        SettingsError
            If the feature names a band that is not there.
        """

    @abstractmethod
    def measure(self, window: Window) -> NDArray[np.uint8]:
        """Return the levels 0..255 of the window's inner rows, (feature_band, row, col)."""

    @property
    def sees_raw(self) -> bool:
        """Whether it looks at the bands as the file holds them, not at their levels."""
        return False

    def strip_px(self, width_px: int) -> int:  # noqa: ARG002
        """Return how many rows of an image of that width are best measured at a time."""
        # Of a wide halo no more than half as many rows again are measured and thrown away.
        return max(STRIP_PX, 4 * self.halo_px)


@dataclass(frozen=True)
class Neighbourhood(Feature):
    """A feature of the pixels around each pixel, band by band.

    Attributes
    ----------
    radius_px
        How far around.
    """

    radius_px: int

    @property
    def halo_px(self) -> int:
        """The radius."""
        return self.radius_px

    def bands(self, band_names: Sequence[str]) -> int:
        """Return the number of bands."""
        return len(band_names)


def measured(features: Sequence[Feature], image: Image, threads: int = 1) -> NDArray[np.uint8]:
    """Return all that the features measure, one after the other, (feature_band, row, col).

    Raises
    ------
    InputError
        If the image has too few bands for a feature.
    SettingsError
        If a feature names a band that is not there.
    """
    height_px, width_px = image.levels.shape[1:]
    parts: list[tuple[Feature, slice, Strip]] = []
    bands = 0
    for feature in features:
        places = slice(bands, bands + feature.bands(image.band_names))
        cut = strips(height_px, feature.strip_px(width_px), feature.halo_px)
        parts += [(feature, places, strip) for strip in cut]
        bands = places.stop
    result = np.empty((bands, height_px, width_px), np.uint8)

    def measure_part(part: tuple[Feature, slice, Strip]) -> None:
        feature, places, strip = part
        result[places, strip.rows] = feature.measure(image.window(strip))

    map_parts(measure_part, parts, threads)
    return result
