"""The epochs of a training, and who is told of them. Readable without PyTorch."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from riverscape.progress import SILENT, Progress

__all__ = ["Epoch", "Oversight", "best_epoch"]


@dataclass(frozen=True)
class Epoch:
    """What one epoch reached; accuracy is the mean over classes. Validation may be NaN.

    Attributes
    ----------
    waiting_share
        Share of the time in which the device waited for tiles.
    """

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    tiles_per_second: float = float("nan")
    waiting_share: float = float("nan")


def best_epoch(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch with the lowest validation loss, or the last where none was measured.

    Examples
    --------
    >>> losses = [0.9, 0.3, 0.5]
    >>> history = [Epoch(n, 1, 0.5, loss, 0.5, 1) for n, loss in enumerate(losses, start=1)]
    >>> best_epoch(history).number
    2
    """
    measured = [epoch for epoch in history if not math.isnan(epoch.validation_loss)]
    return min(measured, key=lambda epoch: epoch.validation_loss, default=history[-1])


def _nobody(_stage: str, _epoch: Epoch) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Oversight:
    """Who watches a training, and where it leaves what it has learned so far.

    Attributes
    ----------
    on_epoch
        Called after each epoch with the stage ("tuning", "training", "left out: ...") and the
        epoch, for any kind of log.
    checkpoints
        The folder that keeps the state of each stage; a stage goes on from the state that it
        finds there.
    """

    progress: Progress = SILENT
    on_epoch: Callable[[str, Epoch], None] = _nobody
    checkpoints: Path | None = None

    def checkpoint(self, stage: str) -> Path | None:
        """Return the file that keeps the state of a stage.

        Examples
        --------
        >>> Oversight(checkpoints=Path("record")).checkpoint("left out: Ouelle").name
        'left-out-Ouelle-e6707b2e.checkpoint'
        """
        if self.checkpoints is None:
            return None
        name = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in stage)
        # Names that differ in other signs or in case alone are told apart.
        mark = hashlib.sha256(stage.encode()).hexdigest()[:8]
        return self.checkpoints / f"{'-'.join(name.split())}-{mark}.checkpoint"
