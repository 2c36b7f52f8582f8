"""Laws of windows: rectangles of an image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.imagery import Window, windows


@st.composite
def _places(draw: st.DrawFn) -> tuple[tuple[int, int], Window]:
    """Draw the shape of an image and a window of it."""
    height_px, width_px = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    top, left = draw(st.integers(0, height_px - 1)), draw(st.integers(0, width_px - 1))
    return (height_px, width_px), Window(
        top, left, draw(st.integers(1, height_px - top)), draw(st.integers(1, width_px - left))
    )


@given(_places())
def test_a_window_is_its_rows_and_columns(case: tuple[tuple[int, int], Window]) -> None:
    shape, window = case
    image = np.indices(shape).transpose(1, 2, 0)
    part = image[window.rows, window.cols]
    assert part.shape[:2] == window.shape == (window.height_px, window.width_px)
    assert part[0, 0].tolist() == [window.top, window.left]
    assert part[-1, -1].tolist() == [window.bottom - 1, window.right - 1]
    assert window.size_px == part.size // 2


@given(_places(), st.integers(0, 70))
def test_what_is_cut_out_of_a_grown_window_is_the_window(
    case: tuple[tuple[int, int], Window], halo_px: int
) -> None:
    shape, window = case
    image = np.arange(shape[0] * shape[1]).reshape(shape)
    place = window.grown(halo_px, shape)
    around = image[place.rows, place.cols]
    assert around.shape == place.shape  # it does not reach over the edge
    inner = around[window.within(place)]
    assert np.array_equal(inner, image[window.rows, window.cols])


@given(_places(), st.integers(0, 70))
def test_a_grown_window_holds_all_that_is_so_near(
    case: tuple[tuple[int, int], Window], halo_px: int
) -> None:
    shape, window = case
    place = window.grown(halo_px, shape)
    near = np.zeros(shape, bool)
    rows, cols = np.indices(shape)
    near |= (rows >= window.top - halo_px) & (rows < window.bottom + halo_px)
    near &= (cols >= window.left - halo_px) & (cols < window.right + halo_px)
    held = np.zeros(shape, bool)
    held[place.rows, place.cols] = True
    assert np.array_equal(near, held)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 60), st.integers(1, 60))
def test_windows_cover_an_image_once_row_by_row(
    height_px: int, width_px: int, tall_px: int, wide_px: int
) -> None:
    found = windows((height_px, width_px), tall_px, wide_px)
    covered = np.zeros((height_px, width_px), int)
    for window in found:
        covered[window.rows, window.cols] += 1
        assert window.height_px == min(tall_px, height_px - window.top)
        assert window.width_px == min(wide_px, width_px - window.left)
        assert (window.top % tall_px, window.left % wide_px) == (0, 0)
    assert (covered == 1).all()
    assert found == sorted(found, key=lambda window: (window.top, window.left))
    assert Window.whole((height_px, width_px)) in windows((height_px, width_px), 60, 60)


@pytest.mark.parametrize("numbers", [(0, 0, 0, 5), (0, 0, 5, 0), (-1, 0, 5, 5), (0, -1, 5, 5)])
def test_a_window_of_nothing_cannot_be_built(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no window of an image"):
        Window(*numbers)
