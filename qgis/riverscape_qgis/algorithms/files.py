# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that an algorithm is to read and to write, as far as its parameters name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..delivery import TEMPORARY, check_map_name, check_outputs

__all__ = ["check_files", "check_names", "output_name"]


def check_names(parameters: Any, *names: str) -> None:
    """Check that maps get names of GeoTIFFs.

    Raises
    ------
    LayerError
        If not.
    """
    for name in names:
        text = output_name(parameters.get(name))
        if text != TEMPORARY:
            check_map_name(text)


def check_files(algorithm: Any, parameters: Any, context: Any) -> None:
    """Check that no output takes the place of what is read, or of another output.

    Raises
    ------
    LayerError
        If one does.
    """
    outputs = {
        one.description(): output_name(parameters.get(one.name()))
        for one in algorithm.destinationParameterDefinitions()
    }
    check_outputs(outputs, _inputs(algorithm, parameters, context))


def output_name(value: Any) -> str:
    """Return where an output goes; "" where it goes nowhere or that is not known before the run."""
    sink = getattr(value, "sink", value)
    text = sink.staticValue() if hasattr(sink, "staticValue") else sink
    return text if isinstance(text, str) else ""


def _inputs(algorithm: Any, parameters: Any, context: Any) -> Iterator[str]:
    """Yield the files of layers, and those that are named."""
    for one in algorithm.parameterDefinitions():
        if one.isDestination() or not parameters.get(one.name()):
            continue
        if one.type() == "file":
            yield algorithm.parameterAsString(parameters, one.name(), context)
        elif one.type() == "multilayer":
            layers = algorithm.parameterAsLayerList(parameters, one.name(), context) or []
            yield from (layer.source() for layer in layers)
        elif one.type() in ("raster", "layer", "source"):
            layer = algorithm.parameterAsLayer(parameters, one.name(), context)
            # What follows names one of the file's layers.
            yield "" if layer is None else layer.source().split("|")[0]
