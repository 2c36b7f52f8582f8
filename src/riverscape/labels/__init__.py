"""What people know: classes, label rasters, and which label belongs to which image."""

from riverscape.labels.class_key import ClassKey, LocalClass
from riverscape.labels.pairing import LabelledImage, pair_labels
from riverscape.labels.rasters import read_labels
from riverscape.labels.scheme import PUBLISHED_CLASSES, ClassScheme, LandCover

__all__ = [
    "PUBLISHED_CLASSES",
    "ClassKey",
    "ClassScheme",
    "LabelledImage",
    "LandCover",
    "LocalClass",
    "pair_labels",
    "read_labels",
]
