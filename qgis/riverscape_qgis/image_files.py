# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster layer as a file that the worker reads, with all that the layer's own settings say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osgeo import gdal
from qgis.core import (
    QgsRasterBlockFeedback,
    QgsRasterFileWriter,
    QgsRasterPipe,
    QgsRectangle,
)

from .area import mask_outside, pixel_window, place_within
from .layers import LayerError, RasterLook
from .translation import tr
from .worker import WorkerCanceled

__all__ = ["ImageFile", "as_file", "check_area", "onto_grid"]

_MOST_WEB_PX = 400_000_000


@dataclass(frozen=True)
class ImageFile:
    """A file, and the options that say how the layer's settings want it read."""

    path: Path
    words: tuple[str, ...] = ()


def check_area(look: RasterLook, area: Any, pixel_size: float) -> None:
    """Check that the area lies in a layer, and that one that is no file says what to export.

    Raises
    ------
    LayerError
        If it does not.
    """
    if look.is_gdal or look.is_sized:
        file = gdal.Open(look.source) if look.is_gdal and area is not None else None
        if file is not None:
            pixel_window(file, area, look.name)
        return
    if area is None:
        message = tr(
            "layer {0} is a map from the web, which has no end: give the extent to work on, or a "
            "polygon layer"
        )
        raise LayerError(message.format(look.name))
    if pixel_size <= 0:
        message = tr(
            "layer {0} is a map from the web: give the side of a pixel to fetch it with, in the "
            "units of its CRS ({1}), under the advanced parameters"
        )
        raise LayerError(message.format(look.name, look.crs.authid()))
    box = area.boundingBox()
    if box.width() * box.height() / pixel_size**2 > _MOST_WEB_PX:
        message = tr(
            "{0:,.0f} pixels of {1} are too many to fetch from the web: choose a smaller extent "
            "or larger pixels"
        )
        count = box.width() * box.height() / pixel_size**2
        raise LayerError(message.format(count, look.name))


def as_file(
    look: RasterLook, area: Any, pixel_size: float, folder: Path, feedback: Any, context: Any
) -> ImageFile:
    """Return a layer as a file: its own where it says all, else a small virtual one, or an export.

    Parameters
    ----------
    area
        The part that is asked for, in the layer's CRS; None for all of it.
    pixel_size
        Of maps from the web, in the units of the layer's CRS.
    folder
        Where files may be made, for as long as the worker runs.

    Raises
    ------
    LayerError
        If the layer cannot be exported or the area is not in it.
    WorkerCanceled
        If the user cancelled meanwhile.
    """
    check_area(look, area, pixel_size)
    words: list[str] = []
    if look.nodata is not None:
        words += [f"--nodata={look.nodata:.17g}"]
    if look.is_as_in_file and area is None:
        return ImageFile(look.path or Path(look.source), tuple(words))
    name = _file_name(look)
    source = look.source
    if not look.is_gdal:
        source = str(folder / f"{name}_export.tif")
        _export(look, area, pixel_size, Path(source), feedback, context)
    path = folder / f"{name}.vrt"
    place = _write_vrt(look, source, area, path)
    if area is not None and not _is_box(area):
        mask_outside(path, area, place)
    return ImageFile(path, tuple(words))


def onto_grid(labels: Path, grid: Path, folder: Path) -> Path:
    """Return a label raster on the rows and columns of an image, each pixel the nearest label.

    A raster that has these rows and columns already is returned as it is.
    """
    theirs, ours = gdal.Open(str(labels)), gdal.Open(str(grid))
    place, wanted = (file.GetGeoTransform(can_return_null=True) for file in (theirs, ours))
    size = ours.RasterXSize, ours.RasterYSize
    same_size = (theirs.RasterXSize, theirs.RasterYSize) == size
    if place is None or wanted is None or (same_size and _alike(place, wanted)):
        return labels
    path = folder / f"{labels.stem}_on_grid.tif"
    made = gdal.GetDriverByName("GTiff").Create(
        str(path), *size, 1, gdal.GDT_Byte, ["COMPRESS=DEFLATE", "TILED=YES", "BIGTIFF=IF_SAFER"]
    )
    made.SetGeoTransform(wanted)
    made.SetProjection(ours.GetProjection())
    gdal.Warp(made, theirs, resampleAlg="near")
    made.FlushCache()
    return path


def _alike(place: tuple[float, ...], other: tuple[float, ...]) -> bool:
    side = max(map(abs, (other[1], other[2], other[4], other[5])))
    return all(abs(one - two) < 1e-3 * side for one, two in zip(place, other))


def _file_name(look: RasterLook) -> str:
    """Return a file name that is like the layer's."""
    return re.sub(r"\W+", "_", look.path.stem if look.path else look.name).strip("_") or "image"


def _is_box(area: Any) -> bool:
    return bool(area.isGeosEqual(area.__class__.fromRect(area.boundingBox())))


def _write_vrt(look: RasterLook, source: str, area: Any, path: Path) -> tuple[float, ...]:
    """Write a file that points to the pixels of another; return where it lies."""
    file = gdal.Open(source)
    if file is None:
        raise LayerError(tr("layer {0} cannot be read by GDAL: {1}").format(look.name, source))
    options: dict[str, Any] = {"format": "VRT"}
    if area is not None:
        options["srcWin"] = pixel_window(file, area, look.name)
    place = place_within(file, *options.get("srcWin", (0, 0))[:2])
    if look.nodata_off:
        options["noData"] = "none"
    if look.crs_changed:
        options["outputSRS"] = look.crs.toWkt()
    made = gdal.Translate(str(path), file, **options)
    if made is None:
        message = tr("layer {0} cannot be read by GDAL: {1}")
        raise LayerError(message.format(look.name, gdal.GetLastErrorMsg() or source))
    made.FlushCache()
    return place


def _export(
    look: RasterLook, area: Any, pixel_size: float, path: Path, feedback: Any, context: Any
) -> None:
    """Write the pixels of a layer that is no file, of the area alone."""
    feedback.setProgressText(tr("Fetching {0}").format(look.name))
    if look.is_sized:
        extent, columns, rows = look.extent, look.columns, look.rows
    else:
        box = area.boundingBox()
        columns = max(1, round(box.width() / pixel_size))
        rows = max(1, round(box.height() / pixel_size))
        extent = QgsRectangle(
            box.xMinimum(), box.yMaximum() - rows * pixel_size,
            box.xMinimum() + columns * pixel_size, box.yMaximum(),
        )  # fmt: skip
    provider = look.provider.clone()
    pipe = QgsRasterPipe()
    if not pipe.set(provider):
        raise LayerError(tr("layer {0} cannot be exported").format(look.name))
    writer = QgsRasterFileWriter(str(path))
    writer.setOutputFormat("GTiff")
    writer.setCreateOptions(["COMPRESS=DEFLATE", "TILED=YES", "BIGTIFF=IF_SAFER"])
    watch = QgsRasterBlockFeedback()
    feedback.canceled.connect(watch.cancel)
    status = writer.writeRaster(
        pipe, columns, rows, extent, look.crs, context.transformContext(), watch
    )
    if feedback.isCanceled():
        raise WorkerCanceled(tr("cancelled"))
    if status != QgsRasterFileWriter.NoError:
        message = tr("layer {0} cannot be exported: is the server still there, is the disk full?")
        raise LayerError(message.format(look.name))
