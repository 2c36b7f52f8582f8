"""The figures hold what they should."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap
from riverscape.reports.curves import save_training_curves
from riverscape.reports.figure import draw_figure, save_figure
from riverscape.tiles import Epoch


def _case(nodata: bool = False) -> tuple[np.ndarray, dict[str, ClassMap], ClassMap]:
    codes = np.ones((60, 90), np.uint8)
    codes[:30] = 3
    labels = codes.copy()
    if nodata:
        labels[:5] = 0
    maps = {
        "CNN map": ClassMap(codes, PUBLISHED_CLASSES),
        "CSC map": ClassMap(labels, PUBLISHED_CLASSES),
    }
    return np.zeros((60, 90, 3), np.uint8), maps, ClassMap(labels, PUBLISHED_CLASSES)


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_four_parts_with_labels_and_scores() -> None:
    photograph, maps, labels = _case()
    scores = {
        name: ConfusionMatrix.of(labels.codes, class_map.codes, PUBLISHED_CLASSES)
        for name, class_map in maps.items()
    }
    figure = draw_figure("Alder_0001", photograph, maps, labels, scores)
    assert [axis.get_title() for axis in figure.axes] == ["Image", "Labels", "CNN map", "CSC map"]
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", "F1 100.0 %", "F1 100.0 %"]
    assert _texts(figure) == list(PUBLISHED_CLASSES.names)


def test_three_parts_without_labels() -> None:
    photograph, maps, _ = _case()
    figure = draw_figure("Alder_0001", photograph, maps, None, {})
    assert [axis.get_title() for axis in figure.axes] == ["Image", "CNN map", "CSC map"]
    assert all(axis.get_xlabel() == "" for axis in figure.axes)


def test_nodata_has_its_place_in_the_legend() -> None:
    photograph, maps, labels = _case(nodata=True)
    figure = draw_figure("Alder_0001", photograph, maps, labels, {})
    assert _texts(figure)[-1] == "unlabelled or no data"


def test_maps_are_drawn_in_the_colours_of_their_classes() -> None:
    photograph, maps, labels = _case()
    figure = draw_figure("Alder_0001", photograph, maps, labels, {})
    drawn = np.asarray(figure.axes[3].images[0].get_array())
    assert tuple(drawn[0, 0]) == PUBLISHED_CLASSES.classes[2].rgb
    assert tuple(drawn[-1, -1]) == PUBLISHED_CLASSES.classes[0].rgb


@pytest.mark.parametrize("name", ["Alder_0001", "odd $x_1$ name & <b>"])
def test_saved_as_a_picture_of_readable_size(tmp_path: Path, name: str) -> None:
    picture, maps, labels = _case()
    saved = save_figure(tmp_path / "FIGURE.png", name, picture, maps, labels)
    drawn = cv2.imread(str(saved))
    assert drawn is not None
    assert min(drawn.shape[:2]) > 600
    assert [path.name for path in tmp_path.iterdir()] == ["FIGURE.png"]


@pytest.mark.parametrize("validated", [True, False])
def test_training_curves(tmp_path: Path, validated: bool) -> None:
    loss = 0.5 if validated else float("nan")
    history = [Epoch(number, 1 / number, 0.8, loss, 0.9, 1) for number in (1, 2, 3)]
    saved = save_training_curves(tmp_path / "curves.png", history, best=2)
    assert cv2.imread(str(saved)) is not None
