# SPDX-License-Identifier: GPL-2.0-or-later
"""The advanced parameters of classifying, and the words that tell the worker of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import (
    QgsProcessingParameterBand,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..translation import tr
from .base import advanced

__all__ = ["add_options", "option_words"]

# Parameters that are numbers, and the worker's names for them.
_NUMBERS = {
    "TILE_STRIDE": "--tile-stride",
    "LEAST_PATCH": "--least-patch",
    "SMOOTHING_RADIUS": "--smoothing-radius",
    "DESPECKLE": "--despeckle",
    "GSD": "--gsd",
}


def add_options(add: Callable[[Any], Any]) -> None:
    """Declare the parameters that are folded away."""
    add(
        advanced(
            QgsProcessingParameterBand(
                "BANDS",
                tr("Bands that stand for the model's, in its order (red, green, blue)"),
                parentLayerParameterName="INPUT",
                optional=True,
                allowMultiple=True,
            )
        )
    )
    whole, real = QgsProcessingParameterNumber.Integer, QgsProcessingParameterNumber.Double
    _number(add, "PIXEL_SIZE", tr("Side of a pixel to fetch maps from the web with, in units of "
            "their CRS"), real)  # fmt: skip
    _number(add, "GSD", tr("Side of a pixel on the ground, in metres, where the file does not "
            "say it"), real)  # fmt: skip
    add(
        advanced(
            QgsProcessingParameterBoolean(
                "RESAMPLE",
                tr("Work at the pixel size that the model was trained at; the map keeps the "
                   "image's"),
                False,
            )
        )
    )  # fmt: skip
    _number(add, "TILE_STRIDE", tr("Distance between tiles, in pixels (else half a tile)"), whole,
            least=1)  # fmt: skip
    _number(add, "LEAST_PATCH", tr("A rare class that nowhere fills a square of this side, in "
            "pixels, is not believed (else 75)"), whole, least=0)  # fmt: skip
    _number(add, "SMOOTHING_RADIUS", tr("How far neighbouring pixels are evened out, in pixels "
            "(else 6)"), whole, least=1)  # fmt: skip
    _number(add, "DESPECKLE", tr("Patches of fewer pixels take the class around them (else none)"),
            whole, least=0)  # fmt: skip
    add(
        advanced(
            QgsProcessingParameterString(
                "MAX_RAM", tr("Memory to keep to, as in 4GB (else a quarter of the machine's)"),
                optional=True,
            )
        )
    )  # fmt: skip
    add(
        advanced(
            QgsProcessingParameterFile(
                "SETTINGS", tr("Settings file, for all that is not asked here"),
                extension="toml", optional=True,
            )
        )
    )  # fmt: skip


def _number(add: Callable[[Any], Any], name: str, text: str, kind: Any, least: float = 0.0) -> None:
    parameter = QgsProcessingParameterNumber(name, text, kind, optional=True, minValue=least)
    add(advanced(parameter))


def option_words(algorithm: Any, parameters: Any, context: Any) -> list[str]:
    """Return the worker's words for the options that the user set."""
    words = []
    for name, option in _NUMBERS.items():
        if parameters.get(name) not in (None, ""):
            value = algorithm.parameterAsDouble(parameters, name, context)
            words += [option, f"{value:.12g}"]
    if algorithm.parameterAsBoolean(parameters, "RESAMPLE", context):
        words.append("--resample")
    for name, option in (("MAX_RAM", "--max-ram"), ("SETTINGS", "--config")):
        is_file = name == "SETTINGS"
        read = algorithm.file_parameter if is_file else algorithm.text_parameter
        text = read(parameters, name, context)
        words += [option, text] if text else []
    return words
