"""Where on Earth a raster lies, as GeoJSON: its outline in degrees of WGS 84."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.transform import GCPTransformer, RPCTransformer
from rasterio.warp import transform_geom

__all__ = ["Footprint", "footprint"]

# A straight edge of a map is bent on the globe: so many points along each.
_POINTS = 16
_DECIMALS = 8  # a millimetre
_WGS84 = CRS.from_epsg(4326)

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Footprint:
    """A GeoJSON geometry, longitude first, and its bounding box.

    Attributes
    ----------
    bbox
        West, south, east, north. Across the antimeridian west is larger than east (RFC 7946).
    """

    geometry: dict[str, Any]
    bbox: tuple[float, float, float, float]


def footprint(file: Any) -> Footprint | None:  # noqa: ANN401
    """Return the footprint of an open raster; None where it does not say where on Earth it is.

    With ground control points it is the outline as GDAL's polynomial through them puts it, with
    RPCs at their mean height.

    Parameters
    ----------
    file
        The open dataset of rasterio.

    Examples
    --------
    >>> from rasterio.io import MemoryFile
    >>> from rasterio.transform import from_origin
    >>> with MemoryFile() as memory:
    ...     with memory.open(
    ...         driver="GTiff", width=4, height=2, count=1, dtype="uint8", crs="EPSG:4326",
    ...         transform=from_origin(-70.5, 48.5, 0.25, 0.25),
    ...     ) as file:
    ...         footprint(file).bbox
    (-70.5, 48.0, -69.5, 48.5)
    """
    placed = _placed_outline(file)
    if placed is None:
        return None
    outline, crs = placed
    if not (crs.is_geographic or crs.is_projected):
        return None  # such as a building site's own
    try:
        found = transform_geom(crs, _WGS84, {"type": "Polygon", "coordinates": [outline]})
    except (CRSError, RasterioError, ValueError):
        return None  # nothing that PROJ knows a way from
    rings = _rings(found)
    if not rings or not all(_on_earth(ring) for ring in rings):
        return None
    return _as_footprint(rings)


def _placed_outline(file: Any) -> tuple[Ring, Any] | None:  # noqa: ANN401
    rows, cols = _outline(file.height, file.width)
    if file.crs and not file.transform.is_identity:
        xs, ys = file.transform * (cols, rows)
        return _ring(xs, ys), file.crs
    points, crs = file.gcps
    if points and crs:
        with GCPTransformer(points) as at:
            return _ring(*at.xy(rows, cols, offset="ul")), crs
    if file.rpcs:
        with RPCTransformer(file.rpcs, RPC_HEIGHT=file.rpcs.height_off) as at:
            return _ring(*at.xy(rows, cols, offset="ul")), _WGS84
    return None


def _outline(height_px: int, width_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows and columns of points along the border, the first one again at the end."""
    along = np.arange(_POINTS) / _POINTS
    zeros, ones = np.zeros(_POINTS), np.ones(_POINTS)
    rows = np.concatenate([zeros, along, ones, 1 - along, [0.0]]) * height_px
    cols = np.concatenate([along, ones, 1 - along, zeros, [0.0]]) * width_px
    return rows, cols


def _ring(xs: Sequence[float], ys: Sequence[float]) -> Ring:
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]


def _rings(geometry: dict[str, Any]) -> list[Ring]:
    """Return the outer rings: two where the outline was cut at the antimeridian."""
    parts = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        parts = [parts]
    return [[(point[0], point[1]) for point in part[0]] for part in parts if part]


def _on_earth(ring: Ring) -> bool:
    return all(
        math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90 for x, y in ring
    )


def _as_footprint(rings: list[Ring]) -> Footprint:
    polygons = [[[_rounded(point) for point in _counterclockwise(ring)]] for ring in rings]
    longitudes = [[x for x, _ in ring] for ring in rings]
    west, east = min(map(min, longitudes)), max(map(max, longitudes))
    if len(rings) > 1 and (west, east) == (-180, 180):
        west = min(min(part) for part in longitudes if min(part) > 0)
        east = max(max(part) for part in longitudes if max(part) < 0)
    latitudes = [y for ring in rings for _, y in ring]
    box = (west, min(latitudes), east, max(latitudes))
    geometry: dict[str, Any] = {"type": "Polygon", "coordinates": polygons[0]}
    if len(polygons) > 1:
        geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return Footprint(geometry, tuple(round(side, _DECIMALS) for side in box))  # type: ignore[arg-type]


def _counterclockwise(ring: Ring) -> Ring:
    # As RFC 7946 wants outer rings; rasters run clockwise, south-up ones do not.
    area = sum(x * b - a * y for (x, y), (a, b) in pairwise(ring))
    return ring if area > 0 else ring[::-1]


def _rounded(point: tuple[float, float]) -> list[float]:
    return [round(value, _DECIMALS) for value in point]
