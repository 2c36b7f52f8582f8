"""The training curves: loss and accuracy against epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from riverscape.outputs import whole_file

__all__ = ["save_training_curves"]


class Epoch(Protocol):
    """What the curves show of an epoch; validation values may be NaN."""

    @property
    def number(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def accuracy(self) -> float: ...
    @property
    def validation_loss(self) -> float: ...
    @property
    def validation_accuracy(self) -> float: ...


def save_training_curves(path: Path, history: Sequence[Epoch], best: int) -> Path:
    """Draw loss and accuracy against epoch and write the figure, whole or not at all.

    Parameters
    ----------
    best
        Number of the epoch that was kept.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    epochs = [epoch.number for epoch in history]
    for axis, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for prefix, label, colour in (
            ("", "training, augmented", "#888888"),
            ("validation_", "validation, images kept out", "#1f6fb4"),
        ):
            values = [getattr(epoch, prefix + name) for epoch in history]
            if values[0] == values[0]:  # NaN where nothing was kept out
                axis.plot(epochs, values, marker="o", color=colour, label=label)
        axis.axvline(best, color="#d95f02", linestyle=":", label="epoch kept")
        axis.set_xlabel("epoch")
        axis.set_ylabel(f"{name}, mean over classes" if name == "accuracy" else name)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, fontsize=9)
    with whole_file(path) as aside:
        figure.savefig(aside, dpi=150)
    return path
