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

__all__ = ["StopRule", "TrainingStoppedError", "never", "patience", "signals"]

StopRule = Callable[[Sequence[Epoch]], bool]


class TrainingStoppedError(RiverscapeError):
    """A training was stopped from outside; what it had learned is in its checkpoint."""


def never(_history: Sequence[Epoch]) -> bool:
    """Go on to the last epoch."""
    return False


def patience(settings: TrainingSettings) -> StopRule:
    """Return the rule to stop where epochs bring no better or the accuracy is reached.

    Examples
    --------
    >>> def epoch(number, loss):
    ...     return Epoch(number, 1, 0.5, loss, 0.5, 1)
    >>> rule = patience(TrainingSettings(patience=2))
    >>> history = [epoch(1, 0.3), epoch(2, 0.2), epoch(3, 0.25), epoch(4, 0.3)]
    >>> rule(history[:3]), rule(history)
    (False, True)
    """

    def stop(history: Sequence[Epoch]) -> bool:
        last = history[-1]
        target = settings.target_accuracy
        if target is not None and last.validation_accuracy >= target:
            return True
        return last.number - best_epoch(history).number >= settings.patience

    return stop


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
