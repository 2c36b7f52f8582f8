# SPDX-License-Identifier: GPL-2.0-or-later
"""How right a map is, against what people know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterLayer,
)

from ..delivery import deliver
from ..layers import LayerError, look_at
from ..result_page import Column, page, square_table, table
from ..schemes import known_classes
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm, advanced
from .reference import Reference, add_reference, reference_of

__all__ = ["AssessMap"]

_SUMMARY = ("f1_weighted", "f1_macro", "accuracy", "kappa", "iou_macro")


class AssessMap(RiverscapeAlgorithm):
    """Scores a map."""

    NAME = "assess"
    TAGS = ("accuracy", "confusion matrix", "F1", "kappa", "validation")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Assess map")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Scores a land-cover map against polygons or a raster that you trust.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>Confusion matrix; precision, recall, F1 and IoU of each class; accuracy and kappa "
            "of the whole. Only labelled pixels count.</p>"
            "<p><b>Reference</b>: polygons with a class field, or a raster of class codes, which "
            "is brought to the map's pixels by nearest neighbour. It must not have taught the "
            "model: scores would be too good.</p>"
            "<p><b>Precision</b>: how much of what the map calls so is so. <b>Recall</b>: how much "
            "of what is so the map calls so. <b>F1</b>: their harmonic mean. <b>Support</b>: the "
            "labelled pixels that a score rests on.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add = self.addParameter
        add(QgsProcessingParameterRasterLayer("INPUT", tr("Land-cover map")))
        add_reference(add, tr("Reference: polygons, or a raster of class codes"), optional=False)
        add(
            advanced(
                QgsProcessingParameterFile(
                    "CLASSES", tr("Classes, where the map does not bring its own"),
                    extension="json", optional=True,
                )
            )
        )  # fmt: skip
        add(QgsProcessingParameterFileDestination("HTML", tr("Scores"), "HTML (*.html)"))
        add(
            QgsProcessingParameterFileDestination(
                "TABLE", tr("Scores as a table"), "CSV (*.csv)", optional=True
            )
        )
        self.addOutput(QgsProcessingOutputNumber("F1_WEIGHTED", tr("Weighted F1")))
        self.addOutput(QgsProcessingOutputNumber("ACCURACY", tr("Overall accuracy")))
        self.addOutput(QgsProcessingOutputNumber("KAPPA", tr("Kappa")))
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def check(self, parameters: Any, context: Any, _worker: Worker) -> None:
        """Check map and reference."""
        from ..map_classes import (
            map_classes,  # late: it loads GDAL, and QGIS starts with this module
        )

        path = self.raster_path(parameters, "INPUT", context)
        look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        reference = self._reference(parameters, context)
        if not reference:
            raise LayerError(tr("choose a reference: polygons, or a raster of class codes"))
        file = self.file_parameter(parameters, "CLASSES", context)
        own = {} if file else map_classes(path)
        reference.check(look, own or known_classes(file, None, ""))

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layers where they live."""
        self._path = self.raster_path(parameters, "INPUT", context)
        self._look = look_at(self.parameterAsRasterLayer(parameters, "INPUT", context))
        self._name = self._look.name
        self._known = self._reference(parameters, context)

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where page and table go."""
        names = ("HTML", "TABLE")
        return {name: self.parameterAsFileOutput(parameters, name, context) for name in names}

    def work(self, parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Score the map."""
        import json

        labels = self._known.words(self._path, job.folder, context, self._look)
        words = ["assess", str(self._path), *labels, "--out", str(job.made), "--json"]
        file = self.file_parameter(parameters, "CLASSES", context)
        words += ["--classes", file] if file else []
        said, command = job.run(words, feedback, {labels[1]: self._known.origin}, progress=False)
        told = json.loads(said)
        scores = told["all"]["scores"]
        for name in _SUMMARY:
            feedback.pushInfo(f"{_titles()[name]}: {scores[name]:.4f}")
        title = tr("{0} against {1}").format(self._name, self._known.name)
        made = job.folder / "scores.html"
        made.write_text(page(title, _parts(told)), encoding="utf-8")
        results = {
            "HTML": deliver(made, Path(job.out["HTML"])),
            "F1_WEIGHTED": scores["f1_weighted"],
            "ACCURACY": scores["accuracy"],
            "KAPPA": scores["kappa"],
            "COMMAND": command,
        }
        if job.out["TABLE"]:
            table_made = next(job.made.glob("SCORES_*.csv"))
            results["TABLE"] = deliver(table_made, Path(job.out["TABLE"]))
        return results

    def _reference(self, parameters: Any, context: Any) -> Reference:
        return reference_of(self, parameters, context)


def _titles() -> dict[str, str]:
    return {
        "f1_weighted": tr("Weighted F1"),
        "f1_macro": tr("Macro F1"),
        "accuracy": tr("Overall accuracy"),
        "kappa": tr("Kappa"),
        "iou_macro": tr("Macro IoU"),
    }


def _parts(told: dict[str, Any]) -> list[str]:
    """Return the page's tables: the whole, each class, the matrix."""
    from html import escape

    scores, matrix = told["all"]["scores"], told["confusion"]
    whole = [{"title": title, "value": scores[name]} for name, title in _titles().items()]
    support = tr("{0:,} labelled pixels").format(int(scores["support"]))
    columns = [
        Column("class", tr("class")),
        Column("precision", tr("precision"), 4),
        Column("recall", tr("recall"), 4),
        Column("f1_score", "F1", 4),
        Column("iou", "IoU", 4),
        Column("support", tr("support"), 0),
    ]
    return [
        f"<p>{escape(support)}</p>",
        table(whole, [Column("title", tr("score")), Column("value", "", 4)]),
        f"<h2>{tr('Classes')}</h2>",
        table(told["all"]["classes"], columns),
        f"<h2>{tr('Confusion matrix, in pixels')}</h2>",
        square_table(tr("reference \\ map"), *_occurring(matrix)),
    ]


def _occurring(matrix: dict[str, Any]) -> tuple[list[str], list[str], list[list[float]]]:
    """Return rows, columns and counts of the classes that labels or map hold."""
    names, counts = matrix["classes"], matrix["counts"]
    places = [at for at in range(len(names)) if any(counts[at]) or any(row[at] for row in counts)]
    columns = [names[at] for at in places] + [tr("no class")]
    values = [[*(counts[was][now] for now in places), counts[was][-1]] for was in places]
    return [names[at] for at in places], columns, values
