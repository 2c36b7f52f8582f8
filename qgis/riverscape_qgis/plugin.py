# SPDX-License-Identifier: GPL-2.0-or-later
"""What QGIS starts and ends: the provider, the page in the options, the entries of the menu."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import QgsApplication

from .translation import install_translator, tr

__all__ = ["RiverscapePlugin"]

_MENU = "riverscape"


class RiverscapePlugin:
    """The plugin.

    Parameters
    ----------
    iface
        QGIS's window; None in qgis_process.
    """

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider: Any = None
        self._factory: Any = None
        self._actions: list[Any] = []
        self._translator = install_translator()

    def initProcessing(self) -> None:
        """Add the algorithms; all that qgis_process asks for."""
        from .provider import RiverscapeProvider

        self._provider = RiverscapeProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Add the algorithms, the options page and the menu."""
        self.initProcessing()
        from .settings_factory import SettingsFactory

        self._factory = SettingsFactory()
        self._iface.registerOptionsWidgetFactory(self._factory)
        self._add_action(tr("Copy the last run as a command"), self.copy_command)
        self._add_action(tr("Options"), self.show_options)

    def unload(self) -> None:
        """Take all away again."""
        for action in self._actions:
            self._iface.removePluginRasterMenu(_MENU, action)
        self._actions.clear()
        if self._factory is not None:
            self._iface.unregisterOptionsWidgetFactory(self._factory)
            self._factory = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QgsApplication.instance().removeTranslator(self._translator)

    def copy_command(self) -> None:
        """Put the line that does what the last run did on the clipboard."""
        from .command import as_command
        from .worker import Worker

        if not Worker.last_words:
            self._say(tr("Nothing has been run yet since QGIS started."))
            return
        line = as_command(Worker.last_words, windows=os.name == "nt")
        QgsApplication.clipboard().setText(line)
        self._say(tr("Copied: {0}").format(line))

    def show_options(self) -> None:
        """Open the options at our page."""
        self._iface.showOptionsDialog(self._iface.mainWindow(), "riverscapeOptions")

    def _add_action(self, text: str, do: Any) -> None:
        from qgis.PyQt.QtGui import QIcon

        from .settings_factory import ICON

        # QAction moved from QtWidgets to QtGui in Qt 6.
        try:
            from qgis.PyQt.QtGui import QAction
        except ImportError:
            from qgis.PyQt.QtWidgets import QAction

        action = QAction(QIcon(ICON), text, self._iface.mainWindow())
        action.triggered.connect(lambda *_: do())
        self._iface.addPluginToRasterMenu(_MENU, action)
        self._actions.append(action)

    def _say(self, text: str) -> None:
        self._iface.messageBar().pushMessage("riverscape", text)
