"""Polygons drawn in a GIS: what a file of them says, before any image is looked at."""

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError, MissingExtraError

__all__ = ["CLASS_FIELD", "VECTOR_SUFFIXES", "PolygonFile", "Polygons", "is_polygon_file"]

logger = logging.getLogger(__name__)

CLASS_FIELD = "class"
# What is taken for polygons by its name; `labels rasterize` takes any file that GDAL reads.
VECTOR_SUFFIXES = frozenset({".gpkg", ".shp", ".geojson", ".fgb", ".kml", ".gml"})
_POLYGON_TYPES = (3, 6)  # shapely's type numbers of Polygon and MultiPolygon


def is_polygon_file(path: Path) -> bool:
    """Return whether a file is one of polygons, by its name.

    Examples
    --------
    >>> is_polygon_file(Path("Lune.GPKG")), is_polygon_file(Path("SCLS_Lune_0001.tif"))
    (True, False)
    """
    return path.suffix.lower() in VECTOR_SUFFIXES


@dataclass(frozen=True)
class PolygonFile:
    """A file of polygons, and where in it their classes stand.

    Attributes
    ----------
    class_field
        The field (column, attribute) that holds each polygon's class, by code or by name.
    layer
        The layer that is meant, where the file has several.
    """

    path: Path
    class_field: str = CLASS_FIELD
    layer: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.layer is None else f"{self.path} (layer {self.layer})"

    def read(self) -> "Polygons":
        """Return the polygons; a file that did not change is read once.

        Raises
        ------
        MissingExtraError
            If the packages that read such files are not installed.
        InputError
            If the file cannot be read, has no such layer or field, or holds no polygon.
        """
        try:
            state = self.path.stat()
        except OSError as error:
            message = f"{self.path} does not exist"
            raise InputError(message) from error
        return _read(self, (state.st_mtime_ns, state.st_size))


@dataclass(frozen=True, eq=False)
class Polygons:
    """Polygons in the order of their file.

    Attributes
    ----------
    shapes
        Valid shapely polygons, (polygon,).
    values
        What the class field says of each, as it stands there.
    crs
        Their CRS; None where the file says none.
    crs_is_said
        False where the file leaves its CRS to its format: GeoJSON means degrees (WGS 84) then,
        or the pixels of a photograph that has no place on Earth.
    notes
        What was left out or mended, in words.
    """

    file: PolygonFile
    shapes: NDArray[np.object_]
    values: tuple[int | float | str, ...]
    crs: str | None
    crs_is_said: bool = True
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def log_notes(self) -> None:
        """Say what was left out or mended."""
        for note in self.notes:
            logger.warning("%s: %s", self.file, note)


@lru_cache(maxsize=16)
def _read(file: PolygonFile, _stamp: tuple[int, int]) -> Polygons:
    pyogrio = _pyogrio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it reads damaged or in part
            layer = _layer(file, pyogrio.list_layers(file.path).tolist())
            said = pyogrio.read_info(file.path, layer=layer)
            _check_field(file, [str(name) for name in said["fields"]])
            meta, _, outlines, columns = pyogrio.raw.read(
                file.path, layer=layer, columns=[file.class_field], force_2d=True
            )
    except (RuntimeError, ValueError) as error:
        message = f"{file.path} holds no polygons that can be read: {' '.join(str(error).split())}"
        raise InputError(message) from error
    shapes, values, notes = _usable(file, outlines, columns[0])
    crs = meta["crs"]
    said_so = crs is not None and not (
        said.get("driver") == "GeoJSON" and not _names_crs(file.path)
    )
    return Polygons(file, shapes, values, crs, said_so, notes)


def _pyogrio() -> Any:  # noqa: ANN401
    try:
        import pyogrio
        import shapely  # noqa: F401
    except ImportError as error:
        purpose = "reading polygons"
        raise MissingExtraError(purpose, "vector") from error
    return pyogrio


def _layer(file: PolygonFile, layers: Sequence[Sequence[Any]]) -> str:
    """Return the layer that is meant; those without outlines, as QGIS's styles, do not count."""
    names = [str(name) for name, kind in layers if kind is not None]
    if file.layer is None and len(names) == 1:
        return names[0]
    if file.layer in names:
        return file.layer
    listed = ", ".join(names) or "none"
    if file.layer is not None:
        message = f"{file.path} has no layer {file.layer!r}; its layers: {listed}"
    elif names:
        message = f"{file.path} has {len(names)} layers; choose one with --layer: {listed}"
    else:
        message = f"{file.path} has no layer of polygons, only tables"
    raise InputError(message)


def _check_field(file: PolygonFile, fields: list[str]) -> None:
    if file.class_field in fields:
        return
    near = get_close_matches(file.class_field.lower(), [name.lower() for name in fields], 1, 0.75)
    meant = next((name for name in fields if near and name.lower() == near[0]), None)
    hint = f"is it {meant!r}? " if meant else ""
    message = (
        f"{file} has no field {file.class_field!r} for the classes; {hint}choose one with "
        f"--class-field: {', '.join(fields) or 'it has no fields'}"
    )
    raise InputError(message)


def _usable(
    file: PolygonFile, outlines: NDArray[np.object_], values: NDArray[Any]
) -> tuple[NDArray[np.object_], tuple[int | float | str, ...], tuple[str, ...]]:
    """Return the polygons that can be burnt, what their class field says, and what was done."""
    import shapely

    shapes = shapely.from_wkb(outlines, on_invalid="ignore")
    is_polygon = np.isin(shapely.get_type_id(shapes), _POLYGON_TYPES) & ~shapely.is_empty(shapes)
    lacks_class = np.array([_is_missing(value) for value in values], bool)
    invalid = is_polygon & ~lacks_class & ~shapely.is_valid(shapes)
    # Lobes of a bow tie and parts that overlap stay; lines and points that remain do not.
    shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    collapsed = is_polygon & shapely.is_empty(shapes)
    kept = is_polygon & ~lacks_class & ~collapsed
    counts = (
        (~is_polygon, "{} that is no polygon, left out", "{} that are no polygons, left out"),
        (is_polygon & lacks_class, "{} without a class, left out", "{} without a class, left out"),
        (invalid, "{} whose outline crosses itself, mended", "{} whose outlines cross, mended"),
    )
    notes = tuple(
        (one if count == 1 else many).format(_features(count))
        for which, one, many in counts
        if (count := int(which.sum()))
    )
    if not kept.any():
        why = f": {'; '.join(notes)}" if notes else ""
        message = f"{file} holds no polygon with a class in {file.class_field!r}{why}"
        raise InputError(message)
    plain = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    return shapes[kept], tuple(v for v, keep in zip(plain, kept, strict=True) if keep), notes


def _features(count: int) -> str:
    return f"{count} feature{'' if count == 1 else 's'}"


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _names_crs(path: Path) -> bool:
    """Return whether a GeoJSON says its CRS, as GDAL writes it where it is not WGS 84."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return True
    return isinstance(content, dict) and content.get("crs") is not None
