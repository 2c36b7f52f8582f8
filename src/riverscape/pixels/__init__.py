"""Phase 2: learn the colours of this image alone and label each of its pixels."""

from riverscape.pixels.classifiers import (
    CLASSIFIER_NAMES,
    PIXEL_CLASSIFIERS,
    FittedClassifier,
    PixelClassifier,
    learn_colours,
    pixel_classifier,
)
from riverscape.pixels.context import Context
from riverscape.pixels.evidence import ColourEvidence, Evidence
from riverscape.pixels.features import FEATURES, extract_features, parse_features
from riverscape.pixels.layers import Layers, describe_pixels
from riverscape.pixels.learning import Learned, check_pixel_settings, learn_image
from riverscape.pixels.levels import Levels
from riverscape.pixels.patches import PatchClassifier, PatchEvidence
from riverscape.pixels.posterior import Posterior
from riverscape.pixels.prediction import classify_pixels
from riverscape.pixels.settings import LayerSettings, PixelSettings, TeachingSettings
from riverscape.pixels.spectra import Spectra
from riverscape.pixels.table import SpectralTable
from riverscape.pixels.teaching import Lesson

__all__ = [
    "CLASSIFIER_NAMES",
    "FEATURES",
    "PIXEL_CLASSIFIERS",
    "ColourEvidence",
    "Context",
    "Evidence",
    "FittedClassifier",
    "LayerSettings",
    "Layers",
    "Learned",
    "Lesson",
    "Levels",
    "PatchClassifier",
    "PatchEvidence",
    "PixelClassifier",
    "PixelSettings",
    "Posterior",
    "Spectra",
    "SpectralTable",
    "TeachingSettings",
    "check_pixel_settings",
    "classify_pixels",
    "describe_pixels",
    "extract_features",
    "learn_colours",
    "learn_image",
    "parse_features",
    "pixel_classifier",
]
