# SPDX-License-Identifier: GPL-2.0-or-later
"""The environment variables that the worker gets: the user's, without what QGIS needs for itself.

QGIS finds its own Python, PROJ and GDAL through variables. Another Python that inherits them loads
QGIS's libraries and data in place of its own, and fails in ways that nobody understands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

__all__ = ["clean_environment"]

# What belongs to QGIS, to its Python, to its libraries or to another environment.
_PREFIXES = (
    "PYTHON", "VIRTUAL_ENV", "CONDA_", "__PYVENV", "PROJ_", "GDAL_", "OGR_", "CPL_", "VSI_",
    "GEOTIFF_", "QGIS_", "QT_", "QML", "QTWEBENGINE", "O4W_", "OSGEO4W_", "GRASS", "GISBASE",
    "GISRC", "SAGA", "PDAL_", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_", "GTK_PATH", "GIO_",
    "APPIMAGE", "APPDIR", "SSL_CERT_", "OPENSSL_", "CURL_CA_", "REQUESTS_CA_",
)  # fmt: skip
# Certificates are QGIS's only where they lie in its folder; a company's own lie elsewhere.
_KEPT_ELSEWHERE = ("SSL_CERT_", "OPENSSL_", "CURL_CA_", "REQUESTS_CA_")


def clean_environment(
    environ: Mapping[str, str] | None = None, qgis_folder: str | None = None
) -> dict[str, str]:
    r"""Return the variables to start the worker with.

    Parameters
    ----------
    environ
        QGIS's own variables; those of this process without it.
    qgis_folder
        Where QGIS is installed: folders in there leave PATH. Found out without it.

    Examples
    --------
    >>> environ = {"HOME": "/home/ada", "PROJ_LIB": "/qgis/share/proj", "PATH": "/qgis/bin:/bin"}
    >>> clean = clean_environment(environ, "/qgis")
    >>> clean["HOME"], "PROJ_LIB" in clean, clean["PATH"]
    ('/home/ada', False, '/bin')
    """
    given = os.environ if environ is None else environ
    folder = _qgis_folder(given) if qgis_folder is None else qgis_folder
    clean = {name: text for name, text in given.items() if not _is_qgis(name, text, folder)}
    for name in clean:
        if name.upper() == "PATH":
            parts = clean[name].split(os.pathsep)
            clean[name] = os.pathsep.join(part for part in parts if not _within(part, folder))
    # Text is UTF-8 on every system; lines come as they are written; a file called riverscape.py in
    # the folder of the images is not what is started.
    return {**clean, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}


def _is_qgis(name: str, text: str, folder: str) -> bool:
    upper = name.upper()
    if not upper.startswith(_PREFIXES):
        return False
    return not upper.startswith(_KEPT_ELSEWHERE) or _within(text, folder)


def _within(path: str, folder: str) -> bool:
    if not folder or not path:
        return False
    inner, outer = (os.path.normcase(os.path.abspath(one)) for one in (path, folder))
    return inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep)


def _qgis_folder(environ: Mapping[str, str]) -> str:
    """Return the folder that QGIS has for itself; "" where it shares the system's, as on Linux."""
    if "OSGEO4W_ROOT" in environ:
        return environ["OSGEO4W_ROOT"]
    if sys.platform == "darwin" and ".app/Contents" in sys.prefix:
        return sys.prefix.split(".app/Contents")[0] + ".app"
    return environ.get("APPDIR", "")
