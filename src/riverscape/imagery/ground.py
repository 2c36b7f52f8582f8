"""How large a pixel is on the ground."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform as to_crs

__all__ = ["gsd_m", "pixel_areas_m2"]

_ELLIPSOID = re.compile(r'(?:ELLIPSOID|SPHEROID)\["[^"]*",\s*([\d.]+),\s*([\d.]+)')


def gsd_m(crs: Any, transform: Any, shape: tuple[int, int]) -> float | None:  # noqa: ANN401
    """Return the ground sample distance: the side of a square as large as a pixel, in metres.

    It is that at the raster's centre. None where the raster has no place on Earth, or in a CRS
    of unknown units.

    Examples
    --------
    >>> from rasterio import Affine
    >>> gsd_m(CRS.from_epsg(32619), Affine(0.1, 0, 3e5, 0, -0.1, 5.3e6), (100, 100))
    0.1
    >>> gsd_m(None, Affine.identity(), (100, 100)) is None
    True
    """
    areas_m2 = _areas_m2(crs, transform, shape, np.full(1, shape[0] / 2))
    return None if areas_m2 is None else float(np.sqrt(areas_m2[0]))


def pixel_areas_m2(
    crs: Any,  # noqa: ANN401
    transform: Any,  # noqa: ANN401
    shape: tuple[int, int],
) -> NDArray[np.float64] | None:
    """Return the area of a pixel on the ground in each row of a raster, in square metres, (row,).

    Of a projected CRS that of its plane, which is the same in each row; on the ellipsoid where
    the CRS is geographic, or a Mercator projection, whose areas are far too large. None where
    the raster has no place on Earth.

    Examples
    --------
    >>> from rasterio import Affine
    >>> pixel_areas_m2(CRS.from_epsg(32619), Affine(0.5, 0, 3e5, 0, -0.5, 5.3e6), (2, 9))
    array([0.25, 0.25])
    """
    return _areas_m2(crs, transform, shape, np.arange(shape[0], dtype=np.float64) + 0.5)


def _areas_m2(
    crs: Any,  # noqa: ANN401
    transform: Any,  # noqa: ANN401
    shape: tuple[int, int],
    rows: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return the area of a pixel in the middle of some rows, in square metres, (row,)."""
    if not crs or transform.is_identity:
        return None
    crs = CRS.from_user_input(crs)
    area = abs(transform.determinant)
    xs, ys = transform * (np.full(rows.shape, shape[1] / 2), rows)
    try:
        if crs.is_geographic:
            return np.asarray(area * _degree_m(crs, ys) ** 2)
        if _stretches_with_latitude(crs):
            return np.asarray(area * _mercator_scale(crs, xs, ys) ** 2)
        return np.full(rows.shape, area * float(crs.linear_units_factor[1]) ** 2)
    except CRSError:
        return None


def _degree_m(crs: Any, latitude: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the side in metres of a square degree, or other unit, of a geographic CRS.

    The radii of curvature of an ellipsoid (Snyder 1987, Map Projections, equations 4-18, 4-20).
    """
    unit = float(crs.units_factor[1])  # radians
    found = _ELLIPSOID.search(crs.to_wkt())
    axis, inverse = (float(found[1]), float(found[2])) if found else (6378137.0, 298.257223563)
    flattening = 1 / inverse if inverse else 0.0
    squared = flattening * (2 - flattening)
    angle = latitude * unit
    bend = 1 - squared * np.sin(angle) ** 2
    meridian = axis * (1 - squared) / bend**1.5
    parallel = axis / np.sqrt(bend) * np.cos(angle)
    return np.asarray(np.sqrt(meridian * np.abs(parallel)) * unit)


def _stretches_with_latitude(crs: Any) -> bool:  # noqa: ANN401
    # Maps on the web: at 60 degrees their metre is half a metre.
    method = re.search(r'(?:PROJECTION|METHOD)\["([^"]*)"', crs.to_wkt())
    return method is not None and bool(re.match(r"(Popular.)?(Pseudo.)?Mercator", method[1]))


def _mercator_scale(
    crs: Any,  # noqa: ANN401
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the metres on the ground of a unit of a Mercator projection at some places."""
    plane = CRS.from_epsg(4326)
    unit = 1.0  # long enough to be measured, short enough to be straight
    here, east, north = (
        np.array(to_crs(crs, plane, x + right, y + up))  # longitudes, latitudes
        for right, up in ((0.0, 0.0), (unit, 0.0), (0.0, unit))
    )
    area = (east[0] - here[0]) * (north[1] - here[1])
    return np.asarray(_degree_m(plane, here[1]) * np.sqrt(np.abs(area)) / unit)
