"""Phase 2: learn the colours of this image alone and label each of its pixels."""

from riverscape.pixels.classifiers import (
    CLASSIFIER_NAMES,
    PIXEL_CLASSIFIERS,
    FittedClassifier,
    PixelClassifier,
    fit_colours,
    pixel_classifier,
)
from riverscape.pixels.colours import MOST_COLOURS
from riverscape.pixels.context import Context
from riverscape.pixels.evidence import ColourEvidence, Evidence
from riverscape.pixels.features import (
    FEATURES,
    extract_features,
    features_see_raw,
    parse_features,
)
from riverscape.pixels.layers import Layers, describe_pixels, layer_band_names
from riverscape.pixels.learned import Draft, Learned, Question, Views
from riverscape.pixels.learning import (
    Learner,
    check_pixel_settings,
    learn_view,
    learning_halo_px,
    pixel_learner,
    predicting_halo_px,
)
from riverscape.pixels.patches import PatchClassifier, PatchEvidence
from riverscape.pixels.posterior import Posterior
from riverscape.pixels.prediction import classify_pixels
from riverscape.pixels.settings import LayerSettings, PixelSettings, TeachingSettings
from riverscape.pixels.spectra import Spectra
from riverscape.pixels.table import SpectralTable
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View

__all__ = [
    "CLASSIFIER_NAMES",
    "FEATURES",
    "MOST_COLOURS",
    "PIXEL_CLASSIFIERS",
    "ColourEvidence",
    "Context",
    "Draft",
    "Evidence",
    "FittedClassifier",
    "LayerSettings",
    "Layers",
    "Learned",
    "Learner",
    "Lesson",
    "PatchClassifier",
    "PatchEvidence",
    "PixelClassifier",
    "PixelSettings",
    "Posterior",
    "Question",
    "Spectra",
    "SpectralTable",
    "TeachingSettings",
    "View",
    "Views",
    "check_pixel_settings",
    "classify_pixels",
    "describe_pixels",
    "extract_features",
    "features_see_raw",
    "fit_colours",
    "layer_band_names",
    "learn_view",
    "learning_halo_px",
    "parse_features",
    "pixel_classifier",
    "pixel_learner",
    "predicting_halo_px",
]
