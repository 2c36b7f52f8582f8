"""Polygons in the pixels of an image: where they lie in it, and the codes they give its pixels."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Window
from riverscape.imagery.outlines import burnt, in_pixels, reprojected
from riverscape.labels.polygons import Polygons

__all__ = ["PlacedPolygons", "placed"]


@dataclass(frozen=True, eq=False)
class PlacedPolygons:
    """Polygons in the pixels of an image, in the order of their file.

    Attributes
    ----------
    shapes
        Shapely polygons, x being columns and y rows, (polygon,).
    y_up
        Whether rows are negative, so that the polygons turn as they do on the ground.
    positions
        The place of each among the polygons of the file, (polygon,).
    """

    shapes: NDArray[np.object_]
    positions: NDArray[np.int64]
    y_up: bool

    def codes(self, codes: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
        """Return the class codes of a window's pixels, (row, col); 0 is unlabelled.

        Where polygons overlap, the last in the order of the file is the one that counts.

        Parameters
        ----------
        codes
            Class codes of all polygons of the file.
        """
        return burnt(self._within(codes, window), window, self.y_up)

    def contested(self, codes: NDArray[np.uint8], window: Window) -> NDArray[np.bool_]:
        """Return which pixels of a window lie in polygons of different classes, (row, col)."""
        shapes = self._within(codes, window)
        if len({code for _, code in shapes}) < 2:
            return np.zeros(window.shape, bool)
        # Those for which it matters whether the first or the last polygon counts.
        last, first = (burnt(s, window, self.y_up) for s in (shapes, shapes[::-1]))
        return np.asarray(last != first, bool)

    def _within(self, codes: NDArray[np.uint8], window: Window) -> list[tuple[Any, int]]:
        left, top, right, bottom = self._boxes.T
        near = (left <= window.right) & (right >= window.left)
        near &= (top <= window.bottom) & (bottom >= window.top)
        own = codes[self.positions[near]].tolist()
        return list(zip(self.shapes[near], own, strict=True))

    @cached_property
    def _boxes(self) -> NDArray[np.float64]:
        import shapely

        return _boxes_px(shapely.bounds(self.shapes), self.y_up)


def placed(polygons: Polygons, raster: Raster) -> PlacedPolygons:
    """Return polygons in the pixels of an image, those outside it left out.

    Polygons with a CRS are brought into that of the image, corner by corner, as GDAL does. On an
    image without georeference polygons without CRS are in its pixels: x to the right, y down; or
    y up from below 0, as QGIS shows such an image, where they reach further below 0 than above.

    Raises
    ------
    InputError
        If only one of the two has a CRS.
    """
    import shapely

    points, owners = shapely.get_coordinates(polygons.shapes, return_index=True)
    if raster.crs:
        points = reprojected(points, _crs_of(polygons, raster), raster.crs)
    else:
        _check_unplaced(polygons, raster)
    if raster.crs or not raster.transform.is_identity:
        points = in_pixels(points, raster.transform)
    elif -points[:, 1].min() > points[:, 1].max():
        points = points * (1, -1)
    y_up = raster.transform.determinant < 0
    # What a projection cannot show lies outside.
    lost = np.unique(owners[~np.isfinite(points).all(axis=1)])
    points[~np.isfinite(points)] = math.nan
    shapes = shapely.set_coordinates(polygons.shapes.copy(), points * (1, -1 if y_up else 1))
    left, top, right, bottom = _boxes_px(shapely.bounds(shapes), y_up).T
    inside = (left < raster.width_px) & (right > 0) & (top < raster.height_px) & (bottom > 0)
    inside[lost] = False
    positions = np.flatnonzero(inside)
    return PlacedPolygons(shapes[positions], positions, y_up)


def _boxes_px(bounds: NDArray[np.float64], y_up: bool) -> NDArray[np.float64]:
    """Return left, top, right and bottom of outlines in rows and columns, (polygon, 4)."""
    left, low, right, high = bounds.T
    return np.column_stack([left, -high, right, -low] if y_up else [left, low, right, high])


def _crs_of(polygons: Polygons, raster: Raster) -> str:
    if polygons.crs is None:
        message = (
            f"{polygons.file} has no CRS, {raster.path} has one ({_named(raster.crs)}): say which "
            "the polygons are in, as by QGIS, Set Layer CRS, or ogr2ogr -a_srs"
        )
        raise InputError(message)
    return polygons.crs


def _check_unplaced(polygons: Polygons, raster: Raster) -> None:
    if polygons.crs is None or not polygons.crs_is_said:
        return
    if raster.transform.is_identity:
        has, advice = "has no georeference", "georeference the image, or draw polygons that have no"
        if raster.control.points:
            has, advice = (
                "has ground control points only",
                "warp the image, or draw polygons without",
            )
        message = (
            f"{raster.path} {has}, {polygons.file} is in {_named(polygons.crs)}: {advice} CRS over "
            "it, in its pixels"
        )
    else:
        message = (
            f"{raster.path} says where it lies but not in which CRS, {polygons.file} is in "
            f"{_named(polygons.crs)}: give the image its CRS, as by gdal_edit.py -a_srs"
        )
    raise InputError(message)


def _named(crs: Any) -> str:  # noqa: ANN401
    """Return the short name of a CRS, as EPSG:32619, or else the name in its definition."""
    text = crs if isinstance(crs, str) else crs.to_string()
    if "[" not in text:
        return text
    parts = text.split('"')
    return parts[1] if len(parts) > 1 else text[:40]
