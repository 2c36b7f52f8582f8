"""What of phase 1 teaches phase 2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.pixels import Lesson, TeachingSettings

_BLOCK_PX = 10


def _lesson(classes: list[list[int]], sure: float = 0.9, **settings: float) -> Lesson:
    """Return a lesson of three classes whose blocks are `sure` of the classes given."""
    top = np.array(classes)
    blocks = np.full((*top.shape, 3), (1 - sure) / 2, np.float32)
    np.put_along_axis(blocks, top[:, :, None], np.float32(sure), axis=2)
    shape = top.shape[0] * _BLOCK_PX, top.shape[1] * _BLOCK_PX
    chosen = {"certainty_power": 0, "least_px": 0} | settings
    teaching = TeachingSettings.model_validate(chosen)
    return Lesson.of(blocks, _BLOCK_PX, teaching, np.ones(shape, bool))


def _among(patch: list[list[int]], side: int = 9) -> list[list[int]]:
    """Return a square of class 0 with a patch of other classes in it."""
    blocks = np.zeros((side, side), int)
    height, width = np.shape(patch)
    blocks[3 : 3 + height, 3 : 3 + width] = patch
    return blocks.tolist()


def _weights(lesson: Lesson, seed: int = 0, threads: int = 1) -> np.ndarray:
    return lesson.weights(np.ones(lesson.shape, bool), seed, threads)


def test_a_pixel_stands_for_the_class_of_its_block() -> None:
    lesson = _lesson([[0, 1], [2, 0]])
    assert lesson.positions.shape == (20, 20)
    assert lesson.positions[[0, 0, 19, 19], [9, 10, 9, 10]].tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(("power", "expected"), [(0, 255), (1, 230), (16, 47)])
def test_certainty_weighs_a_block(power: float, expected: int) -> None:
    assert np.unique(_weights(_lesson([[0]], certainty_power=power))).tolist() == [expected]


def test_unsure_blocks_teach_nothing_below_the_threshold() -> None:
    lesson = _lesson([[0, 1]], threshold=0.5)
    lesson.blocks[0, 1] = 0.3, 0.4, 0.3
    weights = _weights(lesson)
    assert weights[:, :10].all()
    assert not weights[:, 10:].any()


def test_invalid_pixels_teach_nothing() -> None:
    lesson, valid = _lesson([[0, 1]]), np.ones((10, 20), bool)
    valid[3, 4] = False
    assert np.array_equal(lesson.weights(valid, 0) > 0, valid)


def test_the_modal_filter_takes_a_stray_block_away() -> None:
    stray = [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert _lesson(stray).positions.max() == 2
    assert _lesson(stray, modal_tiles=1).positions.max() == 0


def test_borders_of_tiles_teach_nothing() -> None:
    weights = _weights(_lesson([[0, 0]], tile_border_px=2))
    inside = np.zeros((10, 20), bool)
    inside[2:8, 2:8] = inside[2:8, 12:18] = True
    assert np.array_equal(weights > 0, inside)


def test_borders_between_classes_teach_nothing() -> None:
    weights = _weights(_lesson([[0, 0, 1]], class_border_px=3))
    assert np.flatnonzero(weights.all(axis=0)).tolist() == [*range(17), *range(23, 30)]


@given(st.floats(0.05, 0.95), st.integers(0, 5))
def test_a_share_teaches_the_same_whatever_the_threads(share: float, seed: int) -> None:
    lesson = _lesson([[0] * 6] * 30, share=share)
    weights = _weights(lesson, seed)
    assert np.array_equal(weights, _weights(lesson, seed, threads=3))
    assert abs((weights > 0).mean() - share) < 0.02


class TestScatteredTiles:
    """A class in a few scattered tiles is taken for a mistake, and the next best class stands."""

    def test_stray_blocks_are_not_believed(self) -> None:
        lesson = _lesson(_among([[1]]), least_px=20).believed()
        assert lesson.doubted == (1,)
        assert lesson.positions.max() == 0
        assert np.allclose(lesson.blocks.sum(axis=2), 1)
        assert not lesson.blocks[:, :, 1].any()

    def test_a_square_of_blocks_is_believed(self) -> None:
        square = _among([[1, 1], [1, 1]], 20)
        assert not _lesson(square, least_px=20).believed().doubted
        assert _lesson(square, least_px=30).believed().doubted == (1,)

    def test_a_long_road_is_believed(self) -> None:
        assert _lesson(_among([[1] * 30], 90), least_px=20).believed().doubted == (1,)
        assert not _lesson(_among([[1] * 70], 90), least_px=20).believed().doubted

    def test_only_ground_counts(self) -> None:
        """A patch under the mask makes no class believable, and a mask makes none rarer."""
        blocks = _among([[1, 1], [1, 1]], 20)
        lesson = _lesson(blocks, least_px=20)
        valid = np.ones(lesson.shape, bool)
        valid[30:50, 30:40] = False
        masked = Lesson.of(lesson.blocks, _BLOCK_PX, lesson.settings, valid)
        assert not lesson.believed().doubted
        assert masked.believed().doubted == (1,)
        valid[:] = False
        valid[30:60, 40:70] = True  # a fifth of what is left is the patch
        assert not Lesson.of(lesson.blocks, _BLOCK_PX, lesson.settings, valid).believed().doubted

    def test_narrow_bars_that_hold_more_than_a_trace_are_believed(self) -> None:
        thin = _among([[1] * 15, [0] * 15, [1] * 15], 30)
        assert not _lesson(thin, least_px=20).believed().doubted
        assert _lesson(_among([[1] * 15], 30), least_px=20).believed().doubted == (1,)

    def test_what_is_common_is_believed(self) -> None:
        """In a small image nothing fills the square, but half of it is no scatter."""
        assert not _lesson([[0, 1], [1, 0]], least_px=200).believed().doubted

    def test_a_block_of_nothing_else_falls_to_a_class_that_is_believed(self) -> None:
        lesson = _lesson((2 - 2 * np.array(_among([[1]]))).tolist(), least_px=20)
        row, col = np.argwhere(lesson.blocks.argmax(axis=2) == 0)[0]
        lesson.blocks[row, col] = 1, 0, 0
        believed = lesson.believed()
        assert believed.doubted == (0,)
        assert believed.positions.min() == 2


def test_blocks_left_out_teach_nothing_but_keep_the_rest() -> None:
    lesson = _lesson([[0, 1]], certainty_power=16)
    rest = lesson.without(np.array([[True, False]]))
    assert not rest.teaching_blocks[0, 0]
    assert rest.teaching_blocks[0, 1]
    assert lesson.shares(np.array([[True, False]])).tolist() == [1, 0, 0]
