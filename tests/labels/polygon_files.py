"""Files of polygons as a GIS writes them, for tests."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

__all__ = ["blobs", "box", "write_polygons"]


def box(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    return shapely.box(left, min(top, bottom), right, max(top, bottom))


def blobs(
    count: int, extent: tuple[float, float, float, float], radius: float, seed: int
) -> list[shapely.Polygon]:
    """Return stars of seven corners at random places, some of which reach over the extent."""
    rng = np.random.default_rng(seed)
    left, bottom, right, top = extent
    found = []
    for _ in range(count):
        centre = rng.uniform((left, bottom), (right, top))
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        reach = rng.uniform(0.2, 1, 7) * radius
        corners = centre + np.column_stack([reach * np.cos(angles), reach * np.sin(angles)])
        found.append(shapely.Polygon(corners).buffer(0))
    return [one for one in found if one.geom_type == "Polygon" and not one.is_empty]


def write_polygons(
    path: Path,
    shapes: Sequence[Any],
    values: Sequence[Any] | NDArray[Any],
    crs: str | None = None,
    field: str = "class",
    **how: Any,
) -> Path:
    """Write polygons with a class each; the suffix says how."""
    path.parent.mkdir(parents=True, exist_ok=True)
    column = np.asarray(values)
    if column.dtype.kind in "UO":
        column = column.astype(object)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array(shapes, object)),
            field_data=[column],
            fields=[field],
            geometry_type=how.pop("geometry_type", "Unknown"),
            crs=crs,
            **how,
        )
    return path
