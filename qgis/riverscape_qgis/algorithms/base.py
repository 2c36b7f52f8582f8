# SPDX-License-Identifier: GPL-2.0-or-later
"""What all algorithms share: the worker, its errors in one line, where it works."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsRasterLayer,
)
from qgis.PyQt.QtGui import QIcon

from ..command import as_command
from ..delivery import workplace
from ..layers import LayerError, look_at
from ..translation import tr
from ..worker import Worker, WorkerCanceled, WorkerError
from .files import check_files

__all__ = ["Job", "RiverscapeAlgorithm", "advanced"]

_ICON = Path(__file__).parent.parent / "icon.svg"


@dataclass(frozen=True)
class Job:
    """A run of the worker.

    Attributes
    ----------
    folder
        Where it may make what it likes; all that is left there is removed.
    out
        Where each output is to go; "" where the user skips it.
    """

    worker: Worker
    folder: Path
    out: dict[str, str]

    @property
    def made(self) -> Path:
        """Where the worker writes, before what it made is delivered."""
        return self.folder / "out"

    def run(
        self,
        words: list[str],
        feedback: Any,
        stand_ins: dict[str, str] | None = None,
        progress: bool = True,
    ) -> tuple[str, str]:
        """Run the worker; return what it said, and the line that does the same in a terminal.

        Parameters
        ----------
        stand_ins
            For files that are gone afterwards what the line names in their place.
        progress
            Whether the verb tells its progress.

        Raises
        ------
        WorkerCanceled, WorkerError
            If it was stopped or failed.
        """
        telling = ["--progress", "json"] if progress else []
        said = self.worker.run([*words, *telling], feedback, self.folder)
        beside = str(Path(next(iter(self.out.values()))).with_suffix(""))
        names = {str(self.made): beside, **(stand_ins or {})}
        told = [names.get(word) or self._lasting(word) for word in words]
        Worker.last_words = tuple(told)
        return said, as_command(told, windows=os.name == "nt")

    def _lasting(self, word: str) -> str:
        """Return the bare name of what was made for this run alone; all else as it is."""
        return Path(word).name if word.startswith(str(self.folder)) else word


class RiverscapeAlgorithm(QgsProcessingAlgorithm):
    """An algorithm whose work a riverscape outside QGIS does.

    Those that inherit say what they take, `check` it, `prepare` what belongs to the layers' own
    thread, and `work` in a folder of their own.
    """

    NAME = ""
    TAGS: tuple[str, ...] = ()

    def name(self) -> str:
        """Return the name that scripts use."""
        return self.NAME

    def groupId(self) -> str:
        """Return the heading's name for scripts."""
        return ""

    def group(self) -> str:
        """Return the heading in the toolbox: none, there are few algorithms."""
        return ""

    def tags(self) -> list[str]:
        """Return words by which people look for it."""
        return ["riverscape", "river", "land cover", *self.TAGS]

    def help_text(self) -> str:
        """Return what the help says after the short description, as HTML."""
        raise NotImplementedError

    def shortHelpString(self) -> str:
        """Return the help beside the parameters."""
        return f"<p>{self.shortDescription()}</p>\n{self.help_text()}"

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(str(_ICON))

    def createInstance(self) -> RiverscapeAlgorithm:
        """Return a new one of its kind."""
        return type(self)()

    def checkParameterValues(self, parameters: Any, context: Any) -> tuple[bool, str]:
        """Check all that can be before anything runs."""
        fine, message = super().checkParameterValues(parameters, context)
        if not fine:
            return fine, message
        try:
            worker = Worker.found()
            worker.check()
            check_files(self, parameters, context)
            self.check(parameters, context, worker)
        except (LayerError, WorkerError) as error:
            return False, str(error)
        return True, ""

    def prepareAlgorithm(self, parameters: Any, context: Any, _feedback: Any) -> bool:
        """Take from the layers what belongs to their own thread."""
        try:
            # Batch mode and models do not ask `checkParameterValues`.
            check_files(self, parameters, context)
            worker = Worker.found()
            worker.check()
            self.check(parameters, context, worker)
            self.prepare(parameters, context)
        except (LayerError, WorkerError) as error:
            raise QgsProcessingException(str(error)) from None
        return True

    def processAlgorithm(self, parameters: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """Do the work in a folder that is gone afterwards."""
        found = self.destinations(parameters, context)
        out = {name: os.path.abspath(path) if path else "" for name, path in found.items()}
        try:
            worker = Worker.found()
            worker.check()
            with workplace(Path(next(iter(out.values())))) as folder:
                return self.work(parameters, context, feedback, Job(worker, folder, out))
        except WorkerCanceled:
            feedback.pushInfo(tr("Cancelled: the worker has stopped, nothing is left of it."))
            return {}
        except (LayerError, WorkerError) as error:
            raise QgsProcessingException(str(error)) from None
        except (OSError, RuntimeError) as error:  # of the disk, and of GDAL where it raises
            raise QgsProcessingException(" ".join(str(error).split())) from error

    def check(self, parameters: Any, context: Any, worker: Worker) -> None:
        """Check the parameters; raises LayerError or WorkerError with what to do."""

    def prepare(self, parameters: Any, context: Any) -> None:
        """Take what the work needs from layers."""

    def destinations(self, parameters: Any, context: Any) -> dict[str, str]:
        """Return where each output goes, "" where the user skips it; the first is never skipped.

        Asked once: each answer for a temporary output is another one.
        """
        raise NotImplementedError

    def work(self, parameters: Any, context: Any, feedback: Any, job: Job) -> dict[str, Any]:
        """Run the worker and return the outputs."""
        raise NotImplementedError

    def raster_path(self, parameters: Any, name: str, context: Any) -> Path:
        """Return the file of a map or of labels, which must be one.

        Raises
        ------
        LayerError
            If the layer is none that lies in a file.
        """
        layer = self.parameterAsRasterLayer(parameters, name, context)
        look = look_at(layer)
        if look.path is None:
            message = tr("layer {0} is no file: export it first (right click › Export › Save As)")
            raise LayerError(message.format(look.name))
        if layer.bandCount() != 1:
            message = tr("layer {0} has {1} bands; a map of classes has one: choose the map")
            raise LayerError(message.format(look.name, layer.bandCount()))
        return look.path

    def shown_name(self, parameters: Any, name: str, context: Any) -> str:
        """Return how people call a raster layer."""
        layer = self.parameterAsRasterLayer(parameters, name, context)
        return layer.name() if isinstance(layer, QgsRasterLayer) else ""

    def text_parameter(self, parameters: Any, name: str, context: Any) -> str:
        """Return a text, without blanks around it; "" where there is none."""
        return (self.parameterAsString(parameters, name, context) or "").strip()

    def file_parameter(self, parameters: Any, name: str, context: Any) -> str:
        """Return the path of a file or folder from the root; what is no path stays as it is."""
        text = self.text_parameter(parameters, name, context)
        return os.path.abspath(text) if text and os.path.exists(text) else text


def advanced(parameter: Any) -> Any:
    """Return a parameter that is folded away."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
    return parameter
