"""Labels as class codes of the same rows and columns as their image."""

import math
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Window, open_raster
from riverscape.labels.polygon_labels import PolygonLabels
from riverscape.labels.scheme import ClassScheme

__all__ = ["check_label_size", "read_labels"]


def read_labels(
    labels: Path | PolygonLabels,
    scheme: ClassScheme,
    shape: tuple[int, int] | None = None,
    window: Window | None = None,
) -> NDArray[np.uint8]:
    """Return the class codes of a label raster, or of polygons, as (row, col); 0 is unlabelled.

    Rasters stored as float are fine as long as every code is whole. The raster's nodata value
    and masked pixels count as unlabelled.

    Parameters
    ----------
    shape
        Rows and columns that the raster must have, where its image is known.
    window
        The part to read; all of it without one.

    Raises
    ------
    InputError
        If the file cannot be read, has another size or several bands, or holds codes that are
        fractional or outside the classes. Of polygons: as `PolygonLabels.read`.
    """
    if isinstance(labels, PolygonLabels):
        return labels.read(scheme, window)
    path = labels
    with open_raster(path) as raster:
        if shape is not None:
            check_label_size(raster, shape)
        if raster.band_count != 1:
            message = f"{path} has {raster.band_count} bands; a raster of class codes has one"
            raise InputError(message)
        (values,), valid = raster.read_with_valid(window)
        (nodata,) = raster.nodata
    with np.errstate(invalid="ignore"):
        codes = np.where(valid, values, 0).astype(np.uint8)
    known = np.zeros(256, bool)
    known[[0, *scheme.codes]] = True
    # What is no number is no code either, unless that is how the file marks what has none.
    stray = ~np.isfinite(values)
    if nodata is not None and not math.isfinite(nodata):
        stray &= ~(np.isnan(values) if math.isnan(nodata) else values == nodata)
    wrong = (valid | stray) & ((codes != values) | ~known[codes])
    if wrong.any():
        _refuse_unknown(path, list(np.unique(values[wrong])), scheme)
    return codes


def check_label_size(raster: Raster, shape: tuple[int, int]) -> None:
    """Check that a label raster has the rows and columns of its image.

    Raises
    ------
    InputError
        If it has not.
    """
    if raster.shape != shape:
        message = (
            f"{raster.path} has {_size(raster.shape)} px, its image has {_size(shape)} px; "
            "a label raster has the rows and columns of its image"
        )
        raise InputError(message)


def _refuse_unknown(path: Path, unknown: list[float], scheme: ClassScheme) -> NoReturn:
    fractional = [value for value in unknown if not float(value).is_integer()]
    if fractional:
        message = (
            f"{path} holds the code {fractional[0]:g}, which is not a whole number; "
            "was it resampled other than by nearest neighbour?"
        )
        raise InputError(message)
    shown = ", ".join(f"{value:g}" for value in unknown[:5])
    shown += ", ..." if len(unknown) > 5 else ""
    known = ", ".join(f"{cover.code} {cover.name}" for cover in scheme)
    message = f"{path} holds codes outside the classes: {shown} (known: 0 unlabelled, {known})"
    raise InputError(message)


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[1]} x {shape[0]}"
