# SPDX-License-Identifier: GPL-2.0-or-later
"""What a map is held against: polygons with classes, a raster of class codes, or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterField,
    QgsProcessingParameterMapLayer,
    QgsRasterLayer,
)

from ..layers import LayerError, RasterLook, look_at
from ..polygons import Within, check_classes, write_polygons
from ..translation import tr

__all__ = ["Reference", "add_reference", "reference_of"]


@dataclass(frozen=True)
class Reference:
    """A layer that people trust.

    Attributes
    ----------
    look
        The raster of class codes; None where there are polygons or nothing.
    source
        The polygons, as they were when the algorithm began; None otherwise.
    field
        The polygons' field with their classes.
    origin
        Where it comes from, for a command line: the file, or a layer's name.
    """

    look: RasterLook | None
    source: Any
    field: str
    origin: str

    @classmethod
    def of(cls, layer: Any, source: Any, field: str) -> Reference:
        """Return what a layer is; one of no layer is empty.

        Raises
        ------
        LayerError
            If the layer is broken.
        """
        if isinstance(layer, QgsRasterLayer):
            look = look_at(layer)
            return cls(look, None, field, str(look.path or look.name))
        file = "" if layer is None else layer.source().split("|")[0]
        name = "" if source is None else source.sourceName()
        return cls(None, source, field, os.path.abspath(file) if os.path.isfile(file) else name)

    def __bool__(self) -> bool:
        return self.look is not None or self.source is not None

    @property
    def name(self) -> str:
        """The layer's name."""
        if self.look is not None:
            return self.look.name
        return self.source.sourceName() if self.source is not None else ""

    def check(self, image: RasterLook, classes: Mapping[int, str]) -> None:
        """Check that its classes are known and that it lies where the image does.

        Raises
        ------
        LayerError
            If not.
        """
        if self.look is not None and self.look.path is None:
            message = tr("the reference {0} is no file: export it first")
            raise LayerError(message.format(self.look.name))
        if self.source is None:
            return
        check_classes(self.source, self.field, classes)
        name = self.source.sourceName()
        if image.is_placed and not image.crs.isValid():
            message = tr("{0} does not say in which coordinate system it lies, so {1} cannot be "
                         "laid over it: set its CRS (right click › Layer CRS)")  # fmt: skip
            raise LayerError(message.format(image.name, name))
        if image.is_placed and not self.source.sourceCrs().isValid():
            message = tr("{0} has no coordinate system, so it cannot be laid over {1}: set its CRS")
            raise LayerError(message.format(name, image.name))
        if not image.is_placed and not self.source.sourceExtent().intersects(image.extent):
            message = tr("{0} does not lie over {1}, which has no place on Earth: draw polygons "
                         "where QGIS shows it")  # fmt: skip
            raise LayerError(message.format(name, image.name))

    def refuse_scores(self) -> None:
        """Say that there is nothing to score against.

        Raises
        ------
        LayerError
            Always.
        """
        raise LayerError(tr("scores need a reference: choose a layer, or write no scores"))

    def words(
        self,
        grid: Path,
        folder: Path,
        context: Any,
        image: RasterLook,
        within: Within | None = None,
    ) -> list[str]:
        """Return the options that name it to the worker, having written it as a file.

        Parameters
        ----------
        grid
            The image or map whose rows and columns count.
        image
            What it lies over: polygons over a photograph without a place are in its pixels.
        within
            What of it counts; all without it.
        """
        if self.look is not None and self.look.path is not None:
            # Late: they load GDAL, and QGIS starts with this module.
            from ..area import cut_labels
            from ..image_files import onto_grid

            labels = onto_grid(self.look.path, grid, folder)
            if within is not None:
                labels = cut_labels(labels, within.area, folder)
            return ["--labels", str(labels)]
        if self.source is None:
            return []
        crs = self.source.sourceCrs() if image.is_placed else image.place_crs
        path = write_polygons(self.source, self.field, folder / "reference", context, crs, within)
        field = self.source.fields().at(self.source.fields().lookupField(self.field)).name()
        return ["--labels", str(path), "--class-field", field]


def add_reference(add: Callable[[Any], Any], text: str, optional: bool) -> None:
    """Declare the parameters of a reference, which may be polygons or a raster."""
    types = [QgsProcessing.TypeRaster, QgsProcessing.TypeVectorPolygon]
    add(QgsProcessingParameterMapLayer("REFERENCE", text, optional=optional, types=types))
    add(
        QgsProcessingParameterField(
            "CLASS_FIELD", tr("Field with the class of each reference polygon"),
            parentLayerParameterName="REFERENCE", optional=True,
        )
    )  # fmt: skip


def reference_of(algorithm: Any, parameters: Any, context: Any) -> Reference:
    """Return the reference that these parameters name."""
    layer = algorithm.parameterAsLayer(parameters, "REFERENCE", context)
    source = algorithm.parameterAsSource(parameters, "REFERENCE", context)
    fields = algorithm.parameterAsFields(parameters, "CLASS_FIELD", context)
    return Reference.of(layer, source, fields[0] if fields else "class")
