# mypy: ignore-errors
"""Run by QGIS's own Python: what the plugin shows for a text, in two languages.

python3 translated.py TEXT
"""

import json
import os
import sys

try:
    from qgis.core import QgsApplication
    from qgis.PyQt.QtCore import QSettings
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


def main(text: str) -> None:
    """Print the text in German and French, as JSON."""
    _app = QgsApplication([], False)
    from riverscape_qgis.translation import install_translator, tr

    shown = {}
    QSettings().setValue("locale/overrideFlag", True)
    for language in ("de", "fr"):
        QSettings().setValue("locale/userLocale", f"{language}_XX")
        translator = install_translator()
        shown[language] = tr(text)
        if translator is not None:
            QgsApplication.instance().removeTranslator(translator)
    print(json.dumps(shown), flush=True)  # noqa: T201
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
