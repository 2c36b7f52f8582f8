"""What is said of an image where phase 1 was wrong or phase 2 had little to learn from."""

import numpy as np

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.pixels import Evidence, Learned, Lesson, TeachingSettings, View
from riverscape.workflow.notes import phase_notes


def _silent(view: View) -> Evidence:
    raise AssertionError(view)


def _notes(
    seen: np.ndarray,
    taught: list[int],
    doubted: tuple[int, ...] = (),
    overruled: tuple[float, ...] = (0, 0, 0, 0, 0),
    unsure: bool = False,
) -> tuple[str, ...]:
    blocks = np.full((4, 5, 5), 0.2, np.float32)
    ground = np.ones((4, 5), bool)
    lesson = Lesson(blocks, 10, TeachingSettings(), ground, ground, doubted)
    learned = Learned(_silent, np.array(taught, np.int64), np.array(overruled), unsure)
    return phase_notes(seen, lesson, learned, PUBLISHED_CLASSES)


def _seen(*codes: int) -> np.ndarray:
    """Return the pixels of each class in a CNN map of water with a row of each of the codes."""
    seen = np.array([2000, 0, 0, 0, 0], np.int64)
    for code in codes:
        seen[[0, code - 1]] += -50, 50
    return seen


def test_where_all_is_well_nothing_is_said() -> None:
    assert _notes(_seen(3), [9, 0, 9, 0, 0]) == ()


def test_no_valid_pixel() -> None:
    assert _notes(np.zeros(5, np.int64), [0] * 5) == ("the image holds no valid pixel",)


def test_one_class_only() -> None:
    assert _notes(_seen(), [9, 0, 0, 0, 0]) == ("phase 2 was taught one class only, water",)


def test_scattered_tiles_and_what_believes_them() -> None:
    (note,) = _notes(_seen(2), [9, 0, 9, 0, 0], doubted=(1,))
    assert note == (
        "phase 1 found dry sediment on 2.50 % of the image, in small or narrow patches only: taken "
        "for mistakes, the CSC map leaves it out (--least-patch 0 believes it)"
    )


def test_a_class_nowhere_sure() -> None:
    (note,) = _notes(_seen(2), [9, 0, 9, 0, 0])
    assert "dry sediment on 2.50 %" in note
    assert "nowhere surely enough" in note


def test_tiles_that_contradict_their_colours() -> None:
    (note,) = _notes(_seen(2, 3), [9, 9, 9, 0, 0], overruled=(0, 0.4, 0.05, 0, 0))
    assert note.startswith("40 % of the tiles of dry sediment have the colours of another class")


def test_where_nothing_was_sure_enough() -> None:
    (note,) = _notes(_seen(), [9, 0, 9, 0, 0], unsure=True)
    assert note.startswith("no tile was sure enough to teach phase 2")


def test_a_few_stray_pixels_are_not_worth_a_note() -> None:
    seen = np.array([1999, 0, 0, 0, 1], np.int64)
    assert _notes(seen, [9, 0, 9, 0, 0], doubted=(4,)) == ()
