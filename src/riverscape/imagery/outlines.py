"""Outlines on the ground: brought into an image's pixels, and burnt into windows of it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.features import rasterize
from rasterio.warp import transform as to_crs

from riverscape.errors import InputError
from riverscape.imagery.window import Window

__all__ = ["burnt", "in_pixels", "reprojected"]


def reprojected(
    points: NDArray[np.float64],
    crs: str,
    target: Any,  # noqa: ANN401
) -> NDArray[np.float64]:
    """Return points (point, x y) of one CRS in another; unchanged where both mean the same.

    Points that the other cannot show are infinite.

    Raises
    ------
    InputError
        If one of the two is no CRS that PROJ knows, or there is no way between them.

    Examples
    --------
    >>> reprojected(np.array([[500000.0, 0.0]]), "EPSG:32619", CRS.from_epsg(4326)).round(6)
    array([[-69.,   0.]])
    """
    try:
        source, target = CRS.from_user_input(crs), CRS.from_user_input(target)
        if source == target or not len(points):
            return points
        x, y = to_crs(source, target, *points.T.tolist())
    except (CRSError, RasterioError) as error:
        message = f"the CRS {_short(crs)} cannot be brought into that of the image: {error}"
        raise InputError(message) from error
    return np.column_stack([x, y])


def in_pixels(points: NDArray[np.float64], transform: Affine) -> NDArray[np.float64]:
    """Return points (point, x y) of an image's CRS as (point, column row).

    The corner of the first pixel is 0, 0. Computed as GDAL does, to the last bit: whether a
    pixel's centre lies within an outline may hang on it.

    Examples
    --------
    >>> in_pixels(np.array([[10.0, 90.0]]), Affine(2, 0, 0, 0, -2, 100))
    array([[5., 5.]])
    """
    (a, b, c), (d, e, f) = transform[:3], transform[3:6]
    if b == 0 and d == 0:
        inverse = (1 / a, 0.0, -c / a), (0.0, 1 / e, -f / e)
    else:
        scale = 1 / (a * e - b * d)
        inverse = (
            (e * scale, -b * scale, (b * f - c * e) * scale),
            (-d * scale, a * scale, (-a * f + c * d) * scale),
        )
    x, y = points.T
    return np.column_stack([offset + x * by_x + y * by_y for by_x, by_y, offset in inverse])


def burnt(
    shapes: Iterable[tuple[Any, int]], window: Window, y_up: bool = False
) -> NDArray[np.uint8]:
    """Return the values of outlines in a window, (row, col); 0 where there is none.

    A pixel belongs to an outline that its centre lies in; of several the last one stays: both as
    GDAL has it by default. A window holds the same as that part of the whole image.

    Parameters
    ----------
    shapes
        Outlines in pixels of the image, as `__geo_interface__` or the like, and values of 0..255.
    y_up
        Whether rows count down from 0: where an outline runs through the centres of pixels, GDAL
        looks at how it turns on the ground, to say on which of its sides they lie.

    Examples
    --------
    >>> square = {"type": "Polygon", "coordinates": [[(1, 1), (3, 1), (3, 3), (1, 3), (1, 1)]]}
    >>> burnt([(square, 7)], Window(1, 0, 2, 4))
    array([[0, 7, 7, 0],
           [0, 7, 7, 0]], dtype=uint8)
    """
    listed = list(shapes)
    if not listed:
        return np.zeros(window.shape, np.uint8)
    # The image's own transform would round anew for each window; whole pixels do not.
    down = -1 if y_up else 1
    corner = Affine(1, 0, window.left, 0, down, down * window.top)
    values = rasterize(listed, out_shape=window.shape, transform=corner, dtype="uint8")
    return np.asarray(values, np.uint8)


def _short(crs: str) -> str:
    text = " ".join(crs.split())
    return text if len(text) < 60 else f"{text[:57]}..."
