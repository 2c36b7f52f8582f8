# mypy: ignore-errors
"""Run by QGIS's own Python: start the plugin as QGIS does, use its options page, end it.

python3 loaded.py start
python3 loaded.py menu
python3 loaded.py page WHEELS PICTURE.png
"""

import json
import os
import sys
import time
from typing import Any

try:
    import qgis.gui  # noqa: F401 - QGIS has loaded it before it comes to plugins
    from qgis.core import QgsApplication, QgsSettings
    from qgis.PyQt.QtWidgets import QMainWindow
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


class Window:
    """What the plugin asks of QGIS's window; keeps what it was told."""

    def __init__(self) -> None:
        self.window, self.factories, self.actions, self.said = QMainWindow(), [], [], []

    def mainWindow(self) -> Any:
        return self.window

    def registerOptionsWidgetFactory(self, factory: Any) -> None:
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory: Any) -> None:
        self.factories.remove(factory)

    def addPluginToRasterMenu(self, _menu: str, action: Any) -> None:
        self.actions.append(action)

    def removePluginRasterMenu(self, _menu: str, action: Any) -> None:
        self.actions.remove(action)

    def messageBar(self) -> Any:
        return self

    def pushMessage(self, _title: str, text: str) -> None:
        self.said.append(text)


def wait_for(done: Any, seconds: float = 120) -> bool:
    """Let QGIS work until something is done."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        QgsApplication.processEvents()
        time.sleep(0.02)
    return bool(done())


def start(window: Window) -> tuple[Any, dict[str, Any]]:
    """Start the plugin; return it, and what that cost."""
    began = time.process_time()
    import riverscape_qgis

    plugin = riverscape_qgis.classFactory(window)
    plugin.initGui()
    milliseconds = 1000 * (time.process_time() - began)
    provider = QgsApplication.processingRegistry().providerById("riverscape")
    return plugin, {
        "milliseconds": milliseconds,
        "algorithms": [algorithm.id() for algorithm in provider.algorithms()],
    }


def use_page(window: Window, wheels: str, picture: str) -> dict[str, Any]:
    """Check the worker, create an environment and choose another riverscape, by the page."""
    (factory,) = window.factories
    page = factory.createWidget(window.window)
    page.resize(860, 760)
    page.show()
    told = {"title": factory.title(), "at first": page.made_here.text()}
    page.check()
    wait_for(page.check_button.isEnabled)
    told["without any"] = page.report.toPlainText()
    told["verdict without any"] = page.verdict.text()
    page.path.setFilePath(os.environ["RIVERSCAPE_WORKER"])
    page.check()
    wait_for(page.check_button.isEnabled)
    told["checked"] = page.report.toPlainText()
    told["verdict"] = page.verdict.text()
    page.apply()
    told["setting"] = QgsSettings().value("riverscape/worker")
    page.setup_box.wheels.setFilePath(wheels)
    page.setup_box.create()
    told["while it runs"] = [
        page.setup_box.create_button.isEnabled(), not page.setup_box.cancel_button.isHidden(),
    ]  # fmt: skip
    wait_for(page.setup_box.create_button.isEnabled)
    wait_for(page.check_button.isEnabled)
    page.grab().save(picture)
    told["created"] = page.setup_box.doing.text()
    told["log"] = page.setup_box.log.toPlainText()
    told["checked then"] = page.report.toPlainText()
    page.apply()
    told["setting then"] = QgsSettings().value("riverscape/worker")
    page.setup_box.create()
    page.setup_box.cancel()
    wait_for(page.setup_box.create_button.isEnabled)
    told["cancelled"] = page.setup_box.doing.text()
    return told


def load_processing() -> None:
    """Load QGIS's own toolbox, which is on in every QGIS and without which ours is nothing."""
    sys.path.append(f"{QgsApplication.pkgDataPath()}/python/plugins")
    import processing.core.Processing  # noqa: F401


def found() -> str:
    """Return the worker that runs would take, or why there is none."""
    from riverscape_qgis.worker import VARIABLE, Worker, WorkerError

    os.environ.pop(VARIABLE, None)
    try:
        return " ".join(Worker.found().program)
    except WorkerError as error:
        return str(error)


def page(window: Window, wheels: str, picture: str) -> dict[str, Any]:
    """From no worker at all to one, by the options page."""
    worker = os.environ["RIVERSCAPE_WORKER"]
    told = {"found at first": found()}
    os.environ["RIVERSCAPE_WORKER"] = worker
    told["page"] = use_page(window, wheels, picture)
    told["found then"] = found()
    return told


def menu(window: Window, plugin: Any) -> dict[str, Any]:
    """Copy the last run as a command, before there is one and after; end the plugin."""
    from riverscape_qgis.worker import Worker

    copy = window.actions[0]
    told = {"menu": [action.text() for action in window.actions]}
    copy.trigger()
    Worker.last_words = ("classify", "my river.tif", "--progress", "json")
    copy.trigger()
    told |= {"said": window.said, "clipboard": QgsApplication.clipboard().text()}
    plugin.unload()
    registry = QgsApplication.processingRegistry()
    told["after"] = {
        "provider": registry.providerById("riverscape") is not None,
        "factories": len(window.factories),
        "menu": len(window.actions),
    }
    return told


def main(what: str, *words: str) -> None:
    """Print what became of it as JSON."""
    app = QgsApplication([], True)
    app.initQgis()
    processing_began = time.process_time()
    if what == "start":
        load_processing()
    processing_ms = 1000 * (time.process_time() - processing_began)
    before = set(sys.modules)
    window = Window()
    plugin, told = start(window)
    if what == "page":
        told |= page(window, *words)
    elif what == "menu":
        told |= menu(window, plugin)
    told["milliseconds of Processing"] = processing_ms
    told["loaded"] = sorted({name.split(".")[0] for name in set(sys.modules) - before})
    print(json.dumps(told), flush=True)  # noqa: T201
    os._exit(0)  # QGIS crashes when its objects are taken down in another order than its own


if __name__ == "__main__":
    main(*sys.argv[1:])
