# SPDX-License-Identifier: GPL-2.0-or-later
"""Land-cover maps of rivers in QGIS: a Processing provider whose work is done outside QGIS.

Copyright (C) 2026 The riverscape developers

This program is free software; you can redistribute it and/or modify it under the terms of the GNU
General Public License as published by the Free Software Foundation; either version 2 of the
License, or (at your option) any later version.
"""

from __future__ import annotations

from typing import Any

__all__ = ["classFactory"]


def classFactory(iface: Any) -> Any:  # the name that QGIS looks for
    """Return the plugin; `iface` is None in qgis_process."""
    from .plugin import RiverscapePlugin

    return RiverscapePlugin(iface)
