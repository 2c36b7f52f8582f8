"""The sheet of mistakes shows each tile, what it is taken for, and where it lies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from riverscape.assessment.mistakes import Mistake
from riverscape.labels import PUBLISHED_CLASSES, LandCover
from riverscape.reports.mistakes import draw_mistakes, save_mistakes

_WATER, _SEDIMENT, _GREEN, _DRY, _ROAD = PUBLISHED_CLASSES.classes
_LONG = "Sainte-Marguerite_2016-09-11_flight_03_camera_B_26607"


def _mistake(bands: int = 3, **changes: Any) -> Mistake:
    pixels = np.full((bands, 150, 150), 90, np.uint8)
    pixels[:, 50:100, 50:100] = np.array([60, 120, 180, 240][:bands])[:, None, None]
    facts: dict[str, Any] = {
        "pixels": pixels,
        "image": "StMarg_26607",
        "row_px": 1200,
        "col_px": 450,
        "tile_px": 50,
        "labelled": _WATER,
        "predicted": _DRY,
        "certainty": 0.98,
        "tile_at": (50, 50),
    }
    return Mistake(**facts | changes)


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def _count(picture: np.ndarray, colour: tuple[int, ...]) -> int:
    return int((np.abs(picture.astype(int) - colour).max(axis=-1) <= 3).sum())


def test_the_caption_says_what_is_taken_for_what_and_where() -> None:
    texts = _texts(draw_mistakes([_mistake()], "kept out"))
    assert texts[0] == "kept out"
    assert texts[2:] == [
        "labelled water",
        "predicted senescent vegetation 0.98",
        "StMarg_26607 row 1200 col 450",
    ]


def test_the_tile_is_outlined_in_both_colours_and_stays_visible(
    drawn: Callable[[Figure], np.ndarray],
) -> None:
    picture = drawn(draw_mistakes([_mistake()], "kept out"))
    label, prediction, tile = (
        _count(picture, colour) for colour in (_WATER.rgb, _DRY.rgb, (60, 120, 180))
    )
    side = np.sqrt(tile)
    # The outlines are lines about the tile, not areas; that of the label is the longer one.
    assert 0 < prediction < label < tile
    assert prediction > 3 * side
    assert _count(picture, _ROAD.rgb) == 0


@pytest.mark.parametrize(
    ("bands", "shown"),
    [(1, (60, 60, 60)), (2, (60, 60, 60)), (3, (60, 120, 180)), (4, (60, 120, 180))],
)
def test_any_number_of_bands_is_shown(bands: int, shown: tuple[int, ...]) -> None:
    figure = draw_mistakes([_mistake(bands)], "kept out")
    assert tuple(np.asarray(figure.axes[0].images[0].get_array())[75, 75]) == shown


def test_tile_alone_and_the_edge_of_a_narrow_image(
    drawn: Callable[[Figure], np.ndarray], misplaced: Callable[[Figure], list[str]]
) -> None:
    alone = _mistake(pixels=np.full((3, 50, 50), 33, np.uint8), tile_at=(0, 0))
    narrow = _mistake(pixels=np.full((3, 150, 55), 44, np.uint8), tile_at=(100, 5))
    figure = draw_mistakes([alone, narrow], "kept out")
    assert misplaced(figure) == []
    picture = drawn(figure)
    assert _count(picture, (33, 33, 33)) > 2 * _count(picture, (44, 44, 44)) > 0


@pytest.mark.parametrize("count", [1, 4, 40])
@pytest.mark.parametrize("long", [False, True])
def test_nothing_overlaps(count: int, long: bool, misplaced: Callable[[Figure], list[str]]) -> None:
    changes: dict[str, Any] = {"labelled": _DRY, "predicted": _GREEN, "certainty": 1.0}
    if long:
        changes["image"] = _LONG
        changes["labelled"] = LandCover(9, "water of the upper reach, " * 5, "#123456")
        changes["predicted"] = LandCover(8, "W" * 60, "#654321")
    figure = draw_mistakes([_mistake(**changes)] * count, "title " * (60 if long else 3))
    assert len(figure.axes[0].images) == count
    assert misplaced(figure) == []


def test_what_tells_long_names_apart_stays() -> None:
    texts = _texts(draw_mistakes([_mistake(image=_LONG)], "kept out"))
    assert texts[-2].startswith("Sainte-Marg")
    assert texts[-2].endswith("26607")
    assert texts[-1] == "row 1200 col 450"


def test_no_mistake_is_told() -> None:
    figure = draw_mistakes([], "kept out")
    assert _texts(figure)[1].startswith("No mistakes on the images kept out")
    assert not figure.axes[0].images


@pytest.mark.parametrize("count", [0, 1, 12])
def test_saved_as_a_picture(tmp_path: Path, count: int) -> None:
    odd = _mistake(image="odd $x_1$ name & <b>")
    saved = save_mistakes(tmp_path / "new" / "mistakes.png", [odd] * count, "of $x^2$")
    picture = cv2.imread(str(saved))
    assert picture is not None
    assert picture.shape[1] > 900
    assert [path.name for path in saved.parent.iterdir()] == ["mistakes.png"]
