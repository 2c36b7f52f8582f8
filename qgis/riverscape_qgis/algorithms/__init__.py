# SPDX-License-Identifier: GPL-2.0-or-later
"""What the provider offers, one file each."""

from __future__ import annotations

from .areas import ClassAreas
from .assess import AssessMap
from .change import MapChange
from .classify import ClassifyRaster
from .rasterize import RasterizeLabels
from .train import TrainModel

__all__ = ["ALGORITHMS"]

ALGORITHMS = (ClassifyRaster, AssessMap, ClassAreas, MapChange, RasterizeLabels, TrainModel)
