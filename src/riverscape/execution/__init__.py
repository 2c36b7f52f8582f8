"""Where it runs: one image after another, or several at once, with the same bytes out."""

from riverscape.execution.image import ImageResult
from riverscape.execution.mosaics import mosaic_of
from riverscape.execution.plan import ImagePlan, plan_survey
from riverscape.execution.products import Products
from riverscape.execution.record import RunRecord
from riverscape.execution.standing import is_unfinished
from riverscape.execution.survey import SurveyRun, classify_survey

__all__ = [
    "ImagePlan",
    "ImageResult",
    "Products",
    "RunRecord",
    "SurveyRun",
    "classify_survey",
    "is_unfinished",
    "mosaic_of",
    "plan_survey",
]
