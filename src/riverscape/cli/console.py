"""How the program speaks: progress on stderr, for people or for programs, results on stdout."""

import json
import sys
import time
from collections import deque
from enum import StrEnum

from riverscape.progress import SILENT, Progress

__all__ = ["JsonProgress", "ProgressStyle", "RichProgress", "choose_progress"]

# So far back it is looked to see how fast the work goes.
_PACE_S = 60.0


class ProgressStyle(StrEnum):
    """How progress is shown."""

    bar = "bar"
    json = "json"


def choose_progress(quiet: bool, style: ProgressStyle) -> Progress:
    """Return the progress that the user asked for."""
    if quiet:
        return SILENT
    if style is ProgressStyle.json:
        return JsonProgress()
    return RichProgress() if sys.stderr.isatty() else SILENT


class JsonProgress:
    """One JSON object a line on stderr: stage, done, total, seconds_left, note."""

    def start(self, stage: str, total: int) -> None:
        """Begin a stage."""
        self._stage, self._total, self._done = stage, total, 0
        self._moments = deque([(time.monotonic(), 0)])
        self._write("")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Say that more steps are done."""
        self._done += steps
        self._write(note)

    def finish(self) -> None:
        """End the stage."""

    def _write(self, note: str) -> None:
        left = self._seconds_left()
        line = {
            "stage": self._stage,
            "done": self._done,
            "total": self._total,
            "seconds_left": None if left is None else round(left, 1),
            "note": note,
        }
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()

    def _seconds_left(self) -> float | None:
        """Return what is left at the pace of the last minute: what was resumed took no time."""
        now = time.monotonic()
        self._moments.append((now, self._done))
        while len(self._moments) > 2 and self._moments[1][0] < now - _PACE_S:
            self._moments.popleft()
        since, before = self._moments[0]
        if self._done >= self._total:
            return 0.0
        if self._done == before:
            return None
        return (now - since) / (self._done - before) * (self._total - self._done)


class RichProgress:
    """A bar with time left."""

    def start(self, stage: str, total: int) -> None:
        """Begin a stage."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(stage, total=total, note="")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Say that more steps are done."""
        self._bar.update(self._task, advance=steps, note=note)

    def finish(self) -> None:
        """End the stage."""
        self._bar.stop()
