"""Opening an image: what its bands are for, what is no data in it, how large its pixels are."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError

from riverscape.errors import InputError
from riverscape.imagery.gdal import environment, in_words
from riverscape.imagery.ground import gsd_m
from riverscape.imagery.ground_control import GroundControl
from riverscape.imagery.quiet import quiet
from riverscape.imagery.raster import Raster
from riverscape.imagery.settings import ImageSettings
from riverscape.imagery.sources import Source, answers, as_source, is_far
from riverscape.imagery.validity import Validity

__all__ = ["open_raster"]

logger = logging.getLogger(__name__)

_UPRIGHT = ("", "1", "TOP_LEFT")
_NOT_THERE = "is not there; check the address"
_OUT_OF_REACH = "cannot be reached; check address and network"
# What GDAL says of an address, and what to do.
_HINTS = {
    r"40[13]\b|denied|forbidden|_NO_SIGN_REQUEST|None\.blob": (
        "may not be read without credentials: set them in the environment (AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_CONNECTION_STRING), "
        "or AWS_NO_SIGN_REQUEST=YES, GS_NO_SIGN_REQUEST=YES for what is public"
    ),
    r"\b404\b|NoSuch|does not exist|no such file": _NOT_THERE,
    r"CURL error|HTTP response code|timed out": _OUT_OF_REACH,
}


@contextmanager
def open_raster(
    source: Source,
    settings: ImageSettings = ImageSettings(),  # noqa: B008 -- frozen
) -> Iterator[Raster]:
    """Open an image: a file, or any address that GDAL reads from.

    Of the settings, nodata value and ground sample distance are those of the raster; which bands
    and what range of values are for the model to take.

    Raises
    ------
    InputError
        If the image is missing, out of reach, or none that can be read.
    """
    source = as_source(source)
    if isinstance(source, Path) and not source.is_file():
        message = f"{source} does not exist" if not source.exists() else f"{source} is not a file"
        raise InputError(message)
    with _opened(source) as file:
        # Once for each image, however often it is opened.
        _warn_if_turned(source, file.tags().get("EXIF_Orientation", "").strip())
        yield _as_raster(source, file, settings)


def _opened(source: Source) -> Any:  # noqa: ANN401
    try:
        with quiet(), environment(is_far(source)):
            return rasterio.open(source)
    except RasterioError as error:
        said = in_words(error)
        if isinstance(source, str):
            # GDAL remembers that an address gave nothing, not why, and says so when asked again.
            if "does not exist in the file system" in said and not answers(source):
                message = f"{source} {_OUT_OF_REACH}"
                raise InputError(message) from error
            for pattern, hint in _HINTS.items():
                if re.search(pattern, said, re.IGNORECASE):
                    message = f"{source} {hint} ({said})"
                    raise InputError(message) from error
        message = f"{source} is not an image that can be read: {said}"
        raise InputError(message) from error


def _as_raster(source: Source, file: Any, settings: ImageSettings) -> Raster:  # noqa: ANN401
    roles = dict(zip(file.indexes, file.colorinterp, strict=True))
    bands = tuple(band for band in file.indexes if roles[band] != ColorInterp.alpha)
    if not bands:
        message = f"{source} has no band but alpha"
        raise InputError(message)
    shape = file.height, file.width
    return Raster(
        path=source,
        height_px=file.height,
        width_px=file.width,
        bands=bands,
        band_names=tuple(file.descriptions[band - 1] or f"band {band}" for band in bands),
        dtype=np.result_type(*(file.dtypes[band - 1] for band in bands)).name,
        transform=file.transform,
        crs=file.crs,
        gsd_m=settings.gsd_m or gsd_m(file.crs, file.transform, shape),
        control=GroundControl.of(file),
        block_shape=file.block_shapes[bands[0] - 1],
        _validity=_validity(file, bands, settings),
        _is_far=is_far(source, file.files),
        _file=file,
    )


def _validity(file: Any, bands: tuple[int, ...], settings: ImageSettings) -> Validity:  # noqa: ANN401
    alphas = [band for band in file.indexes if file.colorinterp[band - 1] == ColorInterp.alpha]
    # GDAL says "per dataset" of a mask of the file's own and of an alpha band alike.
    flags = file.mask_flag_enums[bands[0] - 1]
    nodata = tuple(file.nodatavals[band - 1] for band in bands)
    if settings.nodata is not None:
        nodata = (float(settings.nodata),) * len(bands)
    return Validity(
        alpha=alphas[0] if alphas else None,
        masked=MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags,
        nodata=nodata,
    )


@cache
def _warn_if_turned(source: Source, orientation: str) -> None:
    if orientation not in _UPRIGHT:
        logger.warning(
            "%s carries EXIF orientation %s, which is not applied: rows and columns of the map "
            "are those of the file",
            source,
            orientation,
        )
