# SPDX-License-Identifier: GPL-2.0-or-later
"""The entry of riverscape in QGIS's options; the page itself loads when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.gui import QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon

__all__ = ["ICON", "SettingsFactory"]

ICON = str(Path(__file__).with_name("icon.svg"))


class SettingsFactory(QgsOptionsWidgetFactory):
    """What QGIS asks for the page when its options open."""

    def __init__(self) -> None:
        super().__init__()
        self.setTitle("riverscape")
        self.setIcon(QIcon(ICON))

    def icon(self) -> QIcon:
        """Return what stands in the options' list."""
        return QIcon(ICON)

    def createWidget(self, parent: Any) -> Any:
        """Return the page."""
        from .settings_page import SettingsPage

        return SettingsPage(parent)
