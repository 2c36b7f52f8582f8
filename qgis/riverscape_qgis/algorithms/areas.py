# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of a map each class takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterLayer,
)

from ..delivery import deliver
from ..result_page import Column, page, table
from ..score_tables import read_table
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm

__all__ = ["ClassAreas"]


class ClassAreas(RiverscapeAlgorithm):
    """Measures a map."""

    NAME = "classareas"
    TAGS = ("area", "measure", "statistics")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Class areas")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Measures how much of a land-cover map each class takes.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>In pixels, per cent and square metres. Square metres are those of the plane where "
            "the map's CRS is projected, and taken on the ellipsoid where it is geographic or a "
            "Mercator projection. What has no data counts for nothing.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add = self.addParameter
        add(QgsProcessingParameterRasterLayer("INPUT", tr("Land-cover map")))
        add(QgsProcessingParameterFileDestination("TABLE", tr("Areas as a table"), "CSV (*.csv)"))
        add(
            QgsProcessingParameterFileDestination(
                "HTML", tr("Areas as a page"), "HTML (*.html)", optional=True
            )
        )
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def check(self, parameters: Any, context: Any, _worker: Worker) -> None:
        """Check the map."""
        self.raster_path(parameters, "INPUT", context)

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layer where it lives."""
        self._path = self.raster_path(parameters, "INPUT", context)
        self._name = self.shown_name(parameters, "INPUT", context)

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where table and page go."""
        names = ("TABLE", "HTML")
        return {name: self.parameterAsFileOutput(parameters, name, context) for name in names}

    def work(self, _parameters: Any, _context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Measure."""
        made = job.folder / "areas.csv"
        words = ["maps", "areas", str(self._path), "--out", str(made)]
        _, command = job.run(words, feedback, {str(made): job.out["TABLE"]})
        rows = read_table(made)
        results = {"TABLE": deliver(made, Path(job.out["TABLE"])), "COMMAND": command}
        for row in rows:
            feedback.pushInfo("  ".join(row.values()))
        if job.out["HTML"]:
            text = page(tr("Class areas of {0}").format(self._name), [_table(rows)])
            (job.folder / "areas.html").write_text(text, encoding="utf-8")
            results["HTML"] = deliver(job.folder / "areas.html", Path(job.out["HTML"]))
        return results


def _table(rows: list[dict[str, str]]) -> str:
    columns = [
        Column("class", tr("class")),
        Column("pixels", tr("pixels"), 0),
        Column("per_cent", tr("per cent"), 1),
        Column("area_m2", tr("square metres"), 1),
    ]
    return table(rows, [column for column in columns if rows and column.key in rows[0]])
