# SPDX-License-Identifier: GPL-2.0-or-later
"""Work that takes minutes, behind QGIS's window: in its task manager, cancelled there or here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from .worker import WorkerCanceled, WorkerError

__all__ = ["Background"]


class Background(QgsTask):
    """A function of a feedback, run aside.

    Parameters
    ----------
    name
        What the task manager calls it.
    work
        Takes what shows progress and says whether it is cancelled; returns its result.

    Attributes
    ----------
    result
        What `work` returned; None until then, and where it failed.
    error
        Why it failed, in one line; "" where it did not, or was cancelled.
    """

    told = pyqtSignal(str)
    """A line for the log."""
    doing = pyqtSignal(str)
    """What it is at."""

    def __init__(self, name: str, work: Callable[[Any], Any]) -> None:
        super().__init__(name, QgsTask.Flag.CanCancel)
        self._work = work
        self.result: Any = None
        self.error = ""

    def run(self) -> bool:
        """Do the work; QGIS calls this in another thread."""
        try:
            self.result = self._work(_TaskFeedback(self))
        except WorkerCanceled:
            return False
        except WorkerError as error:
            self.error = str(error)
            return False
        except Exception as error:  # QGIS would lose it, and the user wait for ever
            self.error = f"{type(error).__name__}: {error}"
            return False
        return True


class _TaskFeedback:
    """What a QgsProcessingFeedback does, for a task."""

    def __init__(self, task: Background) -> None:
        self._task = task

    def isCanceled(self) -> bool:
        return bool(self._task.isCanceled())

    def setProgress(self, percent: float) -> None:
        self._task.setProgress(percent)

    def setProgressText(self, text: str) -> None:
        self._task.doing.emit(text)
        self._task.told.emit(text)

    def pushInfo(self, text: str) -> None:
        self._task.told.emit(text)

    pushWarning = pushCommandInfo = pushInfo
