# SPDX-License-Identifier: GPL-2.0-or-later
"""What the worker says on stderr, line by line, and what of it the user sees where."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import Any

from .translation import tr

__all__ = ["ERROR", "Listener", "as_duration"]

ERROR = "riverscape: "
_WARNING = "warning: "
# The log would be full of the bar's steps otherwise.
_LEAST_S_BETWEEN_TEXTS = 5.0
_LAST_LINES = 20
# What Typer draws around its errors.
_FRAME = "╭╮╰╯─│┌┐└┘+-| "
_BESIDE_THE_ERROR = ("Usage:", "Try ", "Error")
_USAGE = 2


class Listener:
    """Hands what the worker says to QGIS's feedback, and keeps what went wrong.

    Parameters
    ----------
    feedback
        A QgsProcessingFeedback, or what has its methods.
    """

    def __init__(self, feedback: Any) -> None:
        self._feedback = feedback
        self._errors: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._stage, self._text_at = "", 0.0

    def hear(self, line: str) -> None:
        """Take a line of the worker's stderr."""
        progress = _as_progress(line)
        if progress is not None:
            self._show(progress)
        elif line.strip():
            self._last.append(line.strip())
            self._log(line)

    def _log(self, line: str) -> None:
        if line.startswith(ERROR):
            self._errors.append(line[len(ERROR) :].strip())
        elif self._errors and line.startswith("  "):  # more of the same error
            self._errors.append(line.strip())
        elif line.startswith(_WARNING):
            self._feedback.pushWarning(line[len(_WARNING) :])
        else:
            self._feedback.pushInfo(line)

    def _show(self, progress: dict[str, Any]) -> None:
        done, total = float(progress.get("done") or 0), float(progress.get("total") or 0)
        if total > 0:
            self._feedback.setProgress(min(100.0, 100 * done / total))
        stage, now = str(progress["stage"]), time.monotonic()
        if stage != self._stage or now - self._text_at > _LEAST_S_BETWEEN_TEXTS:
            self._stage, self._text_at = stage, now
            self._feedback.setProgressText(_as_text(progress))

    def what_failed(self, status: int) -> str:
        """Return in one line what went wrong, of a worker that ended with this status."""
        if self._errors:
            # A list of problems stands on lines of its own.
            return "; ".join(self._errors)
        last = self._last[-1] if self._last else ""
        if status == _USAGE:
            message = tr("riverscape does not understand what the plugin asked: {0}")
            return message.format(self._without_frame() or last)
        reason = tr("signal {0}").format(-status) if status < 0 else tr("status {0}").format(status)
        message = tr(
            "riverscape was ended from outside before it was done ({0}), perhaps because memory "
            "ran out: close other programs and run it again"
        )
        return message.format(f"{reason}: {last}" if last else reason)

    def _without_frame(self) -> str:
        told = [line.strip(_FRAME) for line in self._last]
        return " ".join(line for line in told if line and not line.startswith(_BESIDE_THE_ERROR))


def _as_progress(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and "stage" in told else None


def _as_text(progress: dict[str, Any]) -> str:
    """Return progress as people read it.

    Examples
    --------
    >>> _as_text({"stage": "classifying", "done": 3, "total": 12, "seconds_left": 130.4})
    'classifying, 3 of 12, about 2 min left'
    >>> _as_text({"stage": "classifying", "done": 0, "total": 1, "seconds_left": None})
    'classifying'
    """
    parts = [str(progress["stage"])]
    if progress.get("done"):
        parts.append(tr("{0} of {1}").format(progress["done"], progress.get("total")))
    if progress.get("note"):
        parts.append(str(progress["note"]))
    if progress.get("seconds_left"):
        parts.append(tr("about {0} left").format(as_duration(float(progress["seconds_left"]))))
    return ", ".join(parts)


def as_duration(seconds: float) -> str:
    """Return a duration as people say it.

    Examples
    --------
    >>> as_duration(0.2), as_duration(90), as_duration(130), as_duration(5000)
    ('1 s', '90 s', '2 min', '1 h 23 min')
    """
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
