"""A map read on the pixels of another: what lies at the same place on the ground."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as GdalWindow

from riverscape.errors import InputError
from riverscape.imagery import Raster, Window, open_raster
from riverscape.imagery.quiet import quiet
from riverscape.labels import ClassScheme, read_labels

__all__ = ["aligned", "same_crs"]

logger = logging.getLogger(__name__)

# Corners of grids so near one another, in pixels, are the same.
_NEAR_PX = 1e-3


@contextmanager
def aligned(
    path: Path, scheme: ClassScheme, grid: Raster
) -> Iterator[Callable[[Window], NDArray[np.uint8]]]:
    """Yield what reads the class codes of a map, (row, col), in windows of another raster.

    Where their grids differ each pixel takes the nearest one, and a note says so. What the map
    does not reach is 0, no data.

    Parameters
    ----------
    path
        The map.
    scheme
        Its classes.
    grid
        The raster whose rows and columns are asked for.

    Raises
    ------
    InputError
        If the map cannot be read, holds codes outside the classes, or cannot be brought to the
        grid: one of them has no place on Earth, or they have no size in common.
    """
    with open_raster(path) as raster:
        needs_warp = _differs(raster, grid)
    if not needs_warp:
        yield lambda window: read_labels(path, scheme, window=window)
        return
    logger.info(
        "%s has another grid than %s: each pixel takes the nearest one (nearest neighbour)",
        path,
        grid.path,
    )
    same = same_crs(raster.crs, grid.crs)
    with quiet(), rasterio.open(path) as file:
        nodata = 0 if file.nodata is None else file.nodata
        with WarpedVRT(
            file, src_crs=grid.crs if same else file.crs, crs=grid.crs, transform=grid.transform,
            height=grid.height_px, width=grid.width_px, resampling=Resampling.nearest,
            src_nodata=nodata, nodata=nodata,
        ) as warped:  # fmt: skip
            yield lambda window: _codes(warped, window, nodata, path, scheme)


def same_crs(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Return whether two coordinate systems of rasterio mean the same, however they are written.

    Examples
    --------
    >>> from rasterio.crs import CRS
    >>> utm = CRS.from_epsg(32619)
    >>> same_crs(utm, CRS.from_wkt(utm.to_wkt())), same_crs(utm, CRS.from_epsg(32618))
    (True, False)
    """
    if one == other:
        return True
    if not one or not other:
        return False
    try:
        from pyproj import CRS as Meaning
    except ImportError:
        return False
    return bool(
        Meaning.from_wkt(one.to_wkt()).equals(
            Meaning.from_wkt(other.to_wkt()), ignore_axis_order=True
        )
    )


def _differs(raster: Raster, grid: Raster) -> bool:
    """Return whether a map has to be brought to a grid; raise where it cannot be."""
    placed = [bool(one.crs) for one in (raster, grid)]
    if placed[0] != placed[1]:
        with_place, without = (raster, grid) if placed[0] else (grid, raster)
        message = (
            f"{without.path} has no coordinate system and {with_place.path} has one: nobody knows "
            "which pixels lie at the same place; give both one, or neither"
        )
        raise InputError(message)
    step = grid.transform if grid.transform.determinant else rasterio.Affine.identity()
    off = ~step * raster.transform
    same = raster.shape == grid.shape and off.almost_equals(
        rasterio.Affine.identity(), _NEAR_PX / max(grid.shape)
    )
    if not placed[0] and not same:
        height, width = grid.shape
        message = (
            f"{raster.path} has other rows and columns than {grid.path} ({width} x {height} px), "
            "and no coordinate system that would say where they lie"
        )
        raise InputError(message)
    return not (same and same_crs(raster.crs, grid.crs))


def _codes(
    warped: Any,  # noqa: ANN401
    window: Window,
    nodata: float,
    path: Path,
    scheme: ClassScheme,
) -> NDArray[np.uint8]:
    try:
        values = warped.read(
            1, window=GdalWindow(window.left, window.top, window.width_px, window.height_px)
        )
    except RasterioError as error:
        message = f"{path} cannot be brought to the other map's grid: {error.__cause__ or error}"
        raise InputError(message) from error
    values = np.where(values == nodata, 0, values)
    strange = values[~np.isin(values, (0, *scheme.codes))]
    if len(strange):
        shown = ", ".join(f"{value:g}" for value in np.unique(strange)[:5].tolist())
        message = f"{path} holds codes outside the classes: {shown}"
        raise InputError(message)
    return values.astype(np.uint8)
