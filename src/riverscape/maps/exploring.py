"""Maps on a map of the world, to move about in: for notebooks, with ipyleaflet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.transform import array_bounds, from_bounds
from rasterio.warp import reproject, transform_bounds

from riverscape.errors import InputError, MissingExtraError
from riverscape.imagery import Raster
from riverscape.maps.html import coloured, picture_url, reduced

if TYPE_CHECKING:
    from riverscape.maps.class_map import ClassMap

__all__ = ["Overlay", "explore", "map_overlay", "photograph_overlay"]

# The longer side of what is shown: sharp on a screen, and a few megabytes in the notebook.
_LONGEST_PX = 1600
_VIEW_PX = 800, 500
_WEB_MERCATOR, _WGS84 = CRS.from_epsg(3857), CRS.from_epsg(4326)
_WORLD_M, _WORLD_PX = 2 * math.pi * 6378137, 256
# Of the map of the world; what lies on it may be looked at more closely.
_SHARP_ZOOM, _MOST_ZOOM = 19, 26

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Overlay:
    """A picture, (row, col, 4), and where it lies.

    Attributes
    ----------
    shape
        Rows and columns of the raster it is a small picture of.
    transform, crs
        Of that raster; where `crs` is None it has no place on Earth.
    """

    name: str
    pixels: NDArray[np.uint8]
    shape: tuple[int, int]
    transform: Any
    crs: Any

    @property
    def is_placed(self) -> bool:
        """Whether it has a place on Earth."""
        known = self.crs is not None and (self.crs.is_geographic or self.crs.is_projected)
        return bool(known) and self.transform != rasterio.Affine.identity()

    @cached_property
    def metres(self) -> tuple[float, float, float, float]:
        """West, south, east and north in web Mercator.

        Raises
        ------
        InputError
            If it lies where web Mercator does not reach.
        """
        try:
            own = array_bounds(*self.shape, self.transform)
            west, south, east, north = transform_bounds(self.crs, _WEB_MERCATOR, *own)
        except (CRSError, RasterioError) as error:
            message = f"{self.name} cannot be shown on a web map: {error}"
            raise InputError(message) from error
        # Infinity too is more than that.
        if not max(map(abs, (west, south, east, north))) <= _WORLD_M / 2 + 1:
            message = f"{self.name} cannot be shown on a web map, which does not reach the poles"
            raise InputError(message)
        return west, south, east, north

    @property
    def bounds(self) -> Bounds:
        """South-west and north-east corner, latitude first; in pixels without place on Earth."""
        if not self.is_placed:
            return (-self.shape[0], 0), (0, self.shape[1])
        west, south, east, north = transform_bounds(_WEB_MERCATOR, _WGS84, *self.metres)
        return (south, west), (north, east)

    def url(self) -> str:
        """Return the picture as it lies on a web map, as an address that holds it."""
        return picture_url(self._warped() if self.is_placed else self.pixels)

    def _warped(self) -> NDArray[np.uint8]:
        west, south, east, north = self.metres
        scale = max(east - west, north - south) / max(self.pixels.shape[:2])
        width, height = (max(1, round(side / scale)) for side in (east - west, north - south))
        rows, cols = self.pixels.shape[:2]
        shrunk = rasterio.Affine.scale(self.shape[1] / cols, self.shape[0] / rows)
        warped = np.zeros((4, height, width), np.uint8)
        reproject(
            np.ascontiguousarray(np.moveaxis(self.pixels, 2, 0)), warped,
            src_transform=self.transform * shrunk, src_crs=self.crs,
            dst_transform=from_bounds(west, south, east, north, width, height),
            dst_crs=_WEB_MERCATOR, resampling=Resampling.nearest,
        )  # fmt: skip
        return np.moveaxis(warped, 0, 2)


def map_overlay(name: str, class_map: "ClassMap") -> Overlay:
    """Return a class map as an overlay, transparent where it has no data."""
    codes = class_map.codes
    pixels = coloured(reduced(codes, _LONGEST_PX), class_map.scheme)
    rows, cols = codes.shape
    return Overlay(name, pixels, (rows, cols), class_map.transform, class_map.crs)


def photograph_overlay(raster: Raster) -> Overlay:
    """Return an image as an overlay: its first three bands, or its first alone as grey.

    Pixels of more than 8 bits are stretched between their 2nd and 98th percentile.

    Raises
    ------
    InputError
        If the image cannot be read.
    """
    bands = raster.preview(_LONGEST_PX)
    bands = bands[:3] if len(bands) >= 3 else bands[[0, 0, 0]]
    if bands.dtype != np.uint8:
        low, high = np.nanpercentile(bands, (2, 98))
        bands = np.clip((bands - low) * (255 / max(high - low, 1e-9)), 0, 255)
        bands = np.nan_to_num(bands).astype(np.uint8)
    opaque = np.full((1, *bands.shape[1:]), 255, np.uint8)
    pixels = np.moveaxis(np.concatenate([bands, opaque]), 0, 2)
    return Overlay("image", pixels, raster.shape, raster.transform, raster.crs)


def explore(overlays: Sequence[Overlay], legend: str, opacity: float = 0.7) -> Any:  # noqa: ANN401
    """Return an interactive map, ipyleaflet's `Map`, of overlays that lie on each other.

    It has a legend, a switch for each overlay and a slider for how opaque all but the first of
    several are. Without a place on Earth it is in pixels, rows counted downwards from 0 to
    negative numbers.

    Parameters
    ----------
    overlays
        The lowest one first. All have a place on Earth, or none is shown on it.
    legend
        HTML, whose names are escaped.

    Raises
    ------
    MissingExtraError
        If ipyleaflet is not installed.
    InputError
        If an overlay lies where no web map reaches.
    """
    try:
        import ipyleaflet
        import ipywidgets
    except ImportError as error:
        purpose = "an interactive map"
        raise MissingExtraError(purpose, "notebook") from error
    if not all(overlay.is_placed for overlay in overlays):
        overlays = [replace(overlay, crs=None) for overlay in overlays]
    shown = ipyleaflet.Map(**_view(ipyleaflet, overlays[-1]), scroll_wheel_zoom=True)
    slider = ipywidgets.FloatSlider(opacity, min=0, max=1, step=0.05, description="opacity")
    for number, overlay in enumerate(overlays):
        layer = ipyleaflet.ImageOverlay(url=overlay.url(), bounds=overlay.bounds, name=overlay.name)
        if number or len(overlays) == 1:
            layer.opacity = opacity
            # In the browser: it moves also where no Python runs any more.
            ipywidgets.jslink((slider, "value"), (layer, "opacity"))
        shown.add(layer)
    for position, widget in (("bottomright", ipywidgets.HTML(legend)), ("bottomleft", slider)):
        shown.add(ipyleaflet.WidgetControl(widget=widget, position=position))
    shown.add(ipyleaflet.LayersControl(position="topright"))
    return shown


def _view(ipyleaflet: Any, overlay: Overlay) -> dict[str, Any]:  # noqa: ANN401
    """Return what is looked at, and what lies below: the world's map or, in pixels, nothing."""
    (south, west), (north, east) = overlay.bounds
    width, height = east - west, north - south
    ground: dict[str, Any] = {"crs": ipyleaflet.projections.Simple, "layers": ()}
    if overlay.is_placed:
        left, bottom, right, top = overlay.metres
        width, height = ((side * _WORLD_PX / _WORLD_M) for side in (right - left, top - bottom))
        source = ipyleaflet.basemaps.OpenStreetMap.Mapnik
        tiles = ipyleaflet.TileLayer(
            url=source.build_url(), attribution=source.html_attribution, name="OpenStreetMap",
            max_native_zoom=_SHARP_ZOOM, max_zoom=_MOST_ZOOM,
        )  # fmt: skip
        ground = {"layers": (tiles,)}
    zoom = _zoom(width, height)
    limits = {"zoom": zoom, "min_zoom": min(zoom, 0), "max_zoom": _MOST_ZOOM}
    return {"center": ((south + north) / 2, (west + east) / 2), **limits, **ground}


def _zoom(width_px: float, height_px: float) -> int:
    """Return at which zoom something is seen whole that takes so many pixels at zoom 0.

    Examples
    --------
    >>> _zoom(800, 100), _zoom(1700, 100), _zoom(1, 1)
    (0, -2, 8)
    """
    fits = min(_VIEW_PX[0] / max(width_px, 1e-9), _VIEW_PX[1] / max(height_px, 1e-9))
    return min(_MOST_ZOOM, math.floor(math.log2(fits)))
