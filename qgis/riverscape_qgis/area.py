# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of an image that is asked for: an extent, polygons, or where both are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from osgeo import gdal, ogr
from qgis.core import QgsGeometry, QgsRectangle

from .layers import LayerError
from .moving import bring
from .translation import tr

__all__ = ["area_of", "cut_labels", "mask_outside", "pixel_window", "place_within"]

# Edges that lie this near to those of a pixel are meant to be there.
_SNAP_PX = 1e-3
_UNPLACED = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)  # as QGIS shows an image without a place: y going down


def area_of(extent: Any, polygons: Any, crs: Any, transforms: Any) -> Any:
    """Return the geometry that is asked for, in the CRS of the image; None for all of it.

    Parameters
    ----------
    extent
        A QgsGeometry in the CRS of the image, or None.
    crs
        The image's; not valid where it has no place on Earth.
    polygons
        A feature source, of which all or the selected polygons count; or None.
    transforms
        The project's QgsCoordinateTransformContext.

    Raises
    ------
    LayerError
        If there is no polygon, or its place cannot be told.
    """
    mask = None if polygons is None else _union(polygons, crs, transforms)
    if mask is None:
        return extent
    both = mask if extent is None else mask.intersection(extent)
    if both.isEmpty():
        message = tr("the extent and the polygons of {0} do not meet: leave one of them out")
        raise LayerError(message.format(polygons.sourceName()))
    return both


def _union(source: Any, crs: Any, transforms: Any) -> Any:
    name = source.sourceName()
    theirs = source.sourceCrs()
    if crs.isValid() and not theirs.isValid():
        message = tr(
            "{0} has no coordinate system, so it cannot be laid over the image: set its CRS"
        )
        raise LayerError(message.format(name))
    shapes = [QgsGeometry(feature.geometry()) for feature in source.getFeatures()]
    shapes = [shape.makeValid() for shape in shapes if not shape.isEmpty()]
    if not shapes:
        raise LayerError(tr("{0} holds no polygon to mask by").format(name))
    union = QgsGeometry.unaryUnion(shapes)
    if crs.isValid() and theirs != crs:  # else they are drawn in the image's pixels
        bring(union, theirs, crs, transforms, name)
    return union


def pixel_window(file: Any, area: Any, name: str) -> tuple[int, int, int, int]:
    """Return first column, first row, columns and rows of the pixels that an area touches.

    Parameters
    ----------
    file
        The image as GDAL's dataset.

    Raises
    ------
    LayerError
        If the area lies outside the image, or the image has no pixels along straight lines.
    """
    if file.GetGCPCount() or file.GetMetadata("RPC"):
        message = tr(
            "{0} is placed by control points or a sensor model, so no part of it can be cut out: "
            "classify all of it, or warp it first (Raster › Projections › Warp)"
        )
        raise LayerError(message.format(name))
    inverse = gdal.InvGeoTransform(_place(file))
    points = [gdal.ApplyGeoTransform(inverse, at.x(), at.y()) for at in area.vertices()]
    left, right = _span([x for x, _ in points], file.RasterXSize)
    top, bottom = _span([y for _, y in points], file.RasterYSize)
    if left >= right or top >= bottom:
        message = tr("the extent or the polygons lie outside of {0}: nothing is left to work on")
        raise LayerError(message.format(name))
    return left, top, right - left, bottom - top


def _span(values: list[float], length: int) -> tuple[int, int]:
    first, last = math.floor(min(values) + _SNAP_PX), math.ceil(max(values) - _SNAP_PX)
    return max(0, first), min(length, last)


def _place(file: Any) -> tuple[float, ...]:
    return file.GetGeoTransform(can_return_null=True) or _UNPLACED


def place_within(file: Any, left: int, top: int) -> tuple[float, ...]:
    """Return where a part of an image lies that begins at a column and row of it.

    As GDAL's six numbers; an image without a place lies where QGIS shows it.
    """
    place = _place(file)
    x, y = gdal.ApplyGeoTransform(place, left, top)
    return (x, *place[1:3], y, *place[4:])


def mask_outside(vrt: Path, area: Any, place: tuple[float, ...]) -> None:
    """Let the image of a VRT hold no data outside of an area: where pixels have their centre.

    What has no data in the image itself has none in the VRT.

    Parameters
    ----------
    place
        Where the VRT lies, as GDAL's six numbers.
    """
    mask = vrt.with_name(f"{vrt.stem}_mask.tif")
    file = gdal.Open(str(vrt))
    _write_mask(file, mask, area, place)
    del file
    tree = Xml.parse(vrt)
    root = tree.getroot()
    for old in root.findall("MaskBand"):
        root.remove(old)
    band = Xml.SubElement(Xml.SubElement(root, "MaskBand"), "VRTRasterBand", dataType="Byte")
    source = Xml.SubElement(band, "SimpleSource")
    Xml.SubElement(source, "SourceFilename", relativeToVRT="1").text = mask.name
    Xml.SubElement(source, "SourceBand").text = "1"
    tree.write(vrt, encoding="utf-8")


def _write_mask(file: Any, path: Path, area: Any, place: tuple[float, ...]) -> None:
    """Write 255 where the image has its own data inside of the area, else 0."""
    options = ["COMPRESS=DEFLATE", "TILED=YES", "BIGTIFF=IF_SAFER"]
    flags = file.GetRasterBand(1).GetMaskFlags()
    if flags & gdal.GMF_PER_DATASET and not flags & gdal.GMF_ALPHA:
        made = gdal.Translate(str(path), file, bandList=["mask"], creationOptions=options)
    else:
        size = file.RasterXSize, file.RasterYSize
        made = gdal.GetDriverByName("GTiff").Create(str(path), *size, 1, gdal.GDT_Byte, options)
        made.GetRasterBand(1).Fill(255)
    made.SetGeoTransform(place)
    _clear_outside(made, area)


def cut_labels(labels: Path, area: Any, folder: Path) -> Path:
    """Return a copy of a label raster that is unlabelled outside of an area."""
    path = folder / f"{labels.stem}_cut.tif"
    options = ["COMPRESS=DEFLATE", "TILED=YES", "BIGTIFF=IF_SAFER"]
    made = gdal.Translate(str(path), str(labels), creationOptions=options)
    _clear_outside(made, area)
    return path


def _clear_outside(file: Any, area: Any) -> None:
    """Write 0 to the pixels of a file whose centre is outside of an area."""
    outside = _around(file, _place(file)).difference(area)
    # GDAL called it Memory until 3.11.
    driver = ogr.GetDriverByName("Memory") or ogr.GetDriverByName("MEM")
    shapes = driver.CreateDataSource("outside")
    layer = shapes.CreateLayer("outside", None, ogr.wkbUnknown)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkb(bytes(outside.asWkb())))
    layer.CreateFeature(feature)
    gdal.RasterizeLayer(file, [1], layer, burn_values=[0])
    file.FlushCache()


def _around(file: Any, place: tuple[float, ...]) -> Any:
    """Return a rectangle that holds all of the image."""
    columns, rows = file.RasterXSize, file.RasterYSize
    corners = [
        gdal.ApplyGeoTransform(place, column, row)
        for column in (-1, columns + 1)
        for row in (-1, rows + 1)
    ]
    xs, ys = zip(*corners)
    return QgsGeometry.fromRect(QgsRectangle(min(xs), min(ys), max(xs), max(ys)))
