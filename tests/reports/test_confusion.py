"""The picture of a confusion matrix says what the matrix holds."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.reports.confusion import draw_confusion, save_confusion

_COUNTS = np.array(
    [
        [90, 8, 2, 0, 0, 0],
        [1, 9999, 0, 0, 0, 0],
        [0, 0, 7, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
)


def _matrix(counts: np.ndarray = _COUNTS) -> ConfusionMatrix:
    return ConfusionMatrix(counts, PUBLISHED_CLASSES)


def _of_size(count: int, pixels: int, name: str) -> ConfusionMatrix:
    covers = [
        LandCover(code, f"{name} {code}", f"#{code * 4000:06x}") for code in range(1, count + 1)
    ]
    counts = np.full((count, count + 1), pixels)
    return ConfusionMatrix(counts, ClassScheme(tuple(covers)))


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def _at(figure: Figure, text: str) -> tuple[float, float]:
    """Return where a text that occurs once stands, in inches from the upper left."""
    (found,) = (place for place in figure.axes[0].texts if place.get_text() == text)
    return found.get_position()


def test_rows_are_the_reference_and_columns_the_prediction() -> None:
    figure = draw_confusion(_matrix(), "kept out")
    texts = _texts(figure)
    assert {"reference", "predicted", "kept out"} <= set(texts)
    # 8 of the first class are taken for the second: right of the 90, above the 9,999.
    (right, diagonal, below) = (_at(figure, text) for text in ("8.0 %", "90.0 %", ">99.9 %"))
    assert diagonal[1] == right[1] < below[1]
    assert diagonal[0] < right[0] == below[0]
    assert _at(figure, "9,999")[0] == below[0]


def test_shares_are_those_of_the_row_and_never_round_to_nothing_or_all() -> None:
    texts = _texts(draw_confusion(_matrix(), "kept out"))
    assert {"90.0 %", "8.0 %", "2.0 %", ">99.9 %", "<0.1 %", "100.0 %"} <= set(texts)
    assert "0.0 %" not in texts


def test_what_nothing_stands_behind_is_a_dash() -> None:
    texts = _texts(draw_confusion(_matrix(), "kept out"))
    assert texts.count("none in the reference") == 2
    # Precision, recall and F1 of the two classes that neither holds.
    assert texts.count("–") == 6
    mapped = _COUNTS.copy()
    mapped[0, 3] = 5
    # The fourth has a precision as soon as something is taken for it: 0.
    texts = _texts(draw_confusion(_matrix(mapped), "kept out"))
    assert texts.count("–") == 5
    assert "0.000" in texts


def test_a_column_of_pixels_without_class_only_where_there_are_some() -> None:
    assert "no class" not in _texts(draw_confusion(_matrix(), "kept out"))
    missed = _COUNTS.copy()
    missed[0, -1] = 3
    assert "no class" in _texts(draw_confusion(_matrix(missed), "kept out"))


def test_right_is_blue_and_wrong_is_orange() -> None:
    figure = draw_confusion(_matrix(), "kept out")
    cells = {}
    for patch in figure.axes[0].patches:
        left, upper = patch.get_xy()  # type: ignore[attr-defined]
        cells[round(left, 2), round(upper, 2)] = to_rgb(patch.get_facecolor())
    faces = [face for (left, _), face in sorted(cells.items()) if left > 2.1]
    blue = [face for face in faces if face[2] - face[0] > 0.2]
    orange = [face for face in faces if face[0] - face[2] > 0.02]
    assert (len(blue), len(orange)) == (3, 3)
    assert len(faces) == 25


@pytest.mark.parametrize("count", [1, 2, 15])
@pytest.mark.parametrize("name", ["broad-leaved riparian forest of the reach", "W" * 40])
def test_nothing_overlaps(count: int, name: str, misplaced: Callable[[Figure], list[str]]) -> None:
    matrix = _of_size(count, pixels=98_765_432, name=name)
    assert misplaced(draw_confusion(matrix, "kept out " * 40)) == []


def test_an_empty_matrix_is_told() -> None:
    figure = draw_confusion(_matrix(np.zeros_like(_COUNTS)), "kept out")
    assert "nan" not in " ".join(_texts(figure))
    assert _texts(figure).count("none in the reference") == 5


def test_saved_as_a_picture(tmp_path: Path) -> None:
    saved = save_confusion(tmp_path / "confusion.png", _matrix(), "of $x^2$ & <b>")
    picture = cv2.imread(str(saved))
    assert picture is not None
    assert min(picture.shape[:2]) > 600
    assert [path.name for path in tmp_path.iterdir()] == ["confusion.png"]
