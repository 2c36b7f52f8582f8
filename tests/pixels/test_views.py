"""An image seen by windows is learned and labelled as the whole is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from riverscape.imagery import Window, windows
from riverscape.pixels import (
    Draft,
    Learned,
    Lesson,
    PixelSettings,
    Posterior,
    TeachingSettings,
    View,
    learning_halo_px,
    pixel_learner,
    predicting_halo_px,
)
from riverscape.pixels.colours import TableSum
from riverscape.pixels.learned import Question
from riverscape.pixels.questions import _looks
from riverscape.pixels.table import SpectralTable
from riverscape.progress import Stopwatch

_BLOCK_PX = 13  # so that looks, every 2 px, begin elsewhere in each block
_SHAPE = (203, 177)
_NAMES = ("red", "green", "blue")
_COLOURS = np.array([[60, 80, 120], [190, 170, 160], [70, 140, 60]])


def _image() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return levels (band, row, col), where they are valid, and the class of each block.

    A few blocks are taken for another class than they have the colours of.
    """
    rng = np.random.default_rng(0)
    count = [-(-length // _BLOCK_PX) for length in _SHAPE]
    top = (np.add.outer(np.arange(count[0]), np.arange(count[1])) // 7) % 3
    classes = top.repeat(_BLOCK_PX, axis=0).repeat(_BLOCK_PX, axis=1)[: _SHAPE[0], : _SHAPE[1]]
    pixels = _COLOURS[classes] + rng.normal(0, 14, (*_SHAPE, 3))
    valid = rng.random(_SHAPE) > 0.1
    valid[40:90, 60:110] = False
    found = top.copy()
    found[rng.random(top.shape) < 0.06] = 2
    levels = np.moveaxis(pixels.clip(0, 255).astype(np.uint8), 2, 0)
    return np.ascontiguousarray(levels), valid, found


def _lesson(teaching: dict[str, Any]) -> Lesson:
    _, valid, top = _image()
    blocks = np.full((*top.shape, 3), 0.02, np.float32)
    np.put_along_axis(blocks, top[:, :, None], np.float32(0.96), axis=2)
    settings = TeachingSettings.model_validate({"least_px": 0} | teaching)
    return Lesson.of(blocks, _BLOCK_PX, settings, valid)


def _view(window: Window, halo_px: int, settings: PixelSettings) -> View:
    levels, valid, _ = _image()
    place = window.grown(halo_px, _SHAPE)
    part = np.ascontiguousarray(levels[:, place.rows, place.cols])
    here = valid[place.rows, place.cols]
    return View(window, place, part, here, part, _NAMES, settings)


@dataclass(frozen=True, eq=False)
class _Parts:
    """An image as windows, each with the halo that learning takes."""

    windows: Sequence[Window]
    settings: PixelSettings
    drafts: dict[Window, Draft]

    @classmethod
    def of(cls, parts: Sequence[Window], settings: PixelSettings, lesson: Lesson) -> "_Parts":
        drafts: dict[Window, Draft] = {}
        found = cls(parts, settings, drafts)
        learner = pixel_learner(settings)
        for view in found.views(parts):
            drafts[view.window] = learner.draft(view, lesson.drafted, Stopwatch())
        return found

    def views(self, wanted: Sequence[Window]) -> Iterator[View]:
        for window in wanted:
            yield _view(window, learning_halo_px(self.settings), self.settings)

    def draft(self, window: Window) -> Draft:
        return self.drafts[window]

    def sums(self) -> Iterator[Draft]:
        return iter(self.drafts.values())

    def asked(self, question: Question, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        return question.answers(self, wanted)

    def learned(self, lesson: Lesson) -> Learned:
        learner = pixel_learner(self.settings)
        return learner.learn(lesson, lesson.drafted, self, Stopwatch())


_WHOLE = [Window.whole(_SHAPE)]
_CUT = windows(_SHAPE, 5 * _BLOCK_PX, 3 * _BLOCK_PX)
_TEACHING: list[dict[str, Any]] = [
    {},
    {"modal_tiles": 1, "class_border_px": 4, "share": 0.6, "tile_border_px": 1},
    {"threshold": 0.99},
    {"overrule": False, "least_px": 120},
]


@pytest.mark.parametrize("feature", ["bands", "median:3", "texture"])
def test_drafts_of_windows_add_up_to_that_of_the_whole(feature: str) -> None:
    settings, lesson = PixelSettings(features=(feature,), classifier="kde"), _lesson({})
    tables = []
    for parts in (_WHOLE, _CUT, _CUT[::-1]):
        seen, total = _Parts.of(parts, settings, lesson), TableSum()
        for window in parts:
            draft = seen.draft(window)
            total.add(SpectralTable(draft["rows"], draft["counts"], settings.bits))
        counted = total.table.counts.any(axis=1)  # what is around a window teaches nothing
        tables.append(
            SpectralTable(total.table.rows[counted], total.table.counts[counted], settings.bits)
        )
    for table in tables[1:]:
        assert np.array_equal(table.rows, tables[0].rows)
        assert np.array_equal(table.counts, tables[0].counts)


def test_the_same_pixels_are_looked_at_in_every_window() -> None:
    settings, lesson = PixelSettings(), _lesson({})
    images: list[np.ndarray] = []
    for parts in (_WHOLE, _CUT):
        seen = _Parts.of(parts, settings, lesson)
        looked = np.full((*_SHAPE, 3), -1)
        for window in parts:
            draft, place = seen.draft(window), _looks(window, _BLOCK_PX)
            colours = np.concatenate([draft["rows"].astype(int), [[-2] * 3]])[draft["looks"]]
            looked[window.rows, window.cols][place] = colours
        images.append(looked)
    assert np.array_equal(images[0], images[1])
    assert not np.all(images[0] >= 0, axis=2)[~_image()[1]].any()
    in_a_block = np.all(images[0][:_BLOCK_PX, :_BLOCK_PX] >= 0, axis=2)
    assert in_a_block.sum() >= 16  # of 25, some of which hold no data


@pytest.mark.parametrize("teaching", _TEACHING)
@pytest.mark.parametrize("classifier", ["kde", "forest", "patch"])
def test_windows_are_learned_and_labelled_as_the_whole_is(
    classifier: str, teaching: dict[str, Any]
) -> None:
    """In any order; what a view says has the bytes of what the whole says there."""
    settings = PixelSettings(classifier=classifier, patch_px=3, smoothing="guided", smoothing_px=2)
    lesson = _lesson(teaching).believed()
    whole = _Parts.of(_WHOLE, settings, lesson).learned(lesson)
    expected = _said(whole, lesson, _view(_WHOLE[0], 0, settings), settings)
    for parts in (_CUT, _CUT[::-1]):
        learned = _Parts.of(parts, settings, lesson).learned(lesson)
        assert learned.taught.tolist() == whole.taught.tolist()
        assert learned.overruled.tolist() == whole.overruled.tolist()
        assert learned.unsure == whole.unsure
        for window in parts:
            view = _view(window, predicting_halo_px(settings), settings)
            found = _said(learned, lesson, view, settings)[:, *view.inner]
            assert found.tobytes() == expected[:, window.rows, window.cols].tobytes()


def test_the_image_of_these_tests_has_blocks_to_overrule() -> None:
    settings, lesson = PixelSettings(classifier="kde"), _lesson({})
    learned = _Parts.of(_CUT, settings, lesson).learned(lesson)
    assert learned.overruled[2] > 0.03


@pytest.mark.parametrize("smoothing", ["none", "mean", "guided"])
@pytest.mark.parametrize("classifier", ["kde", "patch"])
def test_no_halo_is_wider_than_it_has_to_be(classifier: str, smoothing: str) -> None:
    """A pixel less and some window says something else: what is read twice costs time."""
    settings = PixelSettings.model_validate(
        {"classifier": classifier, "patch_px": 3, "smoothing": smoothing, "smoothing_px": 5}
    )
    lesson = _lesson({})
    learned = _Parts.of(_WHOLE, settings, lesson).learned(lesson)
    expected = _said(learned, lesson, _view(_WHOLE[0], 0, settings), settings)

    def is_exact(halo_px: int) -> bool:
        views = [_view(window, halo_px, settings) for window in _CUT]
        return all(
            np.array_equal(
                _said(learned, lesson, view, settings)[:, *view.inner],
                expected[:, view.window.rows, view.window.cols],
            )
            for view in views
        )

    assert is_exact(predicting_halo_px(settings))
    if classifier == "kde":
        assert not is_exact(predicting_halo_px(settings) - 1)


def _said(learned: Learned, lesson: Lesson, view: View, settings: PixelSettings) -> np.ndarray:
    """Return how much speaks for each class, (class, row, col); 0 where there are no data."""
    posterior = Posterior.of(learned, lesson, view, settings)
    parts = [posterior.weights(strip) for strip in posterior.strips()]
    return np.concatenate(parts, axis=1) * view.valid
