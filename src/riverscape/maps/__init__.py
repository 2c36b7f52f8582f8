"""What is left behind: class maps, what is known of them, and how they are written."""

from riverscape.maps.class_map import ClassMap, read_class_map, read_scheme
from riverscape.maps.cleaning import despeckled
from riverscape.maps.layers import PercentMap

__all__ = ["ClassMap", "PercentMap", "despeckled", "read_class_map", "read_scheme"]
