# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons as the label raster of an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from ..delivery import deliver
from ..layers import LayerError, look_at
from ..results import show_map
from ..schemes import known_classes, scheme_words
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm
from .files import check_names
from .reference import Reference

__all__ = ["RasterizeLabels"]


class RasterizeLabels(RiverscapeAlgorithm):
    """Makes a label raster."""

    NAME = "rasterizelabels"
    TAGS = ("labels", "polygons", "ground truth", "training")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Rasterize labels")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Turns polygons with classes into the label raster of an image.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>The label raster has the rows, columns and CRS of the image: a pixel has the class "
            "of the polygon that its centre lies in, 0 where there is none. Where polygons overlap "
            "the last one of the layer counts.</p>"
            "<p><b>Field with the class</b>: by code (1 to 255) or by name. Code 0, or "
            "<i>unlabelled</i>, takes labels away.</p>"
            "<p><b>Classes</b>: without a file they are the five of the published data (water, dry "
            "sediment, green vegetation, senescent vegetation, paved road); where the layer is "
            "styled by categories of the field, they are those categories with their names and "
            "colours.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add = self.addParameter
        polygons = [QgsProcessing.TypeVectorPolygon]
        add(QgsProcessingParameterFeatureSource("POLYGONS", tr("Polygons with classes"), polygons))
        add(
            QgsProcessingParameterField(
                "CLASS_FIELD", tr("Field with the class"), "class", "POLYGONS"
            )
        )
        add(QgsProcessingParameterRasterLayer("INPUT", tr("Image that they were drawn on")))
        add(
            QgsProcessingParameterFile(
                "CLASSES", tr("Classes: a file with code, name and colour of each"),
                extension="json", optional=True,
            )
        )  # fmt: skip
        add(QgsProcessingParameterRasterDestination("OUTPUT", tr("Label raster")))
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def check(self, parameters: Any, context: Any, _worker: Worker) -> None:
        """Check layers and classes."""
        check_names(parameters, "OUTPUT")
        look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        if look.path is None:
            message = tr("layer {0} is no file: export it first (right click › Export › Save As)")
            raise LayerError(message.format(look.name))
        reference = self._reference(parameters, context)
        file = self.file_parameter(parameters, "CLASSES", context)
        layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
        reference.check(look, known_classes(file, layer, reference.field))

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layers where they live."""
        self._look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        self._labels = self._reference(parameters, context)
        self._layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where the label raster goes."""
        return {"OUTPUT": self.parameterAsOutputLayer(parameters, "OUTPUT", context)}

    def work(self, parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Rasterize and load the labels."""
        from ..image_files import as_file  # late: it loads GDAL, and QGIS starts with this module

        image = as_file(self._look, None, 0, job.folder, feedback, context)
        _, polygons, *field = self._labels.words(image.path, job.folder, context, self._look)
        made = job.folder / "labels.tif"
        file = self.file_parameter(parameters, "CLASSES", context)
        words = ["labels", "rasterize", polygons, "--image", str(image.path), "--out", str(made)]
        words += [*field, *scheme_words(file, self._layer, self._labels.field, job.folder)]
        stand_ins = {
            polygons: self._labels.origin, str(made): job.out["OUTPUT"],
            str(image.path): str(self._look.path),
        }  # fmt: skip
        said, command = job.run(words, feedback, stand_ins)
        for line in said.splitlines():
            if str(job.folder) not in line:
                feedback.pushInfo(line)
        path = deliver(made, Path(job.out["OUTPUT"]))
        name = tr("{0} labels").format(self._look.name)
        show_map(context, path, name, tr("Land cover of {0}").format(self._look.name), "labels")
        return {"OUTPUT": path, "COMMAND": command}

    def _reference(self, parameters: Any, context: Any) -> Reference:
        source = self.parameterAsSource(parameters, "POLYGONS", context)
        fields = self.parameterAsFields(parameters, "CLASS_FIELD", context)
        layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
        return Reference.of(layer, source, fields[0] if fields else "class")
