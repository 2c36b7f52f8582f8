"""How good a map is: one confusion matrix, from which every score derives."""

from riverscape.assessment.confusion import ClassScore, ConfusionMatrix
from riverscape.assessment.splits import hold_out, leave_one_out

__all__ = ["ClassScore", "ConfusionMatrix", "hold_out", "leave_one_out"]
