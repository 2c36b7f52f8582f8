"""How a long step tells whoever started it how far it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["SILENT", "Progress", "Silent", "Stopwatch", "stage"]


class Progress(Protocol):
    """Receives the steps of a long piece of work."""

    def start(self, stage: str, total: int) -> None:
        """Begin `stage`, which has `total` steps."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Say that `steps` more are done, with a short `note` for people."""

    def finish(self) -> None:
        """End the stage."""


class Silent:
    """Progress that nobody watches.

    Examples
    --------
    >>> SILENT.start("training", total=3)
    >>> SILENT.advance()
    >>> SILENT.finish()
    """

    def start(self, stage: str, total: int) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""


SILENT = Silent()


@contextmanager
def stage(progress: Progress, name: str, total: int) -> Iterator[None]:
    """Run a stage, which ends also where an error or Ctrl-C ends it: the terminal is left whole.

    Examples
    --------
    >>> with stage(SILENT, "training", total=3):
    ...     SILENT.advance(3)
    """
    progress.start(name, total)
    try:
        yield
    finally:
        progress.finish()


class Stopwatch:
    """Seconds spent in each stage of a piece of work.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with watch.stage("read"):
    ...     pass
    >>> list(watch.seconds)
    ['read']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the stage `name`."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started
