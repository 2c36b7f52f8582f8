# SPDX-License-Identifier: GPL-2.0-or-later
"""Shapes brought from one coordinate system to another."""

from __future__ import annotations

import math
from typing import Any

from qgis.core import QgsCoordinateTransform, QgsCsException

from .layers import LayerError
from .translation import tr

__all__ = ["bring"]


def bring(shape: Any, theirs: Any, crs: Any, transforms: Any, name: str) -> None:
    """Bring a QgsGeometry to another CRS, in place.

    Parameters
    ----------
    theirs
        The CRS that it is in.
    transforms
        The project's QgsCoordinateTransformContext.
    name
        What people call the layer that it is of.

    Raises
    ------
    LayerError
        If it has no place there, as where its layer was given a wrong CRS.
    """
    try:
        shape.transform(QgsCoordinateTransform(theirs, crs, transforms))
        box = shape.boundingBox()
        edges = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        fits = all(map(math.isfinite, edges))
    except QgsCsException:
        fits = False
    if not fits:
        message = tr("{0} has no place in the image's coordinate system: is {1} its true CRS?")
        raise LayerError(message.format(name, theirs.authid() or theirs.description()))
