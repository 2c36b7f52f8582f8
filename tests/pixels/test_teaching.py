"""What of phase 1 teaches phase 2."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.imagery import Window
from riverscape.pixels import Lesson, TeachingSettings, teaching

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


def _whole(lesson: Lesson) -> Window:
    rows, cols = lesson.ground.shape
    return Window(0, 0, rows * _BLOCK_PX, cols * _BLOCK_PX)


def _positions(lesson: Lesson) -> np.ndarray:
    return lesson.positions(_whole(lesson))


def _weights(lesson: Lesson, seed: int = 0, threads: int = 1) -> np.ndarray:
    window = _whole(lesson)
    return lesson.weights(window, np.ones(window.shape, bool), seed, threads)


def _all(lesson: Lesson) -> np.ndarray:
    return lesson.probabilities(slice(None), slice(None))


def test_a_pixel_stands_for_the_class_of_its_block() -> None:
    positions = _positions(_lesson([[0, 1], [2, 0]]))
    assert positions.shape == (20, 20)
    assert positions[[0, 0, 19, 19], [9, 10, 9, 10]].tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(("power", "expected"), [(0, 255), (1, 230), (16, 47)])
def test_certainty_weighs_a_block(power: float, expected: int) -> None:
    assert np.unique(_weights(_lesson([[0]], certainty_power=power))).tolist() == [expected]


def test_unsure_blocks_teach_nothing_below_the_threshold() -> None:
    blocks = np.array([[[0.9, 0.05, 0.05], [0.3, 0.4, 0.3]]], np.float32)
    settings = TeachingSettings(threshold=0.5, certainty_power=0)
    weights = _weights(Lesson.of(blocks, _BLOCK_PX, settings, np.ones((10, 20), bool)))
    assert weights[:, :10].all()
    assert not weights[:, 10:].any()


def test_invalid_pixels_teach_nothing() -> None:
    lesson, valid = _lesson([[0, 1]]), np.ones((10, 20), bool)
    valid[3, 4] = False
    assert np.array_equal(lesson.weights(_whole(lesson), valid, 0) > 0, valid)


def test_the_modal_filter_takes_a_stray_block_away() -> None:
    stray = [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert _positions(_lesson(stray)).max() == 2
    assert _positions(_lesson(stray, modal_tiles=1)).max() == 0


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
        assert _positions(lesson).max() == 0
        assert np.allclose(_all(lesson).sum(axis=2), 1)
        assert not _all(lesson)[:, :, 1].any()

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
        valid = np.ones(_whole(lesson).shape, bool)
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
        blocks = _all(lesson)
        row, col = np.argwhere(blocks.argmax(axis=2) == 0)[0]
        blocks[row, col] = 1, 0, 0
        valid = np.ones(_whole(lesson).shape, bool)
        believed = Lesson.of(blocks, _BLOCK_PX, lesson.settings, valid).believed()
        assert believed.doubted == (0,)
        assert _positions(believed).min() == 2


def test_blocks_left_out_teach_nothing_but_keep_the_rest() -> None:
    lesson = _lesson([[0, 1]], certainty_power=16)
    rest = lesson.without(np.array([[True, False]]))
    assert not rest.teaching_blocks[0, 0]
    assert rest.teaching_blocks[0, 1]
    assert lesson.shares(np.array([[True, False]])).tolist() == [1, 0, 0]


@pytest.mark.parametrize("power", [0.5, 1.0, 3.7, 16.0])
def test_weights_are_a_table_of_65536_steps_of_certainty(power: float) -> None:
    """So a block weighs the same whatever blocks are weighed with it, as near as a byte can be."""
    sure = np.random.default_rng(0).uniform(1 / 3, 1, 900).astype(np.float32)
    blocks = np.stack([sure, (1 - sure) / 2, (1 - sure) / 2], axis=1)[None]
    settings = TeachingSettings(certainty_power=power)
    valid = np.ones((_BLOCK_PX, 900 * _BLOCK_PX), bool)
    found = _weights(Lesson.of(blocks, _BLOCK_PX, settings, valid))[0, ::_BLOCK_PX]
    steps = np.rint(sure * np.float32(65535)) / 65535
    assert found.tolist() == np.rint(255 * steps**power).astype(int).tolist()
    assert np.abs(found - 255 * sure.astype(float) ** power).max() < 0.54


@given(st.integers(0, 1 << 31), st.floats(0.1, 0.9))
@settings(max_examples=15)
def test_a_share_is_drawn_by_the_place_of_a_pixel_alone(seed: int, share: float) -> None:
    """Whatever blocks are sure and whichever pixels are valid: the same places are drawn."""
    one = _weights(_lesson([[0] * 5] * 4, share=share), seed) > 0
    other = _weights(_lesson([[0, 1, 2, 1, 0]] * 4, sure=0.7, share=share), seed) > 0
    assert np.array_equal(one, other)
    lesson = _lesson([[0] * 5] * 4, share=share)
    valid = np.indices((40, 50)).sum(axis=0) % 3 > 0
    assert np.array_equal(lesson.weights(_whole(lesson), valid, seed) > 0, one & valid)
    assert np.any(_weights(lesson, seed + 1) > 0) != one.all()


# What a lesson of windows must reproduce, each setting alone and all of them together.
_EVERY_RULE: list[dict[str, float]] = [
    {"certainty_power": 16},
    {"threshold": 0.6},
    {"share": 0.4},
    {"tile_border_px": 2},
    {"class_border_px": 1},
    {"class_border_px": 13},
    {"modal_tiles": 1},
    {"modal_tiles": 3, "class_border_px": 4, "share": 0.7, "tile_border_px": 1, "least_px": 30},
]


def _random_lesson(
    seed: int, shape: tuple[int, int], rules: dict[str, float]
) -> tuple[Lesson, np.ndarray]:
    """Return a lesson of an image of any shape, patchy and partly without data, and its valid."""
    rng = np.random.default_rng(seed)
    block_shape = tuple(-(-length // _BLOCK_PX) for length in shape)
    blocks = rng.dirichlet(np.full(4, 0.4), block_shape).astype(np.float32)
    blocks[rng.random(block_shape) < 0.5] = 0.94, 0.02, 0.02, 0.02
    valid = rng.random(shape) > 0.2
    valid[: shape[0] // 3, shape[1] // 2 :] = False
    settings = TeachingSettings.model_validate({"certainty_power": 1, "least_px": 0} | rules)
    return Lesson.of(blocks, _BLOCK_PX, settings, valid).believed(), valid


@st.composite
def _windows(draw: st.DrawFn, shape: tuple[int, int]) -> Window:
    top, left = (draw(st.integers(0, length - 1)) for length in shape)
    height_px, width_px = (
        draw(st.integers(1, length - start))
        for length, start in zip(shape, (top, left), strict=True)
    )
    return Window(top, left, height_px, width_px)


@pytest.mark.parametrize("rules", _EVERY_RULE)
@given(st.integers(0, 99), st.sampled_from([(1, 1), (9, 83), (60, 50), (113, 97)]), st.data())
@settings(max_examples=25)
def test_what_a_window_is_taught_is_what_the_whole_is(
    rules: dict[str, float], seed: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    lesson, valid = _random_lesson(seed, shape, rules)
    whole, window = Window.whole(shape), data.draw(_windows(shape))
    here = window.rows, window.cols
    assert np.array_equal(lesson.positions(window), lesson.positions(whole)[here])
    for threads in (1, 2):
        weights = lesson.weights(window, valid[here], seed, threads)
        assert np.array_equal(weights, lesson.weights(whole, valid, seed)[here])


@pytest.mark.parametrize("rules", _EVERY_RULE)
@given(st.integers(0, 99), st.data())
@settings(max_examples=20)
def test_a_draft_of_a_part_is_that_of_the_whole(
    rules: dict[str, float], seed: int, data: st.DataObject
) -> None:
    """A window of whole blocks drafts by its own blocks, before the rest is known."""
    shape = (87, 101)
    lesson, valid = _random_lesson(seed, shape, rules)
    first = [data.draw(st.integers(0, count - 1)) for count in lesson.ground.shape]
    last = [
        data.draw(st.integers(start + 1, count))
        for start, count in zip(first, lesson.ground.shape, strict=True)
    ]
    top, left, bottom, right = (
        min(block * _BLOCK_PX, length)
        for block, length in zip((*first, *last), (*shape, *shape), strict=True)
    )
    window = Window(top, left, bottom - top, right - left)
    here = window.rows, window.cols
    part = Lesson.of(
        lesson.blocks[slice(first[0], last[0]), slice(first[1], last[1])],
        _BLOCK_PX, lesson.settings, valid[here], (first[0], first[1]),
    )  # fmt: skip
    whole = lesson.drafted
    assert not part.drafted.differences(part.drafted, window)
    assert np.array_equal(part.drafted.positions(window), whole.positions(window))
    found = part.drafted.weights(window, valid[here], seed)
    assert np.array_equal(found, whole.weights(window, valid[here], seed))


@pytest.mark.parametrize("rules", _EVERY_RULE)
@given(st.integers(0, 99), st.data())
@settings(max_examples=30)
def test_who_is_said_to_teach_alike_does(
    rules: dict[str, float], seed: int, data: st.DataObject
) -> None:
    lesson, valid = _random_lesson(seed, (87, 101), rules)
    rows, cols = lesson.ground.shape
    gone = np.zeros((rows, cols), bool)
    gone[data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))] = True
    others = [lesson.drafted, lesson.opened, lesson.without(gone), lesson.without(gone & False)]
    window = data.draw(_windows((87, 101)))
    here = window.rows, window.cols
    every = np.ones(window.shape, bool)
    for other in others:
        if not lesson.differences(other, window):
            otherwise = lesson.positions(window) != other.positions(window)
            for holds in (valid[here], every):
                one, two = (each.weights(window, holds, seed) for each in (lesson, other))
                assert np.array_equal(one, two)
                assert not one[otherwise].any()  # what counts for nothing is no difference
    assert not lesson.differences(others[-1], window)  # nothing was taken away


@pytest.mark.parametrize("rules", _EVERY_RULE)
@given(st.integers(0, 99), st.sampled_from([1, 3, 100]), st.data())
@settings(max_examples=20)
def test_all_that_is_taught_otherwise_lies_in_the_parts_that_differ(
    rules: dict[str, float], seed: int, many: int, data: st.DataObject
) -> None:
    shape = (87, 101)
    lesson, valid = _random_lesson(seed, shape, rules)
    gone = np.random.default_rng(seed).random(lesson.ground.shape) < 0.02
    window = data.draw(_windows(shape))
    here = window.rows, window.cols
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "_PART_PX", 20)
        patch.setattr(teaching, "_MANY_PARTS", 1 / many)
        for other in (lesson.without(gone), lesson.drafted, lesson):
            parts = lesson.differences(other, window)
            covered = np.zeros(shape, int)
            for part in parts:
                covered[part.rows, part.cols] += 1
            assert covered.max() <= 1
            assert not covered.sum() or covered[here].sum() == covered.sum()
            outside = covered[here] == 0
            otherwise = lesson.positions(window) != other.positions(window)
            one, two = (each.weights(window, valid[here], seed) for each in (lesson, other))
            assert not (one != two)[outside].any()
            assert not one[outside & otherwise].any()
    assert not parts  # of what is the same


def test_a_block_that_falls_silent_changes_the_windows_that_see_it_and_no_other() -> None:
    """Or every window would have to be read again."""
    lesson = _lesson([[0] * 12] * 12, class_border_px=3)
    gone = np.zeros((12, 12), bool)
    gone[4, 5] = True
    rest = lesson.without(gone)
    assert lesson.differences(rest, Window(40, 50, 1, 1))
    assert lesson.differences(rest, Window(0, 0, 60, 60))
    assert not lesson.differences(rest, Window(0, 0, 37, 120))
    assert not lesson.differences(rest, Window(53, 0, 60, 120))


def test_a_block_of_which_less_than_half_holds_data_teaches_nothing() -> None:
    lesson = _lesson([[0, 1], [1, 0]])
    valid = np.ones((20, 20), bool)
    valid[:6, :10] = False  # 40 per cent of the first block are left
    valid[:5, 10:] = False  # and half of the second
    masked = Lesson.of(lesson.blocks, _BLOCK_PX, lesson.settings, valid)
    assert masked.ground.all()
    assert masked.teaching_blocks.tolist() == [[False, True], [True, True]]
    assert masked.drafted.teaching_blocks.tolist() == [[False, True], [True, True]]
