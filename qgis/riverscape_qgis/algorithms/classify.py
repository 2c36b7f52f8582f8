# SPDX-License-Identifier: GPL-2.0-or-later
"""A land-cover map of an image, pixel by pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..delivery import deliver
from ..layers import LayerError, look_at
from ..models import DEFAULT_MODEL, band_words, check_bands, model_look
from ..polygons import Within
from ..results import show_map
from ..score_tables import both_scores, weighted_f1
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm
from .classify_options import add_options, option_words
from .files import check_names
from .reference import Reference, add_reference, reference_of

__all__ = ["ClassifyRaster"]

PIXEL_CLASSIFIERS = (
    "logistic", "kde", "gaussian", "forest", "boosting", "mlp", "patch", "published",
)  # fmt: skip


class ClassifyRaster(RiverscapeAlgorithm):
    """Makes a map of one raster layer."""

    NAME = "classify"
    TAGS = ("classify", "segmentation", "deep learning", "CSC", "water", "vegetation", "sediment")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Classify raster")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Maps the land cover of a river image: what each pixel of it shows.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>In two phases (CNN-Supervised Classification, Carbonneau et al. 2020): a network "
            "that was trained once says what each tile of 50 × 50 pixels holds; its answers, in "
            "place of polygons drawn by hand, teach a small pixel classifier the colours of this "
            "image alone, and it labels every pixel.</p>"
            "<p><b>Image</b>: a georeferenced mosaic, a photograph or a satellite scene of any "
            "size. Bands, nodata value and CRS are those of the layer's own properties. Alpha "
            "bands are masks.</p>"
            "<p><b>Model</b>: <i>ste-marguerite</i> knows water, dry sediment, green vegetation, "
            "senescent vegetation and paved road in colour images of about 3 to 20 cm a pixel. "
            "Train one of your own with <i>Train model</i>.</p>"
            "<p><b>Pixel classifier</b>: <i>logistic</i> is quick and smooth; <i>published</i> "
            "does as the article did.</p>"
            "<p><b>Polygon mask, extent</b>: the map covers only that; pixels count where their "
            "centre lies inside.</p>"
            "<p><b>Reference</b>: polygons or a raster of class codes that you trust; the map is "
            "scored against it. It teaches nothing.</p>"
            "<p>The CSC map is the result; the CNN map beneath it shows what the network saw.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add = self.addParameter
        add(QgsProcessingParameterRasterLayer("INPUT", tr("Image to map")))
        model = QgsProcessingParameterString(
            "MODEL", tr("Model: a bundled one by its name"), DEFAULT_MODEL
        )
        model.setMetadata({"widget_wrapper": {"value_hints": [DEFAULT_MODEL]}})
        add(model)
        add(
            QgsProcessingParameterFile(
                "MODEL_FOLDER",
                tr("Your own model, in place of the bundled one"),
                QgsProcessingParameterFile.Folder,
                optional=True,
            )
        )
        classifier = QgsProcessingParameterEnum(
            "PIXEL_CLASSIFIER", tr("Pixel classifier"), list(PIXEL_CLASSIFIERS),
            defaultValue=PIXEL_CLASSIFIERS[0], usesStaticStrings=True,
        )  # fmt: skip
        add(classifier)
        add(
            QgsProcessingParameterFeatureSource(
                "MASK", tr("Map only inside these polygons"), [QgsProcessing.TypeVectorPolygon],
                optional=True,
            )
        )  # fmt: skip
        add(QgsProcessingParameterExtent("EXTENT", tr("Map only this extent"), optional=True))
        text = tr("Reference to score the map against: polygons, or class codes")
        add_reference(add, text, optional=True)
        add_options(add)
        self._add_outputs()

    def _add_outputs(self) -> None:
        add = self.addParameter
        add(QgsProcessingParameterRasterDestination("OUTPUT", tr("Land-cover map (CSC)")))
        add(
            QgsProcessingParameterRasterDestination(
                "CNN_MAP", tr("Map of the tiles (CNN)"), optional=True
            )
        )
        add(
            QgsProcessingParameterRasterDestination(
                "CONFIDENCE", tr("Confidence of each pixel, in per cent"), optional=True,
                createByDefault=False,
            )
        )  # fmt: skip
        add(
            QgsProcessingParameterFileDestination(
                "SCORES", tr("Scores against the reference"), "CSV (*.csv)", optional=True,
                createByDefault=False,
            )
        )  # fmt: skip
        self.addOutput(QgsProcessingOutputNumber("F1_CSC", tr("Weighted F1 of the CSC map")))
        self.addOutput(QgsProcessingOutputNumber("F1_CNN", tr("Weighted F1 of the CNN map")))
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def check(self, parameters: Any, context: Any, worker: Worker) -> None:
        """Check layer, model, bands, area and reference."""
        # Late, here and below: it loads GDAL, and QGIS starts with this module.
        from ..image_files import check_area

        check_names(parameters, "OUTPUT", "CNN_MAP", "CONFIDENCE")
        look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        model = model_look(worker, self._model(parameters, context))
        check_bands(look, model, self.parameterAsInts(parameters, "BANDS", context))
        area = self._area(parameters, context, look)
        check_area(look, area, self.parameterAsDouble(parameters, "PIXEL_SIZE", context))
        reference = self._reference(parameters, context)
        reference.check(look, model.classes)
        if reference and area is not None and not look.is_placed:
            message = tr("{0} has no place on Earth, so a part of it cannot be scored: map all of "
                         "it, or leave the reference out")  # fmt: skip
            raise LayerError(message.format(look.name))
        if parameters.get("SCORES") and not reference:
            reference.refuse_scores()

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layers where they live."""
        self._look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        self._asked = self._area(parameters, context, self._look)
        self._known = self._reference(parameters, context)

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where each output goes."""
        maps = {
            name: self.parameterAsOutputLayer(parameters, name, context)
            for name in ("OUTPUT", "CNN_MAP", "CONFIDENCE")
        }
        scores = self.parameterAsFileOutput(parameters, "SCORES", context)
        return {**maps, "SCORES": scores if self._known else ""}

    def work(self, parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Classify the layer and load what came of it."""
        from ..image_files import as_file

        size = self.parameterAsDouble(parameters, "PIXEL_SIZE", context)
        image = as_file(self._look, self._asked, size, job.folder, feedback, context)
        model = self._model(parameters, context)
        words = ["classify", str(image.path), "--out", str(job.made), "--no-figures", *image.words]
        chosen = self.parameterAsInts(parameters, "BANDS", context)
        words += band_words(self._look, model_look(job.worker, model), chosen)
        words += ["--model", model] if model != DEFAULT_MODEL else []
        words += self._classifier_words(parameters, context)
        words += option_words(self, parameters, context)
        words += ["--confidence"] if job.out["CONFIDENCE"] else []
        # What lies outside of what is mapped is no mistake of the map.
        within = None if self._asked is None else Within(self._asked, self._look.place_crs)
        words += self._known.words(image.path, job.folder, context, self._look, within)
        said, command = job.run(words, feedback, self._stand_ins(image.path, words))
        for line in said.splitlines():
            if str(job.folder) not in line:  # which is gone when the user reads it
                feedback.pushInfo(line)
        results = self._scores(job)
        for name, prefix, title, role in self._kinds():
            if job.out.get(name):
                made = next(job.made.glob(f"{prefix}_*.tif"))
                results[name] = deliver(made, Path(job.out[name]))
                title = title.format(self._look.name)
                group = tr("Land cover of {0}").format(self._look.name)
                show_map(context, results[name], title, group, role)
        return {**results, "COMMAND": command}

    @staticmethod
    def _kinds() -> tuple[tuple[str, str, str, str], ...]:
        """Return output, start of its file's name, layer's name and role of each map."""
        return (
            ("CNN_MAP", "CLASS_CNN", tr("{0} CNN"), "cnn"),
            ("CONFIDENCE", "CONF", tr("{0} confidence"), "confidence"),
            ("OUTPUT", "CLASS_CSC", tr("{0} CSC"), "csc"),
        )

    def _stand_ins(self, image: Path, words: list[str]) -> dict[str, str]:
        """Return what a command line names in place of files that were made for this run."""
        labels = words[words.index("--labels") + 1] if "--labels" in words else ""
        return {str(image): str(self._look.path or self._look.name), labels: self._known.origin}

    def _scores(self, job: Job) -> dict[str, Any]:
        files = {kind: next(job.made.glob(f"{kind}_*.csv"), None) for kind in ("CNN", "CSC")}
        found = {kind: path for kind, path in files.items() if path is not None}
        results: dict[str, Any] = {f"F1_{kind}": weighted_f1(path) for kind, path in found.items()}
        if job.out["SCORES"] and found:
            table = both_scores(found, job.folder / "scores.csv")
            results["SCORES"] = deliver(table, Path(job.out["SCORES"]))
        return results

    def _model(self, parameters: Any, context: Any) -> str:
        own = self.file_parameter(parameters, "MODEL_FOLDER", context)
        return own or self.file_parameter(parameters, "MODEL", context) or DEFAULT_MODEL

    def _classifier_words(self, parameters: Any, context: Any) -> list[str]:
        name = self.parameterAsEnumString(parameters, "PIXEL_CLASSIFIER", context)
        if name == "published":
            return ["--preset", "published"]
        return [] if name == PIXEL_CLASSIFIERS[0] else ["--pixel-classifier", name]

    def _area(self, parameters: Any, context: Any, look: Any) -> Any:
        from ..area import area_of

        extent = None
        if parameters.get("EXTENT"):
            extent = self.parameterAsExtentGeometry(parameters, "EXTENT", context, look.place_crs)
            extent = None if extent.isEmpty() else extent
        mask = self.parameterAsSource(parameters, "MASK", context)
        return area_of(extent, mask, look.place_crs, context.transformContext())

    def _reference(self, parameters: Any, context: Any) -> Reference:
        return reference_of(self, parameters, context)
