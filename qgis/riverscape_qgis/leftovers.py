# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker that was killed could not tidy away itself."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["remove_unfinished"]


def remove_unfinished(folder: Path, began: float) -> None:
    """Remove what a run that was killed left half-written in a folder.

    Parameters
    ----------
    began
        When the run began, in seconds of the clock: what is older belongs to another one.
    """
    # The name that riverscape gives to files until they are whole.
    for path in folder.rglob(".partial-*"):
        try:
            if path.stat().st_mtime < began - 1:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except OSError:
            continue
