"""Where it runs: one image after another, or several at once, with the same bytes out."""

from riverscape.execution.image import ImageResult
from riverscape.execution.products import Products
from riverscape.execution.record import RunRecord
from riverscape.execution.survey import SurveyRun, classify_survey

__all__ = ["ImageResult", "Products", "RunRecord", "SurveyRun", "classify_survey"]
