"""How large a pixel is on the ground."""

import math
import re
from typing import Any

from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform as to_crs

__all__ = ["gsd_m"]

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
    if not crs or transform.is_identity:
        return None
    side = math.sqrt(abs(transform.determinant))
    middle = transform * (shape[1] / 2, shape[0] / 2)
    try:
        if crs.is_geographic:
            return side * _degree_m(crs, middle[1])
        if _stretches_with_latitude(crs):
            return side * _mercator_scale(crs, *middle)
        return side * float(crs.linear_units_factor[1])
    except CRSError:
        return None


def _degree_m(crs: Any, latitude: float) -> float:  # noqa: ANN401
    """Return the side in metres of a square degree, or other unit, of a geographic CRS.

    The radii of curvature of an ellipsoid (Snyder 1987, Map Projections, equations 4-18, 4-20).
    """
    unit = float(crs.units_factor[1])  # radians
    found = _ELLIPSOID.search(crs.to_wkt())
    axis, inverse = (float(found[1]), float(found[2])) if found else (6378137.0, 298.257223563)
    flattening = 1 / inverse if inverse else 0.0
    squared = flattening * (2 - flattening)
    angle = latitude * unit
    bend = 1 - squared * math.sin(angle) ** 2
    meridian = axis * (1 - squared) / bend**1.5
    parallel = axis / math.sqrt(bend) * math.cos(angle)
    return math.sqrt(meridian * abs(parallel)) * unit


def _stretches_with_latitude(crs: Any) -> bool:  # noqa: ANN401
    # Maps on the web: at 60 degrees their metre is half a metre.
    method = re.search(r'(?:PROJECTION|METHOD)\["([^"]*)"', crs.to_wkt())
    return method is not None and bool(re.match(r"(Popular.)?(Pseudo.)?Mercator", method[1]))


def _mercator_scale(crs: Any, x: float, y: float) -> float:  # noqa: ANN401
    """Return the metres on the ground of a unit of a Mercator projection at a place."""
    plane = CRS.from_epsg(4326)
    unit = 1.0  # long enough to be measured, short enough to be straight
    longitudes, latitudes = to_crs(crs, plane, [x, x + unit, x], [y, y, y + unit])
    degree = _degree_m(plane, latitudes[0])
    area = (longitudes[1] - longitudes[0]) * (latitudes[2] - latitudes[0])
    return degree * math.sqrt(abs(area)) / unit
