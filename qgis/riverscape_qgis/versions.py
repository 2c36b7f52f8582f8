# SPDX-License-Identifier: GPL-2.0-or-later
"""Which versions of riverscape understand this plugin."""

from __future__ import annotations

import re
from pathlib import Path

from .translation import tr

__all__ = ["FITS_BEFORE", "FITS_FROM", "misfit", "plugin_version"]

FITS_FROM, FITS_BEFORE = (0, 1), (0, 2)
"""The oldest version of riverscape that fits, and the first that does not any more."""


def plugin_version() -> str:
    """Return the version of this plugin."""
    from configparser import ConfigParser

    metadata = ConfigParser()
    metadata.read(Path(__file__).with_name("metadata.txt"), encoding="utf-8")
    return metadata.get("general", "version")


def misfit(version: str, program: str) -> str:
    """Return why a version of riverscape does not fit and what to do; "" where it fits.

    Examples
    --------
    >>> misfit("0.1.3", "/usr/bin/riverscape")
    ''
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if FITS_FROM <= numbers < FITS_BEFORE:
        return ""
    if numbers < FITS_FROM:
        message = tr(
            "riverscape {0} at {1} is too old for plugin {2}, which needs {3}: press “Create "
            "environment” in Settings › Options › riverscape"
        )
    else:
        message = tr(
            "riverscape {0} at {1} is too new for plugin {2}, which needs {3}: update the "
            "plugin in Plugins › Manage and Install Plugins"
        )
    needed = ".".join(map(str, FITS_FROM))
    return message.format(version, program, plugin_version(), needed)
