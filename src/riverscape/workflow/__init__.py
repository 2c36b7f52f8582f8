"""The method as a readable story: classify an image, score a map, train a model.

`classification.classify` is the architecture in a page.
"""

from riverscape.workflow.classification import (
    Classification,
    check_settings,
    classify,
)
from riverscape.workflow.compared_map import ComparedMap, comparison_summary, comparison_table
from riverscape.workflow.comparison import Methods, compare
from riverscape.workflow.cross_validation import Fold, cross_validate, folds_table
from riverscape.workflow.held_out import HeldOut
from riverscape.workflow.image_maps import ImageMaps, map_image, seen_by
from riverscape.workflow.memory import needed_mb
from riverscape.workflow.quantising import Quantisation, quantise
from riverscape.workflow.resources import (
    LEAST_SIDE_PX,
    Resources,
    available_threads,
    bytes_per_px,
)
from riverscape.workflow.scoring import assess, assess_maps
from riverscape.workflow.training import Training, Tuning, check_training, train, tune

__all__ = [
    "LEAST_SIDE_PX",
    "Classification",
    "ComparedMap",
    "Fold",
    "HeldOut",
    "ImageMaps",
    "Methods",
    "Quantisation",
    "Resources",
    "Training",
    "Tuning",
    "assess",
    "assess_maps",
    "available_threads",
    "bytes_per_px",
    "check_settings",
    "check_training",
    "classify",
    "compare",
    "comparison_summary",
    "comparison_table",
    "cross_validate",
    "folds_table",
    "map_image",
    "needed_mb",
    "quantise",
    "seen_by",
    "train",
    "tune",
]
