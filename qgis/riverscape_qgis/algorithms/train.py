# SPDX-License-Identifier: GPL-2.0-or-later
"""A model of one's own, of layers and what one has drawn on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputFolder,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..delivery import TEMPORARY, check_replaceable, deliver_folder
from ..layers import LayerError, RasterLook, look_at
from ..models import common_words
from ..schemes import known_classes, scheme_words
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm, advanced
from .files import output_name
from .reference import Reference

__all__ = ["TrainModel"]

# Numbers that are folded away, and the worker's names for them.
_NUMBERS = {"TILE": "--tile", "STRIDE": "--stride", "SEED": "--seed"}
_SHARE = "VALIDATION_SHARE"


class TrainModel(RiverscapeAlgorithm):
    """Trains the network of phase 1."""

    NAME = "train"
    TAGS = ("train", "deep learning", "network", "model")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Train model")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Trains a model on images and the land cover that you drew on them.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>Draw polygons of each class on a few images, over all that a class looks like in "
            "them: in light and shade, wet and dry. Tiles of 50 × 50 pixels are cut where one "
            "class covers nine tenths, and a network learns them.</p>"
            "<p><b>Labels</b>: one polygon layer for all images, or rasters of class codes: each "
            "belongs to the image called alike (SCLS_<i>image</i>), else to the one with its rows, "
            "columns and place.</p>"
            "<p><b>Classes</b>: without a file the five of the published data; where the polygon "
            "layer is styled by categories of its class field, those categories with their names "
            "and colours.</p>"
            "<p><b>Go on from a model</b>: learns faster, from fewer labels. Classes and bands may "
            "differ.</p>"
            "<p>The model is a folder, which <i>Classify raster</i> takes. Beside it a folder with "
            "<i>_training</i> in its name keeps the record: curves, confusion matrix of the images "
            "kept out, the most certain mistakes.</p>"
            "<p>Training needs PyTorch in the worker's environment: Settings › Options › "
            "riverscape.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add, raster = self.addParameter, QgsProcessing.TypeRaster
        add(QgsProcessingParameterMultipleLayers("INPUTS", tr("Images"), raster))
        add(
            QgsProcessingParameterFeatureSource(
                "POLYGONS", tr("Labels: polygons with classes"),
                [QgsProcessing.TypeVectorPolygon], optional=True,
            )
        )  # fmt: skip
        add(
            QgsProcessingParameterField(
                "CLASS_FIELD", tr("Field with the class of each polygon"), "class", "POLYGONS",
                optional=True,
            )
        )  # fmt: skip
        add(
            QgsProcessingParameterMultipleLayers(
                "LABELS", tr("Labels: rasters of class codes"), raster, optional=True
            )
        )
        add(
            QgsProcessingParameterFile(
                "CLASSES", tr("Classes: a file with code, name and colour of each"),
                extension="json", optional=True,
            )
        )  # fmt: skip
        add(
            QgsProcessingParameterString(
                "FROM", tr("Go on from a model: a bundled one by its name, or a folder"),
                optional=True,
            )
        )  # fmt: skip
        self._add_numbers()
        add(QgsProcessingParameterFolderDestination("MODEL", tr("Model")))
        self.addOutput(QgsProcessingOutputFolder("RECORD", tr("Record of the training")))
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def _add_numbers(self) -> None:
        add, whole = self.addParameter, QgsProcessingParameterNumber.Integer
        add(QgsProcessingParameterNumber("EPOCHS", tr("Rounds over all tiles"), whole, 8, False, 1))
        for name, title in (
            ("TILE", tr("Side of a tile, in pixels (else 50)")),
            ("STRIDE", tr("Distance between tiles, in pixels (else 25)")),
            ("SEED", tr("Seed: the same gives the same model")),
        ):
            add(advanced(QgsProcessingParameterNumber(name, title, whole, None, True, 0)))
        share = QgsProcessingParameterNumber(
            _SHARE, tr("Share of the images kept out to choose the best round (else 0.2)"),
            QgsProcessingParameterNumber.Double, None, True, 0, 0.9,
        )  # fmt: skip
        add(advanced(share))
        backbone = QgsProcessingParameterString(
            "BACKBONE", tr("Network: compact, nasnet_mobile or one of timm's (else compact)"),
            optional=True,
        )  # fmt: skip
        add(advanced(backbone))
        settings = QgsProcessingParameterFile(
            "SETTINGS", tr("Settings file, for all that is not asked here"), extension="toml",
            optional=True,
        )  # fmt: skip
        add(advanced(settings))

    def check(self, parameters: Any, context: Any, _worker: Worker) -> None:
        """Check images, labels, classes and where the model goes."""
        # Late, here and below: it loads GDAL, and QGIS starts with this module.
        from ..label_rasters import labels_for

        model = output_name(parameters.get("MODEL"))
        if model and model != TEMPORARY:
            check_replaceable(Path(model), "model.json")
            check_replaceable(_record_of(Path(model)), "train.json")
        looks = self._looks(parameters, "INPUTS", context)
        labels = self._looks(parameters, "LABELS", context)
        reference = self._reference(parameters, context)
        if bool(labels) == bool(reference):
            message = tr("choose labels: either a polygon layer, or rasters of class codes")
            raise LayerError(message)
        for look in looks:
            if not look.is_sized:
                message = tr("layer {0} is a map from the web: export the part to train on first")
                raise LayerError(message.format(look.name))
        common_words(looks)
        labels_for(looks, labels)
        file = self.file_parameter(parameters, "CLASSES", context)
        layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
        classes = known_classes(file, layer, reference.field)
        starts_anew = file or not self.text_parameter(parameters, "FROM", context)
        if reference and starts_anew:  # else they are the model's, which the worker knows
            for look in looks:
                reference.check(look, classes)

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layers where they live."""
        self._images = self._looks(parameters, "INPUTS", context)
        self._rasters = self._looks(parameters, "LABELS", context)
        self._drawn = self._reference(parameters, context)
        self._layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where the model goes."""
        return {"MODEL": self.parameterAsString(parameters, "MODEL", context)}

    def work(self, parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Train."""
        from ..image_files import as_file

        destination = Path(job.out["MODEL"])
        images = []
        for place, look in enumerate(self._images):
            own = job.folder / f"image_{place}"
            own.mkdir()
            images.append(as_file(look, None, 0, own, feedback, context).path)
        words = ["train", *map(str, images), "--out", str(job.made), "--name", destination.name]
        words += common_words(self._images)
        words += self._label_words(images, job, context)
        words += self._option_words(parameters, context, job.folder)
        stand_ins = {**self._stand_ins(images, words), str(job.made): str(destination)}
        said, command = job.run(words, feedback, stand_ins)
        for line in said.splitlines():
            if str(job.folder) not in line:
                feedback.pushInfo(line)
        made = job.folder / "out_training"
        results = {"COMMAND": command}
        if made.is_dir():
            results["RECORD"] = deliver_folder(made, _record_of(destination))
        return {**results, "MODEL": deliver_folder(job.made, destination)}

    def _label_words(self, images: list[Path], job: Job, context: Any) -> list[str]:
        if self._drawn:
            return self._drawn.words(images[0], job.folder, context, self._images[0])
        from ..label_rasters import labels_for, stage_labels

        folder = job.folder / "labels"
        folder.mkdir()
        pairs = labels_for(self._images, self._rasters)
        stage_labels(list(zip(images, (pair for _, pair in pairs))), folder)
        return ["--labels", str(folder)]

    def _option_words(self, parameters: Any, context: Any, folder: Path) -> list[str]:
        words = ["--epochs", str(self.parameterAsInt(parameters, "EPOCHS", context))]
        for name, option in _NUMBERS.items():
            if parameters.get(name) is not None:
                words += [option, str(self.parameterAsInt(parameters, name, context))]
        if parameters.get(_SHARE) is not None:
            share = self.parameterAsDouble(parameters, _SHARE, context)
            words += ["--validation-share", f"{share:.6g}"]
        for name, option in (("BACKBONE", "--backbone"), ("SETTINGS", "--config")):
            text = self.file_parameter(parameters, name, context)
            words += [option, text] if text else []
        base = self.file_parameter(parameters, "FROM", context)
        file = self.file_parameter(parameters, "CLASSES", context)
        layer = None if base else self._layer
        words += ["--from", base] if base else []
        return words + scheme_words(file, layer, self._drawn.field, folder)

    def _stand_ins(self, images: list[Path], words: list[str]) -> dict[str, str]:
        """Return what a command line names in place of files that were made for this run."""
        names = {
            str(path): str(look.path or look.source) for path, look in zip(images, self._images)
        }
        labels = words[words.index("--labels") + 1]
        return {**names, labels: self._drawn.origin or str(Path(self._rasters[0].source).parent)}

    def _looks(self, parameters: Any, name: str, context: Any) -> list[RasterLook]:
        layers = self.parameterAsLayerList(parameters, name, context) or []
        return [look_at(layer) for layer in layers]

    def _reference(self, parameters: Any, context: Any) -> Reference:
        source = self.parameterAsSource(parameters, "POLYGONS", context)
        fields = self.parameterAsFields(parameters, "CLASS_FIELD", context)
        layer = self.parameterAsVectorLayer(parameters, "POLYGONS", context)
        return Reference.of(layer, source, fields[0] if fields else "class")


def _record_of(model: Path) -> Path:
    return model.with_name(f"{model.name}_training")
