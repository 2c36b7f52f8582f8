"""A window of an image as phase 2 sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.pixels.features import extract_features
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.spectra import Spectra

__all__ = ["View"]


@dataclass(frozen=True, eq=False)
class View:
    """The pixels of a window and of what is around it.

    What is found of the window is what is found of it in the whole image, to the byte, as long as
    `place` reaches as far around it as is looked.

    Attributes
    ----------
    window
        The window, in the image.
    place
        The window with what is around it, in the image: what all arrays hold.
    levels
        Pixels in the model's 8 bits, (band, row, col); invalid ones near valid ones are filled.
    valid
        Where the image holds data, (row, col).
    raw
        Pixels as the file holds them, (band, row, col), for normalised differences.
    band_names
        One for each band.
    settings
        What phase 2 sees of them.
    threads
        Threads to work on.
    """

    window: Window
    place: Window
    levels: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    raw: NDArray[Any]
    band_names: Sequence[str]
    settings: PixelSettings
    threads: int = 1

    @classmethod
    def whole(
        cls,
        levels: NDArray[np.uint8],
        valid: NDArray[np.bool_],
        band_names: Sequence[str],
        settings: PixelSettings,
        threads: int = 1,
    ) -> Self:
        """Return the view of a whole image."""
        place = Window.whole((levels.shape[1], levels.shape[2]))
        return cls(place, place, levels, valid, levels, band_names, settings, threads)

    def part(self, window: Window, place: Window) -> Self:
        """Return the view of a part of the window; what is measured already is handed on."""
        if (window, place) == (self.window, self.place):
            return self
        inner = place.within(self.place)
        part = replace(
            self,
            window=window,
            place=place,
            levels=self.levels[:, *inner],
            valid=self.valid[inner],
            raw=self.raw[:, *inner],
        )
        known = self.__dict__
        if "features" in known:
            part.__dict__["features"] = self.features[:, *inner]
        if "spectra" in known:
            part.__dict__["spectra"] = self.spectra.cropped(inner)
        return part

    @property
    def inner(self) -> tuple[slice, slice]:
        """The window's rows and columns in the arrays."""
        return self.window.within(self.place)

    @property
    def inner_valid(self) -> NDArray[np.bool_]:
        """Where the window holds data, (row, col)."""
        return self.valid[self.inner]

    @cached_property
    def features(self) -> NDArray[np.uint8]:
        """What phase 2 sees of each pixel of the place, (feature_band, row, col)."""
        return extract_features(
            self.levels, self.settings.features, self.band_names, self.threads, self.raw
        )

    @cached_property
    def spectra(self) -> Spectra:
        """The distinct colours of the place."""
        return Spectra.of(self.features, self.settings.bits, self.threads, self.valid)

    @cached_property
    def window_spectra(self) -> Spectra:
        """The distinct colours of the valid pixels of the window alone.

        What features say of the outermost pixels of the place is not what they say of them in
        the whole image.
        """
        if self.place == self.window or "spectra" in self.__dict__:
            return self.spectra.cropped(self.inner)
        inner = self.features[:, *self.inner]
        return Spectra.of(inner, self.settings.bits, self.threads, self.inner_valid)

    @cached_property
    def guide(self) -> NDArray[np.uint8]:
        """Brightness, (row, col): where the image has edges. The mean of up to three bands."""
        sees_features = self.settings.classifier != "patch"
        bands = (self.features if sees_features else self.levels)[:3]
        total = bands[0].astype(np.uint16)
        for band in bands[1:]:
            total += band
        total //= len(bands)
        return np.asarray(total, np.uint8)
