# mypy: ignore-errors
"""A session of QGIS without windows, with Processing and the plugin: for scripts of this folder."""

import json
import os
from typing import Any

try:
    from qgis.core import (
        QgsApplication,
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProject,
    )
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication, QgsProcessingFeedback = None, object

__all__ = ["Feedback", "context", "done", "start"]


class Feedback(QgsProcessingFeedback):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(False)
        self.said = []

    def pushInfo(self, text: str) -> None:
        self.said.append(text)

    def reportError(self, text: str, _fatal: bool = False) -> None:
        self.said.append(text)

    def pushWarning(self, text: str) -> None:
        self.said.append(text)

    def pushCommandInfo(self, text: str) -> None:
        self.said.append(text)


def start() -> Any:
    """Start QGIS and its Processing, with our provider; return the module `processing`."""
    app = QgsApplication([], True)
    app.initQgis()
    import processing
    from processing.core.Processing import Processing
    from riverscape_qgis.provider import RiverscapeProvider

    Processing.initialize()
    provider = RiverscapeProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    start.kept = (app, provider)  # QGIS keeps pointers alone
    return processing


def context(feedback: Any) -> Any:
    """Return a context of the project."""
    made = QgsProcessingContext()
    made.setProject(QgsProject.instance())
    made.setFeedback(feedback)
    return made


def done(told: Any) -> None:
    """Print what the test asks for, and end: QGIS crashes when taken down in another order."""
    print(json.dumps(told, default=str), flush=True)  # noqa: T201
    os._exit(0)
