"""What the pixels of a survey's images are, and how they become levels."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Source, Window, filled, open_raster
from riverscape.imagery.settings import ImageSettings
from riverscape.tiles.band_choice import called, check_pixel_type, model_bands, named_bands
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.gsd import GSD_FACTOR, gsd_in_words, gsd_ratio, median_gsd
from riverscape.tiles.levels import levels_between
from riverscape.tiles.value_range import measured_range

__all__ = ["SurveyPixels"]

logger = logging.getLogger(__name__)

_MAX_BANDS = 16


@dataclass(frozen=True)
class SurveyPixels:
    """What the pixels of a survey's images are, and how they become levels.

    Attributes
    ----------
    bands
        Names of the bands, in the order in which the network sees them.
    dtype
        Type of the pixels.
    low, high
        Per band: the pixel values that are the levels 0 and 255; None where the pixels are the
        levels, or where both are still to be measured.
    gsd_m
        Median ground sample distance of the images where it is known.
    settings
        How the images are read.
    measured
        How `low` and `high` were measured, where they were.
    """

    bands: tuple[str, ...]
    dtype: str = "uint8"
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    gsd_m: float | None = None
    settings: ImageSettings = field(default_factory=ImageSettings)
    measured: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, images: Sequence[Source], settings: ImageSettings, base: ModelContract | None = None
    ) -> Self:
        """Look at the images of a survey: their bands, their type of pixel, their scale.

        The first image says which bands there are and what they are called; the others have
        them by name, or else in the same order.

        Parameters
        ----------
        base
            A model to go on from: where its images had the same bands and type of pixel, what
            stands for black and white stays as it was.

        Raises
        ------
        InputError
            If the images do not fit each other, or have more bands than a network takes.
        """
        found: Self | None = None
        distances: dict[Source, float | None] = {}
        for image in images:
            with open_raster(image, settings) as raster:
                if found is None:
                    found = cls._of_first(raster, settings)
                found._check(raster)
                distances[image] = raster.gsd_m
        if found is None:
            return cls(())
        _warn_of_unlike(distances)
        return replace(found._stated(base), gsd_m=median_gsd(list(distances.values())))

    @contextmanager
    def open(self, image: Source) -> Iterator[Raster]:
        """Open an image of the survey, with the bands that the network sees.

        Raises
        ------
        InputError
            If it cannot be read or does not fit the others.
        """
        with open_raster(image, self.settings) as raster:
            yield self._chosen(raster)

    def with_levels(self, images: Sequence[Source], threads: int = 1) -> Self:
        """Measure what stands for black and white, where that is needed and not stated.

        Raises
        ------
        InputError
            If an image cannot be read, or none holds a valid pixel.
        """
        if self.dtype == "uint8" or self.low is not None:
            return self
        low, high, facts = measured_range(images, self.open, threads)
        return replace(self, low=low, high=high, measured=facts)

    def stated(self) -> dict[str, Any]:
        """Return, as JSON has it, what the levels depend on beside the images themselves."""
        asked = self.settings.model_dump(mode="json", include={"bands", "nodata"})
        return {
            "names": list(self.bands),
            "dtype": self.dtype,
            "low": self.low and list(self.low),
            "high": self.high and list(self.high),
            **asked,
        }

    def levels_as_measured(self) -> dict[str, Any]:
        """Return, as JSON has it, the values for black and white, and how they were measured."""
        return {"low": self.low, "high": self.high, "measured": self.measured}

    def with_measured(self, levels: dict[str, Any]) -> Self:
        """Return it with the values for black and white of `levels_as_measured`."""
        low, high = (
            None if levels[end] is None else tuple(map(float, levels[end]))
            for end in ("low", "high")
        )
        return replace(self, low=low, high=high, measured=dict(levels["measured"]))

    def read(
        self, raster: Raster, window: Window, reach_px: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return the levels of a window (band, row, col), and where they are valid (row, col).

        Pixels that hold no data take the nearest valid level within `reach_px`, wherever the
        window ends.
        """
        around = window.grown(reach_px, raster.shape)
        pixels, valid = raster.read_with_valid(around)
        levels = filled(self._levels(pixels), valid, reach_px)
        own = window.within(around)
        return levels[:, *own], valid[own]

    def _levels(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        if self.low is None or self.high is None:
            return np.asarray(pixels, np.uint8)
        return levels_between(pixels, self.low, self.high)

    @classmethod
    def _of_first(cls, raster: Raster, settings: ImageSettings) -> Self:
        chosen = named_bands(raster, settings.bands) if settings.bands else raster
        if chosen.band_count > _MAX_BANDS:
            message = (
                f"{raster.path} has {chosen.band_count} bands; a network takes 1 to {_MAX_BANDS}, "
                "which --bands names"
            )
            raise InputError(message)
        check_pixel_type(chosen)
        return cls(called(chosen), chosen.dtype, settings=settings)

    def _chosen(self, raster: Raster) -> Raster:
        whose = "the images before it have"
        given = self.settings.bands
        return model_bands(raster, self.bands, given, whose, "leave the image out")

    def _check(self, raster: Raster) -> None:
        chosen = self._chosen(raster)
        if chosen.dtype != self.dtype:
            message = (
                f"{raster.path} holds {chosen.dtype} pixels, the images before it {self.dtype}; "
                "the images of a survey have one type of pixel"
            )
            raise InputError(message)

    def _stated(self, base: ModelContract | None) -> Self:
        """Return it with the values for black and white that need not be measured."""
        if self.settings.value_range is not None:
            low, high = self.settings.value_range
            return replace(self, low=(low,) * len(self.bands), high=(high,) * len(self.bands))
        if base is None or base.low is None or base.high is None:
            return self
        known = {
            name.lower(): ends for name, *ends in zip(base.bands, base.low, base.high, strict=True)
        }
        if base.dtype != self.dtype or known.keys() != {name.lower() for name in self.bands}:
            return self
        ends = [known[name.lower()] for name in self.bands]
        return replace(self, low=tuple(end[0] for end in ends), high=tuple(end[1] for end in ends))


def _warn_of_unlike(distances: dict[Source, float | None]) -> None:
    """Warn where one image's pixels are much larger than another's."""
    known = {image: gsd_m for image, gsd_m in distances.items() if gsd_m is not None}
    if not known:
        return
    fine, coarse = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    if gsd_ratio(known[fine], known[coarse]) > GSD_FACTOR:
        logger.warning(
            "the pixels of %s are %s wide, those of %s %s: a model learns one size of pixel best",
            fine,
            gsd_in_words(known[fine]),
            coarse,
            gsd_in_words(known[coarse]),
        )
