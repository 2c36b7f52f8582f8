# mypy: ignore-errors
"""Run in QGIS with its windows: classify a layer from the dialog and take pictures on the way.

IMAGE=... PICTURES=FOLDER qgis --nologo --code take_screenshots.py

Writes options.png, dialog.png, log.png and result.png, and ends QGIS.
"""

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

try:
    from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
    from qgis.PyQt.QtCore import QTimer
    from qgis.PyQt.QtWidgets import QApplication, QDockWidget
    from qgis.utils import iface
except ImportError:  # not QGIS's Python, which only collects this as a module
    iface = None


def wait(seconds: float) -> None:
    """Let QGIS go on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)


def take(widget: Any, name: str) -> None:
    """Write a picture of a window."""
    wait(0.6)
    widget.grab().save(str(Path(os.environ["PICTURES"], name)))


def show_options() -> None:
    """Take a picture of our page in QGIS's options, whose window waits for its end."""

    def grab() -> None:
        window = QApplication.activeModalWidget()
        if window is None:
            QTimer.singleShot(300, grab)
            return
        window.resize(980, 640)
        wait(6)  # the page asks the worker what it has
        take(window, "options.png")
        window.reject()

    QTimer.singleShot(1500, grab)
    iface.showOptionsDialog(iface.mainWindow(), "riverscapeOptions")


def classify() -> None:
    """Run the dialog."""
    import processing

    window = iface.mainWindow()
    window.resize(1180, 720)
    for dock in window.findChildren(QDockWidget):
        dock.setVisible(dock.objectName() == "Layers")
    image = Path(os.environ["IMAGE"])
    layer = QgsRasterLayer(str(image), image.stem)
    QgsProject.instance().addMapLayer(layer)
    iface.setActiveLayer(layer)
    iface.zoomToActiveLayer()
    wait(2)
    outputs = dict.fromkeys(("OUTPUT", "CNN_MAP"), "TEMPORARY_OUTPUT")
    dialog = processing.createAlgorithmDialog(
        "riverscape:classify", {"INPUT": layer.id(), **outputs}
    )
    dialog.show()
    wait(0.5)
    dialog.resize(980, 860)
    take(dialog, "dialog.png")
    dialog.runButton().click()
    began = time.monotonic()
    while len(QgsProject.instance().mapLayers()) < 3 and time.monotonic() - began < 200:
        wait(0.5)
    wait(1)
    take(dialog, "log.png")
    dialog.close()
    iface.setActiveLayer(layer)
    iface.zoomToActiveLayer()
    while iface.mapCanvas().isDrawing():
        wait(0.3)
    wait(2)
    take(window, "result.png")


def main() -> None:
    """Do it, and end whatever happens."""
    try:
        wait(2)
        if "OPTIONS" in os.environ:
            show_options()
        classify()
        status = 0
    except Exception:
        Path(os.environ["PICTURES"], "error.txt").write_text(traceback.format_exc())
        status = 1
    sys.stdout.flush()
    QgsProject.instance().setDirty(False)
    os._exit(status)


if iface is not None:
    # Once QGIS stands: it starts this before its window is there.
    QTimer.singleShot(2000, main)
    QgsApplication.instance().setQuitOnLastWindowClosed(False)
