"""Phase 2: learn the colours of this image alone and label each of its pixels."""

from riverscape.pixels.classifiers import (
    PIXEL_CLASSIFIERS,
    FittedClassifier,
    PixelClassifier,
    learn_colours,
    pixel_classifier,
)
from riverscape.pixels.context import Context
from riverscape.pixels.features import median_filtered
from riverscape.pixels.prediction import classify_pixels
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.spectra import Spectra
from riverscape.pixels.table import SpectralTable

__all__ = [
    "PIXEL_CLASSIFIERS",
    "Context",
    "FittedClassifier",
    "PixelClassifier",
    "PixelSettings",
    "Spectra",
    "SpectralTable",
    "classify_pixels",
    "learn_colours",
    "median_filtered",
    "pixel_classifier",
]
