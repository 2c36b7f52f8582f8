"""How good a map is: one confusion matrix, from which every score derives."""

from riverscape.assessment.confusion import ClassScore, ConfusionMatrix
from riverscape.assessment.reliability import Reliability
from riverscape.assessment.run_results import MappedImage, RunResults
from riverscape.assessment.splits import hold_out, leave_one_out

__all__ = [
    "ClassScore",
    "ConfusionMatrix",
    "MappedImage",
    "Reliability",
    "RunResults",
    "hold_out",
    "leave_one_out",
]
