"""What is left behind: class maps, what is known of them, and how they are written."""

from riverscape.maps.class_map import (
    ClassMap,
    ClassMapWriter,
    class_geotiff,
    class_map_writer,
    read_class_map,
    read_scheme,
)
from riverscape.maps.cleaning import despeckled
from riverscape.maps.geotiff import GeoTiff, StripWriter
from riverscape.maps.layers import PercentMap, percent_geotiff

__all__ = [
    "ClassMap",
    "ClassMapWriter",
    "GeoTiff",
    "PercentMap",
    "StripWriter",
    "class_geotiff",
    "class_map_writer",
    "despeckled",
    "percent_geotiff",
    "read_class_map",
    "read_scheme",
]
