"""All that phase 2 sees of an image, feature by feature."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.features.bands import Bands
from riverscape.pixels.features.names import parse_features
from riverscape.pixels.features.window import Image, measured

__all__ = ["extract_features", "features_halo_px", "features_see_raw"]


def extract_features(
    levels: NDArray[np.uint8],
    names: Sequence[str],
    band_names: Sequence[str] = (),
    threads: int = 1,
    raw: NDArray[Any] | None = None,
) -> NDArray[np.uint8]:
    """Return the features of an image one after the other, (feature_band, row, col), 0..255.

    The number of threads does not change the result.

    Parameters
    ----------
    levels
        The image in the model's 8 bits, (band, row, col).
    names
        Features, as `parse_features` takes them.
    band_names
        One for each band; "band 1" and so on without them.
    raw
        Bands as the file holds them, of any dtype, (band, row, col), which "nd" is taken of; the
        levels without it.

    Raises
    ------
    SettingsError
        If a name or radius is wrong, or a band is named that the image lacks.
    InputError
        If the image has too few bands for a feature.

    Examples
    --------
    >>> raw = np.array([[[3000, 1000]], [[1000, 1000]]], np.uint16)
    >>> levels = np.array([[[75, 25]], [[25, 25]]], np.uint8)
    >>> extract_features(levels, ["bands", "nd:1:2"], raw=raw)[:, 0].tolist()
    [[75, 25], [25, 25], [191, 128]]
    """
    features = parse_features(names)
    levels = np.ascontiguousarray(levels)
    if features == (Bands(),):
        return levels
    names_of_bands = band_names or [f"band {number}" for number in range(1, len(levels) + 1)]
    image = Image(levels if raw is None else raw, levels, names_of_bands)
    return measured(features, image, threads)


def features_halo_px(names: Sequence[str]) -> int:
    """Return how far around a pixel the features of those names look.

    Examples
    --------
    >>> features_halo_px(["bands"]), features_halo_px(["median:2", "texture"])
    (0, 10)
    """
    return max(feature.halo_px for feature in parse_features(names))


def features_see_raw(names: Sequence[str]) -> bool:
    """Return whether any of the features of those names looks at the bands as the file holds them.

    Examples
    --------
    >>> features_see_raw(["median:2"]), features_see_raw(["median:2", "nd:nir:red"])
    (False, True)
    """
    return any(feature.sees_raw for feature in parse_features(names))
