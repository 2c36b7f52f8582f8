"""When a training ends before its last epoch: by a rule, or because somebody says so."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from riverscape.errors import RiverscapeError
from riverscape.tiles.epochs import Epoch, best_epoch
from riverscape.tiles.settings import TrainingSettings

__all__ = ["TrainingStoppedError", "is_exhausted", "signals"]


class TrainingStoppedError(RiverscapeError):
    """A training was stopped from outside; what it had learned is in its checkpoint."""


def is_exhausted(history: Sequence[Epoch], settings: TrainingSettings) -> bool:
    """Return whether epochs have brought no better, or the accuracy is reached.

    Examples
    --------
    >>> losses = [0.3, 0.2, 0.25, 0.3]
    >>> history = [Epoch(n, 1, 0.5, loss, 0.5, 1) for n, loss in enumerate(losses, start=1)]
    >>> settings = TrainingSettings(patience=2)
    >>> is_exhausted(history[:3], settings), is_exhausted(history, settings)
    (False, True)
    """
    last, target = history[-1], settings.target_accuracy
    if target is not None and last.validation_accuracy >= target:
        return True
    return last.number - best_epoch(history).number >= settings.patience


@contextmanager
def signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether SIGINT or SIGTERM has come; a second one ends at once.

    Outside the main thread signals cannot be caught, and it always says no.
    """
    came = threading.Event()
    previous: dict[int, Any] = {}

    def note(number: int, _frame: FrameType | None) -> None:
        came.set()
        signal.signal(number, previous[number])

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                previous[number] = signal.signal(number, note) or signal.SIG_DFL
    try:
        yield came.is_set
    finally:
        for caught, handler in previous.items():
            signal.signal(caught, handler)
