# SPDX-License-Identifier: GPL-2.0-or-later
"""What has become of what between two maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from ..delivery import deliver
from ..layers import LayerError
from ..result_page import page, square_table
from ..results import show_map
from ..score_tables import read_table
from ..translation import tr
from ..worker import Worker
from .base import Job, RiverscapeAlgorithm
from .files import check_names

__all__ = ["MapChange"]

_CORNER = "from \\ to"


class MapChange(RiverscapeAlgorithm):
    """Compares two maps."""

    NAME = "change"
    TAGS = ("change", "difference", "erosion", "transition matrix")

    def displayName(self) -> str:
        """Return the name that people read."""
        return tr("Change between two maps")

    def shortDescription(self) -> str:
        """Return one sentence."""
        return tr("Compares two land-cover maps of a river: what has become of what, and where.")

    def help_text(self) -> str:
        """Return the rest of the help."""
        return tr(
            "<p>Pixel by pixel, where both maps hold data. What has not changed is pale in the "
            "change raster; what has is shown in the colour of what it has become.</p>"
            "<p>Where the grids differ the later map is brought to the pixels of the earlier one "
            "by nearest neighbour. Classes are matched by name.</p>"
            "<p>Two maps that are each right in 97 of 100 pixels differ in up to 6 of 100 where "
            "nothing has changed: read the matrix beside the scores of the maps.</p>"
        )

    def initAlgorithm(self, _configuration: Any = None) -> None:
        """Declare inputs and outputs."""
        add = self.addParameter
        add(QgsProcessingParameterRasterLayer("BEFORE", tr("Earlier map")))
        add(QgsProcessingParameterRasterLayer("AFTER", tr("Later map")))
        add(QgsProcessingParameterRasterDestination("OUTPUT", tr("Change raster")))
        for name, title, kind in (
            ("MATRIX", tr("Matrix in pixels"), "CSV (*.csv)"),
            ("AREAS", tr("Matrix in square metres"), "CSV (*.csv)"),
            ("HTML", tr("Matrix as a page"), "HTML (*.html)"),
        ):
            add(QgsProcessingParameterFileDestination(name, title, kind, optional=True))
        self.addOutput(QgsProcessingOutputString("COMMAND", tr("The same as a command line")))

    def check(self, parameters: Any, context: Any, _worker: Worker) -> None:
        """Check the maps."""
        check_names(parameters, "OUTPUT")
        layers = [
            self.parameterAsRasterLayer(parameters, name, context) for name in ("BEFORE", "AFTER")
        ]
        for name in ("BEFORE", "AFTER"):
            self.raster_path(parameters, name, context)
        before, after = layers
        if before.crs().isValid() != after.crs().isValid():
            without = after if before.crs().isValid() else before
            message = tr("{0} has no coordinate system, so the maps cannot be laid over each "
                         "other: set its CRS")  # fmt: skip
            raise LayerError(message.format(without.name()))

    def prepare(self, parameters: Any, context: Any) -> None:
        """Look at the layers where they live."""
        names = ("BEFORE", "AFTER")
        self._paths = [self.raster_path(parameters, name, context) for name in names]
        self._names = [self.shown_name(parameters, name, context) for name in names]

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where each output goes."""
        files = {
            name: self.parameterAsFileOutput(parameters, name, context)
            for name in ("MATRIX", "AREAS", "HTML")
        }
        return {"OUTPUT": self.parameterAsOutputLayer(parameters, "OUTPUT", context), **files}

    def work(self, _parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Compare and load the change raster."""
        words = ["maps", "change", *map(str, self._paths), "--out", str(job.made)]
        said, command = job.run(words, feedback)
        for line in said.splitlines()[-1:]:
            feedback.pushInfo(line.split("; in ")[0])
        title = tr("Change from {0} to {1}").format(*self._names)
        (job.made / "CHANGE.html").write_text(page(title, _tables(job.made)), encoding="utf-8")
        results: dict[str, Any] = {"COMMAND": command}
        for name, file in (
            ("MATRIX", "CHANGE_pixels.csv"), ("AREAS", "CHANGE_m2.csv"), ("HTML", "CHANGE.html"),
            ("OUTPUT", "CHANGE.tif"),
        ):  # fmt: skip
            if job.out[name] and (job.made / file).is_file():
                results[name] = deliver(job.made / file, Path(job.out[name]))
        show_map(context, results["OUTPUT"], title, tr("Change"), "change")
        return results


def _tables(folder: Path) -> list[str]:
    """Return the matrices as HTML; classes that occur in neither map are left out."""
    parts = []
    for file, unit in (("CHANGE_m2.csv", tr("Square metres")), ("CHANGE_pixels.csv", tr("Pixels"))):
        if not (folder / file).is_file():
            continue
        rows = read_table(folder / file)
        counts = {
            row[_CORNER]: {k: float(v) for k, v in row.items() if k != _CORNER} for row in rows
        }
        occurs = [
            name
            for name in counts
            if any(counts[name].values()) or any(row[name] for row in counts.values())
        ]
        values = [[counts[was][now] for now in occurs] for was in occurs]
        parts += [f"<h2>{unit}</h2>", square_table(tr("was \\ is"), occurs, occurs, values)]
    return parts
