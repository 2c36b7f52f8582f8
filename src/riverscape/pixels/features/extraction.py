"""All that phase 2 sees of an image, feature by feature."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.bands import Bands
from riverscape.pixels.features.names import parse_features
from riverscape.pixels.features.window import Image, measured
from riverscape.pixels.levels import eight_bit

__all__ = ["extract_features"]


def extract_features(
    pixels: NDArray[Any],
    names: Sequence[str],
    band_names: Sequence[str] = (),
    threads: int = 1,
    valid: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Return the features of an image one after the other, (feature_band, row, col), 0..255.

    An image of more than 8 bits is put into at most 256 levels a band first (see `Levels`); only
    "nd" is taken of the values themselves. The number of threads does not change the result.

    Parameters
    ----------
    pixels
        The image, (band, row, col), of any dtype.
    names
        Features, as `parse_features` takes them.
    band_names
        One for each band; "band 1" and so on without them.
    valid
        Which pixels the levels are learned from, (row, col); all without it.

    Raises
    ------
    SettingsError
        If a name or radius is wrong, or a band is named that the image lacks.
    InputError
        If the image has too few bands for a feature, or holds complex numbers.

    Examples
    --------
    >>> pixels = np.array([[[3000, 1000]], [[1000, 1000]]], np.uint16)
    >>> extract_features(pixels, ["bands", "nd:1:2"])[:, 0].tolist()
    [[1, 0], [0, 0], [191, 128]]
    """
    features = parse_features(names)
    pixels = np.ascontiguousarray(pixels)
    levels = eight_bit(pixels, valid, threads)
    if features == (Bands(),):
        return levels
    names_of_bands = band_names or [f"band {number}" for number in range(1, len(pixels) + 1)]
    return measured(features, Image(pixels, levels, names_of_bands), threads)
