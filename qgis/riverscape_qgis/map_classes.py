# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes that a map brings along: the category names of its file."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal

__all__ = ["map_classes"]


def map_classes(path: Path) -> dict[int, str]:
    """Return code and name of each class; empty where the map names none."""
    file = gdal.Open(str(path))
    names = file.GetRasterBand(1).GetCategoryNames() if file is not None else None
    return {code: name for code, name in enumerate(names or []) if code and name}
