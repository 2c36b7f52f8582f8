"""Rasters of percentages beside a class map: confidence, probabilities, uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from riverscape.imagery import GroundControl
from riverscape.maps.geotiff import GeoTiff, write_geotiff

__all__ = ["PercentMap", "percent_geotiff"]

_WHOLE = 100
_NO_DATA = 255


@dataclass(frozen=True, eq=False)
class PercentMap:
    """Percentages (band, row, col) with their place on Earth and what each band means.

    Attributes
    ----------
    bands
        Whole percentages 0..100; 255 is nodata.
    names
        What each band means.

    Raises
    ------
    ValueError
        If the bands are not uint8 (band, row, col), hold anything but 0..100 and 255, or are not
        as many as the names.

    Examples
    --------
    >>> sure = np.array([[[97, 255], [64, 100]]], np.uint8)
    >>> PercentMap(sure, ["confidence, per cent"]).bands.shape
    (1, 2, 2)
    >>> PercentMap(sure, ["water", "land"])
    Traceback (most recent call last):
        ...
    ValueError: 2 names do not fit 1 band(s)
    """

    bands: NDArray[np.uint8]
    names: Sequence[str]
    transform: Any = field(default_factory=rasterio.Affine.identity)
    crs: Any = None

    def __post_init__(self) -> None:
        if self.bands.ndim != 3 or self.bands.dtype != np.uint8:
            message = f"bands are uint8 (band, row, col), not {self.bands.dtype} {self.bands.shape}"
            raise ValueError(message)
        if len(self.names) != len(self.bands):
            message = f"{len(self.names)} names do not fit {len(self.bands)} band(s)"
            raise ValueError(message)
        if ((self.bands > _WHOLE) & (self.bands != _NO_DATA)).any():
            message = f"percentages are 0..{_WHOLE}, or {_NO_DATA} for no data"
            raise ValueError(message)

    def save(self, path: Path | str) -> Path:
        """Write a GeoTIFF with named bands, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        path = Path(path)
        height_px, width_px = self.bands.shape[1:]
        kind = percent_geotiff((height_px, width_px), self.names, self.transform, self.crs)
        write_geotiff(path, kind, self.bands)
        return path


def percent_geotiff(
    shape: tuple[int, int],
    names: Sequence[str],
    transform: Any,  # noqa: ANN401
    crs: Any,  # noqa: ANN401
    control: GroundControl | None = None,
) -> GeoTiff:
    """Return what the GeoTIFF of percentages is to be."""
    control = control or GroundControl()
    return GeoTiff(shape, names, _NO_DATA, transform, crs, control=control)
