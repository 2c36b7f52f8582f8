# SPDX-License-Identifier: GPL-2.0-or-later
"""What pip says while it installs, and what of it the user sees."""

from __future__ import annotations

import math
import re
from collections import deque
from pathlib import Path
from typing import Any

from .translation import tr

__all__ = ["Installation"]

# How many packages there are to come nobody knows before: about so many.
_USUAL_PACKAGES = 40
_FETCHED_SHARE, _INSTALLED_SHARE = 75.0, 95.0
_NO_NETWORK = re.compile(
    r"NewConnectionError|Max retries|name resolution|ProxyError|ConnectTimeout|SSLError|getaddrinfo"
)


class Installation:
    """Hears pip: moves the bar, and keeps what went wrong.

    Parameters
    ----------
    wheels
        The folder that pip installs from; None where it looks in the network.
    feedback
        A QgsProcessingFeedback, or what has its methods.
    """

    def __init__(self, wheels: Path | None, feedback: Any) -> None:
        self._wheels, self._feedback = wheels, feedback
        self._packages = 0
        self._last: deque[str] = deque(maxlen=40)

    def hear(self, line: str) -> None:
        """Take a line of pip's."""
        line = line.rstrip()
        if not line:
            return
        self._last.append(line)
        self._feedback.pushInfo(line)
        if line.startswith(("Collecting ", "Processing ")):
            self._packages += 1
            # Each package moves it less than the one before, so that it never arrives too early.
            share = 1 - math.exp(-2 * self._packages / _USUAL_PACKAGES)
            self._feedback.setProgress(_FETCHED_SHARE * share)
        elif line.startswith("Installing collected packages"):
            self._feedback.setProgress(_FETCHED_SHARE + 5)
            self._feedback.setProgressText(tr("writing {0} packages").format(line.count(",") + 1))
        elif line.startswith("Successfully installed"):
            self._feedback.setProgress(_INSTALLED_SHARE)

    def what_failed(self, status: int) -> str:
        """Return what went wrong and what to do, in one line."""
        told = "\n".join(self._last)
        if "No space left" in told or "[WinError 112]" in told:
            return tr("the disk is full: make room and create the environment again")
        missing = re.findall(r"No matching distribution found for (.+)", told)
        if self._wheels and missing:
            message = tr(
                "{0} holds no {1} that fits this Python: fill it with pip download on a machine "
                "with the same system and Python"
            )
            return message.format(self._wheels, missing[-1])
        if _NO_NETWORK.search(told):
            return tr(
                "pip reaches no place with packages: check the network and its proxy, or choose a "
                "folder of wheels"
            )
        if missing:
            message = tr(
                "pip finds no {0} that fits this Python: choose another Python, or a folder that "
                "holds its wheel"
            )
            return message.format(missing[-1])
        errors = [line[len("ERROR: ") :] for line in self._last if line.startswith("ERROR: ")]
        last = (errors or list(self._last) or [tr("status {0}").format(status)])[-1]
        return tr("riverscape cannot be installed: {0}").format(last)
