"""How the program speaks: progress on stderr, for people or for programs, results on stdout."""

import json
import sys
import time
from enum import StrEnum

from riverscape.progress import SILENT, Progress

__all__ = ["JsonProgress", "ProgressStyle", "RichProgress", "choose_progress"]


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
        self._started = time.monotonic()
        self._write("")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Say that more steps are done."""
        self._done += steps
        self._write(note)

    def finish(self) -> None:
        """End the stage."""

    def _write(self, note: str) -> None:
        spent = time.monotonic() - self._started
        left = spent / self._done * (self._total - self._done) if self._done else None
        line = {
            "stage": self._stage,
            "done": self._done,
            "total": self._total,
            "seconds_left": None if left is None else round(left, 1),
            "note": note,
        }
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()


class RichProgress:
    """A bar with time left."""

    def start(self, stage: str, total: int) -> None:
        """Begin a stage."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
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
