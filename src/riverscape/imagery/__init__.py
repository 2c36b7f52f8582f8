"""Pixels with a place on Earth: rasters, tile geometry and surveys of files."""

from riverscape.imagery.ahead import ahead
from riverscape.imagery.blocks import blocks_of, by_pixel, byte_counts, valid_shares
from riverscape.imagery.filling import filled
from riverscape.imagery.ground import pixel_areas_m2
from riverscape.imagery.ground_control import GroundControl
from riverscape.imagery.mosaic import mosaic
from riverscape.imagery.opening import open_raster
from riverscape.imagery.raster import Raster
from riverscape.imagery.resampling import Resampled, resampled
from riverscape.imagery.settings import ImageSettings
from riverscape.imagery.sources import Source, as_source, image_name, river_name
from riverscape.imagery.strips import STRIP_PX, Strip, map_parts, strips
from riverscape.imagery.survey import (
    IMAGE_SUFFIXES,
    file_sha256,
    find_images,
    fingerprint,
)
from riverscape.imagery.tile_grid import TileGrid, tile_starts
from riverscape.imagery.window import Window, windows

__all__ = [
    "IMAGE_SUFFIXES",
    "STRIP_PX",
    "GroundControl",
    "ImageSettings",
    "Raster",
    "Resampled",
    "Source",
    "Strip",
    "TileGrid",
    "Window",
    "ahead",
    "as_source",
    "blocks_of",
    "by_pixel",
    "byte_counts",
    "file_sha256",
    "filled",
    "find_images",
    "fingerprint",
    "image_name",
    "map_parts",
    "mosaic",
    "open_raster",
    "pixel_areas_m2",
    "resampled",
    "river_name",
    "strips",
    "tile_starts",
    "valid_shares",
    "windows",
]
