"""What tiles say of a window is what they say of the whole image there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.imagery import Window
from riverscape.pixels import Context, Lesson, TeachingSettings, context


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Lesson, Window, Window]:
    """Draw what tiles say of an image, the image and a window of it."""
    block_px = draw(st.integers(1, 30))
    shape = draw(st.integers(1, 120)), draw(st.integers(1, 120))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    count = [-(-length // block_px) for length in shape]
    blocks = rng.dirichlet(np.full(3, 0.4), count).astype(np.float32)
    teaching = TeachingSettings(least_px=draw(st.sampled_from([0, 60])))
    lesson = Lesson.of(blocks, block_px, teaching, np.ones(shape, bool)).believed()
    starts = [draw(st.integers(0, length - 1)) for length in shape]
    height_px, width_px = (
        draw(st.integers(1, length - start)) for length, start in zip(shape, starts, strict=True)
    )
    return lesson, Window.whole(shape), Window(starts[0], starts[1], height_px, width_px)


@given(_cases(), st.floats(0.1, 3), st.data())
@settings(max_examples=150)
def test_around_a_window_the_scores_are_those_of_the_whole(
    case: tuple[Lesson, Window, Window], weight: float, data: st.DataObject
) -> None:
    lesson, image, window = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "_SPAN", data.draw(st.sampled_from([1, 2, 16])))
        _compare(lesson, image, window, weight, data)


def _compare(
    lesson: Lesson, image: Window, window: Window, weight: float, data: st.DataObject
) -> None:
    whole = Context.around(image, lesson, weight)
    part = Context.around(window, lesson, weight)
    start = data.draw(st.integers(0, window.height_px - 1))
    rows = slice(start, data.draw(st.integers(start + 1, window.height_px)))
    for position in range(3):
        found = part.scores(position, rows, window.width_px)
        below = slice(window.top + rows.start, window.top + rows.stop)
        expected = whole.scores(position, below, image.width_px)[:, window.cols]
        assert found.tobytes() == expected.tobytes()


@given(_cases())
def test_a_window_holds_no_more_blocks_than_reach_it(case: tuple[Lesson, Window, Window]) -> None:
    lesson, _, window = case
    blocks = Context.around(window, lesson, 1.0).probabilities
    for count, length_px in zip(blocks.shape, window.shape, strict=False):
        assert count <= -(-length_px // lesson.block_px) + 2 * context._SPAN + 3
