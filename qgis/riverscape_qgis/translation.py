# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin says, in the user's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

try:
    from qgis.PyQt.QtCore import QCoreApplication, QLocale, QSettings, QTranslator
except ImportError:  # outside QGIS all is English
    QCoreApplication = None

__all__ = ["CONTEXT", "install_translator", "tr"]

CONTEXT = "riverscape"
"""Under this name all texts of the plugin stand in the translations."""

_FOLDER = Path(__file__).parent / "i18n"


def tr(text: str) -> str:
    """Return a text in the user's language, or as it is where there is no translation.

    Texts are written out where they are used, so that `make plugin-texts` finds them; what
    changes goes in afterwards: `tr("{0} does not exist").format(path)`.

    Examples
    --------
    >>> tr("{0} does not exist").format("river.tif")
    'river.tif does not exist'
    """
    return text if QCoreApplication is None else QCoreApplication.translate(CONTEXT, text)


def install_translator() -> Any:
    """Let QGIS use the plugin's texts in its own language; return what keeps them loaded.

    None where there are none in that language.
    """
    overridden = QSettings().value("locale/overrideFlag", False, type=bool)
    chosen = QSettings().value("locale/userLocale", "") if overridden else ""
    translator = QTranslator()
    if translator.load(QLocale(chosen or QLocale.system().name()), "riverscape", "_", str(_FOLDER)):
        QCoreApplication.installTranslator(translator)
        return translator
    return None
