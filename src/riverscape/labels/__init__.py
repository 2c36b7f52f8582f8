"""What people know: classes, label rasters and polygons, and which labels are whose."""

from riverscape.labels.class_key import ClassKey, LocalClass
from riverscape.labels.labelled_image import LabelledImage
from riverscape.labels.pairing import pair_labels
from riverscape.labels.polygon_labels import PolygonLabels
from riverscape.labels.polygons import PolygonFile
from riverscape.labels.rasters import read_labels
from riverscape.labels.scheme import PUBLISHED_CLASSES, ClassScheme, LandCover

__all__ = [
    "PUBLISHED_CLASSES",
    "ClassKey",
    "ClassScheme",
    "LabelledImage",
    "LandCover",
    "LocalClass",
    "PolygonFile",
    "PolygonLabels",
    "pair_labels",
    "read_labels",
]
