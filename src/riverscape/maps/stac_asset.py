"""A file that belongs to a STAC Item, and what is in its bands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import RasterioError

from riverscape.errors import InputError
from riverscape.imagery.ground import gsd_m
from riverscape.imagery.quiet import quiet
from riverscape.labels import ClassScheme
from riverscape.labels.class_objects import class_objects

__all__ = ["COG_TYPE", "StacAsset", "opened"]

COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"


@dataclass(frozen=True)
class StacAsset:
    """A file that belongs to an Item.

    Attributes
    ----------
    kind
        Its media type; what is in a raster is read from the raster itself.
    roles
        What it is good for: data, metadata, overview.
    holds_classes
        Whether its pixels are class codes.
    pixels
        How many of them each class has, by name, where that is known.
    """

    path: Path
    title: str
    kind: str = COG_TYPE
    roles: tuple[str, ...] = ("data",)
    holds_classes: bool = False
    pixels: Mapping[str, int] = field(default_factory=dict)

    def entry(self, folder: Path, scheme: ClassScheme) -> dict[str, Any]:
        """Return the asset as it stands in the Item.

        Parameters
        ----------
        folder
            The Item's, in which the file lies.

        Raises
        ------
        InputError
            If a raster cannot be read.
        """
        entry: dict[str, Any] = {
            "href": f"./{self.path.relative_to(folder).as_posix()}",
            "type": self.kind,
            "title": self.title,
            "roles": list(self.roles),
        }
        if self.kind == COG_TYPE:
            with opened(self.path) as file:
                entry |= _bands(file)
        if self.holds_classes:
            entry["classification:classes"] = class_objects(scheme, self.pixels)
        return entry


def opened(path: Path) -> Any:  # noqa: ANN401
    """Return the open dataset of a map.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with quiet():
            return rasterio.open(path)
    except RasterioError as error:
        message = f"{path} is not a map that can be read: {' '.join(str(error).split())}"
        raise InputError(message) from error


def _bands(file: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the bands as STAC 1.1 and, for older readers, the raster extension describe them."""
    size_m = gsd_m(file.crs, file.transform, file.shape)
    point = file.tags().get("AREA_OR_POINT", "Area").lower()
    bands: list[dict[str, Any]] = []
    rasters: list[dict[str, Any]] = []
    for dtype, nodata, text in zip(file.dtypes, file.nodatavals, file.descriptions, strict=True):
        pixels: dict[str, Any] = {"data_type": dtype}
        if nodata is not None:
            pixels["nodata"] = int(nodata) if float(nodata).is_integer() else nodata
        bands.append({"name": text or f"band {len(bands) + 1}", **pixels})
        size = {"spatial_resolution": size_m} if size_m else {}
        rasters.append({**pixels, "sampling": point, **size})
    return {"bands": bands, "raster:bands": rasters}
