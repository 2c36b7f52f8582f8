"""What phase 2 sees of each pixel: one small module for each family of features."""

from riverscape.pixels.features.extraction import (
    extract_features,
    features_halo_px,
    features_see_raw,
)
from riverscape.pixels.features.names import FEATURES, parse_features
from riverscape.pixels.features.window import Feature, Window

__all__ = [
    "FEATURES",
    "Feature",
    "Window",
    "extract_features",
    "features_halo_px",
    "features_see_raw",
    "parse_features",
]
