# SPDX-License-Identifier: GPL-2.0-or-later
"""A polygon layer as a file that the worker reads: filtered, edited, selected as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsFields,
    QgsGeometry,
    QgsVectorFileWriter,
    QgsWkbTypes,
)

from .layers import LayerError
from .moving import bring
from .translation import tr

__all__ = ["Within", "are_known", "check_classes", "write_polygons"]

_LISTED = 5
_POLYGON = QgsWkbTypes.PolygonGeometry


def check_classes(source: Any, field: str, classes: Mapping[int, str]) -> None:
    """Check that a polygon layer has the field of its classes, and all in it are known.

    Raises
    ------
    LayerError
        If not; it names the fields or the classes that there are.
    """
    name = source.sourceName()
    place = source.fields().lookupField(field) if field else -1
    if place < 0:
        fields = ", ".join(one.name() for one in source.fields())
        message = tr("{0} has no field {1!r}: choose the one with the classes, of {2}")
        raise LayerError(message.format(name, field, fields))
    if QgsWkbTypes.geometryType(source.wkbType()) != _POLYGON:
        raise LayerError(tr("{0} holds no polygons").format(name))
    strange = sorted(
        str(one) for one in source.uniqueValues(place) if not are_known([one], classes)
    )
    if strange:
        message = tr("{0} has classes in field {1} that are not known: {2}; known are {3}")
        listed = ", ".join(strange[:_LISTED])
        known = ", ".join(f"{code} {one}" for code, one in classes.items())
        raise LayerError(message.format(name, field, listed, known))


@dataclass(frozen=True)
class Within:
    """The part of the world that counts: a geometry and its CRS."""

    area: Any
    crs: Any


def write_polygons(
    source: Any, field: str, path_stem: Path, context: Any, crs: Any, within: Within | None = None
) -> Path:
    """Write the polygons of a layer, those selected where the user asked so, with their classes.

    They are in the order of the layer.

    Parameters
    ----------
    crs
        What they are in; not valid where they are in the pixels of a photograph.
    within
        Where polygons are cut off; they are in the CRS of this then.

    Raises
    ------
    LayerError
        If the layer holds none there or they cannot be written.
    """
    crs = crs if within is None else within.crs
    # Without a CRS they are in the pixels of a photograph: GeoPackage would name it one.
    path = path_stem.with_suffix(".gpkg" if crs.isValid() else ".geojson")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG" if crs.isValid() else "GeoJSON"
    fields = QgsFields()
    place = source.fields().lookupField(field)
    fields.append(source.fields().at(place))
    writer = QgsVectorFileWriter.create(
        str(path), fields, QgsWkbTypes.multiType(source.wkbType()), crs,
        context.transformContext(), options,
    )  # fmt: skip
    count = 0
    for feature in source.getFeatures():
        shape = _cut(feature.geometry(), source.sourceCrs(), within, context, source.sourceName())
        if not shape.isEmpty() and not _is_blank(feature.attribute(place)):
            shape.convertToMultiType()
            copy = QgsFeature(fields)
            copy.setGeometry(shape)
            copy.setAttribute(0, feature.attribute(place))
            writer.addFeature(copy)
            count += 1
    message = writer.errorMessage()
    del writer  # the file is whole from here on
    if message:
        raise LayerError(tr("{0} cannot be written: {1}").format(path, message))
    if not count:
        message = tr("{0} holds no polygon with a class where the map is to be")
        raise LayerError(message.format(source.sourceName()))
    return path


def _cut(shape: Any, crs: Any, within: Within | None, context: Any, name: str) -> Any:
    """Return what of a polygon lies within; polygons alone, not the lines that touch."""
    if within is None or shape.isEmpty():
        return QgsGeometry(shape)
    cut = QgsGeometry(shape)
    if crs != within.crs:
        bring(cut, crs, within.crs, context.transformContext(), name)
    cut = cut.makeValid().intersection(within.area)
    parts = [part for part in cut.asGeometryCollection() if part.type() == _POLYGON]
    return QgsGeometry.unaryUnion(parts) if parts else QgsGeometry()


def are_known(values: Iterable[Any], classes: Mapping[int, str]) -> bool:
    """Return whether all values of a class field are codes or names of classes, or none at all."""
    names = {"unlabelled", *(name.lower() for name in classes.values())}
    return all(_is_known(value, classes, names) for value in values)


def _is_known(value: Any, classes: Mapping[int, str], names: set[str]) -> bool:
    text = " ".join(str(value).split()).lower()
    if _is_blank(value):
        return True
    try:
        return float(text) in {0, *classes}
    except ValueError:
        return text in names


def _is_blank(value: Any) -> bool:
    """Return whether a field says nothing; QGIS has a NULL of its own, which is not None."""
    return value is None or str(value).strip().lower() in ("", "null", "nan")
