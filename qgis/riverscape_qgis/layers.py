# SPDX-License-Identifier: GPL-2.0-or-later
"""What a raster layer is: where its pixels are, and what its own settings say of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsRaster, QgsRasterInterface, QgsRasterLayer

from .translation import tr

__all__ = ["LayerError", "RasterLook", "look_at"]


class LayerError(Exception):
    """A layer cannot be used as it is: one line that says which, why and what to do."""


@dataclass(frozen=True)
class RasterLook:
    """A raster layer as it was when the algorithm began; its thread may be another's.

    Attributes
    ----------
    name
        The layer's name in the project.
    source
        What GDAL opens; for other providers what they call it.
    is_gdal
        Whether GDAL reads it: then nothing has to be exported.
    is_sized
        Whether it has rows and columns of its own, unlike a map from the web.
    crs
        The layer's own CRS, whatever the project's.
    is_placed
        Whether the image has a place on Earth, whatever CRS QGIS made up for it.
    crs_changed
        Whether the user gave it another CRS than its file says.
    rgb_bands
        The bands shown as red, green and blue where the user changed them; empty otherwise.
    nodata
        The value that the user says is no data; None where the file's counts.
    nodata_off
        Whether the user said that the file's nodata value is data.
    provider
        A copy of what gives the layer its pixels, for exporting.
    """

    name: str
    source: str
    is_gdal: bool
    is_sized: bool
    columns: int
    rows: int
    band_count: int
    extent: Any
    crs: Any
    is_placed: bool
    crs_changed: bool
    rgb_bands: tuple[int, ...]
    nodata: float | None
    nodata_off: bool
    provider: Any

    @property
    def path(self) -> Path | None:
        """The file that the layer is; None where it is none."""
        path = Path(os.path.abspath(self.source))  # the worker works in another folder
        return path if self.is_gdal and path.is_file() else None

    @property
    def place_crs(self) -> Any:
        """The CRS that places the layer: none where the image has no place on Earth."""
        return self.crs if self.is_placed else QgsCoordinateReferenceSystem()

    @property
    def is_as_in_file(self) -> bool:
        """Whether the file alone says all that the layer does, but for bands and nodata value."""
        return self.path is not None and not self.crs_changed and not self.nodata_off


def look_at(layer: Any) -> RasterLook:
    """Return what a raster layer is; called where the layer lives.

    Raises
    ------
    LayerError
        If it is none, is broken, or its settings of no data cannot be kept to.
    """
    if layer is None or not isinstance(layer, QgsRasterLayer):
        raise LayerError(tr("choose a raster layer: an image with bands of colour"))
    if not layer.isValid():
        message = tr("layer {0} cannot be read: is its file still there?")
        raise LayerError(message.format(layer.name() or layer.source()))
    provider = layer.dataProvider()
    is_gdal = provider.name() == "gdal"
    is_sized = bool(provider.capabilities() & QgsRasterInterface.Size) and provider.xSize() > 0
    nodata, nodata_off = _nodata(layer)
    is_placed = not is_gdal or _is_placed(layer)
    return RasterLook(
        name=layer.name(),
        source=layer.source(),
        is_gdal=is_gdal,
        is_sized=is_sized,
        columns=provider.xSize() if is_sized else 0,
        rows=provider.ySize() if is_sized else 0,
        band_count=_colour_bands(provider),
        extent=layer.extent(),
        crs=QgsCoordinateReferenceSystem(layer.crs()),
        is_placed=is_placed,
        crs_changed=is_gdal and is_placed and _crs_changed(layer),
        rgb_bands=_rgb_bands(layer) if is_gdal else (),
        nodata=nodata,
        nodata_off=nodata_off,
        provider=provider.clone(),
    )


def _colour_bands(provider: Any) -> int:
    """Return the bands that are not alpha."""
    bands = range(1, provider.bandCount() + 1)
    return sum(provider.colorInterpretation(band) != QgsRaster.AlphaBand for band in bands)


def _is_placed(layer: Any) -> bool:
    from osgeo import gdal

    file = gdal.Open(layer.source())
    if file is None:
        return layer.crs().isValid()
    has_points = bool(file.GetGCPCount() or file.GetMetadata("RPC"))
    return has_points or file.GetGeoTransform(can_return_null=True) is not None


def _crs_changed(layer: Any) -> bool:
    """Return whether the user gave a placed image another CRS than its file says."""
    return layer.crs().isValid() and layer.crs() != layer.dataProvider().crs()


def _rgb_bands(layer: Any) -> tuple[int, ...]:
    shown = _shown_bands(layer)
    options = QgsRasterLayer.LayerOptions(False)  # without the style that lies beside the file
    fresh = QgsRasterLayer(layer.source(), "fresh", "gdal", options)
    return shown if shown != _shown_bands(fresh) else ()


def _shown_bands(layer: Any) -> tuple[int, ...]:
    renderer = layer.renderer()
    if renderer is None or renderer.type() != "multibandcolor":
        return ()
    bands = (renderer.redBand(), renderer.greenBand(), renderer.blueBand())
    return bands if min(bands) > 0 else ()


def _nodata(layer: Any) -> tuple[float | None, bool]:
    """Return the value that the user gave, and whether the file's own is switched off."""
    provider = layer.dataProvider()
    bands = range(1, provider.bandCount() + 1)
    ranges = {(one.min(), one.max()) for band in bands for one in provider.userNoDataValues(band)}
    has_own = any(provider.sourceHasNoDataValue(band) for band in bands)
    uses_own = has_own and all(
        provider.useSourceNoDataValue(band) for band in bands if provider.sourceHasNoDataValue(band)
    )
    if not ranges:
        return None, has_own and not uses_own
    low, high = min(ranges)
    own = {provider.sourceNoDataValue(band) for band in bands if uses_own}
    if len(ranges) > 1 or low != high or own - {low}:
        message = tr(
            "layer {0} has several values without data: leave one in Layer Properties › "
            "Transparency, or mask the rest by a polygon layer"
        )
        raise LayerError(message.format(layer.name()))
    return low, False
