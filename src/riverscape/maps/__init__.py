"""What is left behind: class maps and how they are written."""

from riverscape.maps.class_map import ClassMap, read_class_map, read_scheme

__all__ = ["ClassMap", "read_class_map", "read_scheme"]
