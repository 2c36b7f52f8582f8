"""The method as a readable story: classify an image, score a map, train a model.

`classification.classify` is the architecture in a page.
"""

from riverscape.workflow.classification import (
    Classification,
    available_threads,
    check_settings,
    classify,
)
from riverscape.workflow.scoring import assess, assess_maps
from riverscape.workflow.training import Training, check_training, train

__all__ = [
    "Classification",
    "Training",
    "assess",
    "assess_maps",
    "available_threads",
    "check_settings",
    "check_training",
    "classify",
    "train",
]
