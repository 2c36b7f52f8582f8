"""What ties a raster to the ground besides a transform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["GroundControl"]


@dataclass(frozen=True, eq=False)
class GroundControl:
    """Ground control points, sensor model and what coordinates mean, as a file says of them.

    Attributes
    ----------
    points
        Ground control points, as rasterio holds them.
    crs
        What these are in.
    rpcs
        Rational polynomial coefficients, the sensor model of satellite images; or None.
    pixel_is_point
        Whether the file says its pixels are points, not areas; their place is the same.
    """

    points: Sequence[Any] = ()
    crs: Any = None
    rpcs: Any = None
    pixel_is_point: bool = False

    @classmethod
    def of(cls, file: Any) -> "GroundControl":  # noqa: ANN401
        """Return what an open file of rasterio's says."""
        points, crs = file.gcps
        return cls(tuple(points), crs, file.rpcs, file.tags().get("AREA_OR_POINT") == "Point")

    def enter(self, file: Any) -> None:  # noqa: ANN401
        """Say it of a file that rasterio writes, before anything else is written."""
        # GDAL moves ground control points by half a pixel for each time it copies points.
        if self.pixel_is_point and not self.points and not file.transform.is_identity:
            file.update_tags(AREA_OR_POINT="Point")
        if self.points:
            file.gcps = list(self.points), self.crs
        if self.rpcs is not None:
            file.rpcs = self.rpcs
