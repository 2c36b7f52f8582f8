"""The training curves: loss and accuracy against epoch."""

from collections.abc import Sequence
from itertools import product
from math import isfinite
from pathlib import Path
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from riverscape.outputs import whole_file
from riverscape.reports.lettering import shortened

__all__ = ["draw_training_curves", "save_training_curves"]

_TRAINING = "#888888"
_VALIDATION = "#1f6fb4"
_KEPT = "#d95f02"
_TARGET = "#1b7f4d"
_MARKED_EPOCHS = 30  # beyond these, marks would run into a band


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


def save_training_curves(
    path: Path,
    history: Sequence[Epoch],
    best: int,
    target_accuracy: float | None = None,
    title: str = "",
) -> Path:
    """Draw loss and accuracy against epoch and write the figure, whole or not at all.

    Parameters
    ----------
    best
        Number of the epoch that was kept.
    target_accuracy
        The accuracy that training was to reach, 0..1.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figure = draw_training_curves(history, best, target_accuracy, title)
    with whole_file(path) as aside:
        figure.savefig(aside, dpi=150)
    return path


def draw_training_curves(
    history: Sequence[Epoch],
    best: int,
    target_accuracy: float | None = None,
    title: str = "",
) -> Figure:
    """Draw loss and accuracy against epoch.

    Epochs without validation have no point; the line goes on to the next that has one. The epoch
    kept is marked; what it reached stands above.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    if title:
        figure.suptitle(shortened(title, 72 * 9.5, 12), fontsize=12, parse_math=False)
    axes = figure.subplots(1, 2)
    numbers = [epoch.number for epoch in history] or [best]
    margin = max(0.5, (numbers[-1] - numbers[0]) / 40)
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        _draw_line(axis, history, name, "training, augmented", _TRAINING)
        _draw_line(axis, history, f"validation_{name}", "validation, images kept out", _VALIDATION)
        axis.axvline(best, color=_KEPT, linestyle=":", label=f"epoch kept: {best}")
        _mark_kept(axis, history, best, name)
        axis.set_xlabel("epoch")
        axis.set_ylabel(f"{name}, mean over classes" if name == "accuracy" else name)
        axis.set_xlim(numbers[0] - margin, numbers[-1] + margin)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.grid(alpha=0.3)
    if target_accuracy is not None:
        label = f"target accuracy: {target_accuracy:g}"
        axes[1].axhline(target_accuracy, color=_TARGET, linestyle="--", label=label)
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def _draw_line(axis: Axes, history: Sequence[Epoch], name: str, label: str, colour: str) -> None:
    values = {epoch.number: float(getattr(epoch, name)) for epoch in history}
    known = {number: value for number, value in values.items() if isfinite(value)}
    if not known:
        return
    marker = "o" if len(known) <= _MARKED_EPOCHS else ""
    axis.plot(list(known), list(known.values()), marker=marker, color=colour, label=label, ms=5)


def _mark_kept(axis: Axes, history: Sequence[Epoch], best: int, name: str) -> None:
    """Ring what the kept epoch reached: in validation, or in training where there is none."""
    kept = [epoch for epoch in history if epoch.number == best]
    for epoch, (prefix, of) in product(kept, (("validation_", "validation"), ("", "training"))):
        value = float(getattr(epoch, prefix + name))
        if isfinite(value):
            axis.plot([best], [value], marker="o", ms=9, mfc="none", mec=_KEPT, mew=1.8, ls="")
            # Above the axes, where it covers no line.
            axis.set_title(f"{of} {name} {value:.4f} in epoch {best}", fontsize=10, color=_KEPT)
            return
