"""Class maps as polygons: a patch of one class each, with its area."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine

from riverscape.errors import InputError, MissingExtraError
from riverscape.imagery import Raster, Window, open_raster, pixel_areas_m2
from riverscape.labels import ClassScheme, read_labels
from riverscape.maps.outlines import Rings
from riverscape.maps.outlining import Outlined, Outlining, outlined
from riverscape.maps.polygons import polygons, ring_areas
from riverscape.maps.vector_file import check_vector_path, vector_writer
from riverscape.progress import SILENT, Progress

__all__ = ["Cover", "vectorize"]

# Where there is no georeference y goes up from below 0, as QGIS shows such a raster.
_BELOW_ZERO = Affine.scale(1, -1)


@dataclass
class Cover:
    """What a class has been given: polygons, and their area in m² or px."""

    unit: str
    polygons: int = 0
    area: float = 0.0


@dataclass(frozen=True, eq=False)
class _Ground:
    """How pixels of a map are brought to the ground.

    Attributes
    ----------
    row_areas_m2
        The area of a pixel in each row, (row,); None where the map has no place on Earth.
    """

    transform: Any
    wkt: str | None
    row_areas_m2: NDArray[np.float64] | None

    @classmethod
    def of(cls, raster: Raster) -> "_Ground":
        areas_m2 = pixel_areas_m2(raster.crs, raster.transform, raster.shape)
        transform = _BELOW_ZERO if raster.transform.is_identity else raster.transform
        return cls(transform, raster.crs.to_wkt() if raster.crs else None, areas_m2)

    @property
    def unit(self) -> str:
        return "px" if self.row_areas_m2 is None else "m²"

    @property
    def area_field(self) -> str:
        return "area_px" if self.row_areas_m2 is None else "area_m2"

    def areas(self, rings: Rings) -> NDArray[np.float64]:
        """Return the area of each ring, (ring,): exact pixels of it where all are of one size."""
        even = self.row_areas_m2 is None or bool((self.row_areas_m2 == self.row_areas_m2[0]).all())
        return ring_areas(rings) * self.pixel_area if even else ring_areas(rings, self.row_areas_m2)

    @property
    def pixel_area(self) -> float:
        return 1.0 if self.row_areas_m2 is None else float(self.row_areas_m2.mean())


def vectorize(
    path: Path,
    out: Path,
    scheme: ClassScheme,
    least_area: float = 0.0,
    simplify: float = 0.0,
    progress: Progress = SILENT,
) -> dict[str, Cover]:
    """Write the patches of a class map as polygons; return what each class was given by name.

    A patch is of one class and connected by the sides of its pixels. Polygons have all points of
    their common borders in common, also simplified. Fields are code, class, colour and area_m2:
    that of the plane of a projected CRS, on the ellipsoid where the CRS is geographic; area_px
    where the map has no place on Earth. The map may be larger than memory.

    Parameters
    ----------
    path
        The class map, or any raster of class codes; 0 is no data.
    out
        Where to write; its suffix says which format: .gpkg, .fgb or .geojson (RFC 7946: in
        degrees of WGS 84, whatever the map is in).
    least_area
        Smaller patches take the class of their largest neighbour, the smallest first, in square
        metres, or pixels where the map has no place on Earth.
    simplify
        Points go as long as the triangles that they span are below the square of this, in metres
        or pixels.

    Raises
    ------
    InputError
        If the map cannot be read or holds codes outside the classes.
    MissingExtraError
        If the packages of the extra `vector` are not installed.
    OutputError
        If the file cannot be written.
    """
    _check_installed()
    check_vector_path(out)
    with open_raster(path) as raster:
        ground, shape = _Ground.of(raster), raster.shape
    _check_upright(path, ground)
    settings = Outlining(
        least_px=math.ceil(least_area / ground.pixel_area - 1e-9),
        tolerance_px=simplify / math.sqrt(ground.pixel_area),
    )

    def read(window: Window) -> NDArray[np.uint8]:
        return read_labels(path, scheme, window=window)

    found = {cover.name: Cover(ground.unit) for cover in scheme}
    with vector_writer(out, ground.wkt) as writer:
        writer.add(np.zeros(0, object), _fields(np.zeros(0, np.uint8), np.zeros(0), scheme, ground))
        for done in outlined(read, shape, settings, progress):
            shapes, codes, areas = _ready(done, ground)
            writer.add(shapes, _fields(codes, areas, scheme, ground))
            _count(found, scheme, codes, areas)
    return found


def _ready(
    done: Outlined, ground: _Ground
) -> tuple[NDArray[np.object_], NDArray[np.uint8], NDArray[np.float64]]:
    """Return shapely's polygons of patches, their classes and their areas, (polygon,)."""
    import shapely

    shapes, patches = polygons(done.rings, ground.transform)
    if ground.transform.determinant > 0:  # rows go up: what ran counter-clockwise does no more
        shapes = shapely.orient_polygons(shapes)
    place = np.searchsorted(patches, done.rings.pieces)
    areas = np.zeros(len(patches))
    np.add.at(areas, place, ground.areas(done.rings))
    codes = np.zeros(len(patches), np.uint8)
    codes[place] = done.codes
    return shapes, codes, areas


def _fields(
    codes: NDArray[np.uint8], areas: NDArray[np.float64], scheme: ClassScheme, ground: _Ground
) -> dict[str, NDArray[Any]]:
    names, colours = np.zeros((2, 256), object)
    for cover in scheme:
        names[cover.code], colours[cover.code] = cover.name, cover.colour
    return {
        "code": codes.astype(np.int32),
        "class": names[codes],
        "colour": colours[codes],
        ground.area_field: areas,
    }


def _count(
    found: Mapping[str, Cover],
    scheme: ClassScheme,
    codes: NDArray[np.uint8],
    areas: NDArray[np.float64],
) -> None:
    counts, sums = np.bincount(codes, minlength=256), np.bincount(codes, areas, minlength=256)
    for cover in scheme:
        found[cover.name].polygons += int(counts[cover.code])
        found[cover.name].area += float(sums[cover.code])


def _check_upright(path: Path, ground: _Ground) -> None:
    if ground.transform.determinant == 0:
        message = f"{path} has pixels without area: its geotransform is {tuple(ground.transform)}"
        raise InputError(message)


def _check_installed() -> None:
    try:
        import pyogrio
        import shapely  # noqa: F401
    except ImportError as error:
        purpose = "making polygons of a map"
        raise MissingExtraError(purpose, "vector") from error
    del pyogrio
