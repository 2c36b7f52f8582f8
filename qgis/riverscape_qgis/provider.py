# SPDX-License-Identifier: GPL-2.0-or-later
"""The Processing provider: riverscape in the toolbox, the modeller, batch mode, qgis_process."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .translation import tr

__all__ = ["RiverscapeProvider"]

_ICON = Path(__file__).with_name("icon.svg")


class RiverscapeProvider(QgsProcessingProvider):
    """All algorithms of riverscape."""

    def id(self) -> str:
        """Return the name that scripts use: `riverscape:classify` is one of its algorithms."""
        return "riverscape"

    def name(self) -> str:
        """Return the heading in the toolbox."""
        return "riverscape"

    def longName(self) -> str:
        """Return what it is for."""
        return tr("riverscape: land-cover maps of rivers")

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(str(_ICON))

    def svgIconPath(self) -> str:
        """Return where the icon lies."""
        return str(_ICON)

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Return how files of maps may end."""
        return ["tif", "tiff"]

    def defaultRasterFileExtension(self) -> str:
        """Return how maps end that are not given a name, whatever QGIS's settings say."""
        return "tif"

    def loadAlgorithms(self) -> None:
        """Offer the algorithms, which are loaded now and not when QGIS starts."""
        from .algorithms import ALGORITHMS

        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
