"""Pixels with a place on Earth: rasters, tile geometry and surveys of files."""

from riverscape.imagery.raster import Raster, filled, open_raster
from riverscape.imagery.strips import STRIP_PX, Strip, map_parts, strips
from riverscape.imagery.survey import (
    IMAGE_SUFFIXES,
    file_sha256,
    find_images,
    image_name,
    river_name,
)
from riverscape.imagery.tile_grid import TileGrid, tile_starts
from riverscape.imagery.window import Window, windows

__all__ = [
    "IMAGE_SUFFIXES",
    "STRIP_PX",
    "Raster",
    "Strip",
    "TileGrid",
    "Window",
    "file_sha256",
    "filled",
    "find_images",
    "image_name",
    "map_parts",
    "open_raster",
    "river_name",
    "strips",
    "tile_starts",
    "windows",
]
