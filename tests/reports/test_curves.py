"""The training curves, whatever was measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from riverscape.reports.curves import draw_training_curves, save_training_curves


@dataclass(frozen=True)
class Epoch:
    number: int
    loss: float
    accuracy: float
    validation_loss: float = nan
    validation_accuracy: float = nan


def _history(count: int, validated_every: int) -> list[Epoch]:
    epochs = [Epoch(number, 1 / number, 1 - 0.5 / number) for number in range(1, count + 1)]
    return [
        replace(epoch, validation_loss=1.1 / epoch.number, validation_accuracy=0.8)
        if validated_every and epoch.number % validated_every == 0
        else epoch
        for epoch in epochs
    ]


def _points(axis: Axes, label: str) -> list[float]:
    lines = [line for line in axis.lines if str(line.get_label()).startswith(label)]
    return [number for line in lines for number in np.asarray(line.get_xdata()).tolist()]


@pytest.mark.parametrize("count", [1, 8, 200])
@pytest.mark.parametrize("validated_every", [0, 1, 5])
def test_every_measured_epoch_has_its_point(count: int, validated_every: int) -> None:
    figure = draw_training_curves(_history(count, validated_every), best=1)
    for axis in figure.axes:
        assert _points(axis, "training") == list(range(1, count + 1))
        measured = range(validated_every, count + 1, validated_every) if validated_every else []
        assert _points(axis, "validation") == list(measured)


def test_a_diverged_epoch_leaves_the_others_readable() -> None:
    history = [*_history(4, 1), Epoch(5, float("inf"), 0.2, nan, 0.2)]
    figure = draw_training_curves(history, best=3)
    assert _points(figure.axes[0], "training") == [1, 2, 3, 4]
    assert figure.axes[0].get_ylim()[1] < 2


def test_the_kept_epoch_and_what_it_reached_are_told() -> None:
    figure = draw_training_curves(_history(8, 1), best=4)
    assert [axis.get_title() for axis in figure.axes] == [
        "validation loss 0.2750 in epoch 4",
        "validation accuracy 0.8000 in epoch 4",
    ]
    unseen = draw_training_curves(_history(8, 0), best=4)
    assert unseen.axes[1].get_title() == "training accuracy 0.8750 in epoch 4"
    for axis in figure.axes:
        assert _points(axis, "epoch kept: 4") == [4, 4]


def test_the_target_is_a_line_in_sight() -> None:
    figure = draw_training_curves(_history(8, 1), best=4, target_accuracy=0.99)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[-1] == "target accuracy: 0.99"
    low, high = figure.axes[1].get_ylim()
    assert low < 0.99 < high
    without = draw_training_curves(_history(8, 1), best=4)
    assert len(without.legends[0].get_texts()) == 3


def test_marks_do_not_run_into_a_band() -> None:
    marks = [
        draw_training_curves(_history(count, 1), best=1).axes[0].lines[0].get_marker()
        for count in (30, 200)
    ]
    assert marks == ["o", ""]


@pytest.mark.parametrize("count", [1, 200])
def test_nothing_overlaps(count: int, misplaced: Callable[[Figure], list[str]]) -> None:
    figure = draw_training_curves(_history(count, 1), 1, 0.95, "a long title " * 30)
    assert misplaced(figure) == []


def test_saved_as_a_picture(tmp_path: Path) -> None:
    saved = save_training_curves(tmp_path / "curves.png", _history(200, 5), 5, 0.95, "of $x_1$")
    assert cv2.imread(str(saved)) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]
