import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.imagery import Strip, map_parts, strips

heights = st.integers(1, 1000)
sizes = st.integers(1, 300)
halos = st.integers(0, 40)


@given(heights, sizes, halos)
def test_strips_cover_every_row_once(height_px: int, strip_px: int, halo_px: int) -> None:
    rows = [
        row
        for strip in strips(height_px, strip_px, halo_px)
        for row in range(*strip.rows.indices(height_px))
    ]
    assert rows == list(range(height_px))


@given(heights, sizes, halos)
def test_the_inner_rows_of_what_was_read_are_the_strip(
    height_px: int, strip_px: int, halo_px: int
) -> None:
    image = np.arange(height_px)
    for strip in strips(height_px, strip_px, halo_px):
        read = image[strip.halo]
        np.testing.assert_array_equal(read[strip.inner], image[strip.rows])
        assert read[0] == max(strip.start - halo_px, 0)
        assert read[-1] == min(strip.stop + halo_px, height_px) - 1


@given(heights, st.integers(2, 6))
def test_the_number_of_threads_does_not_change_the_result(height_px: int, threads: int) -> None:
    image = np.random.default_rng(height_px).random(height_px)

    def total(strip: Strip) -> float:
        return float(image[strip.rows].sum())

    parts = strips(height_px, 64)
    assert map_parts(total, parts, threads) == map_parts(total, parts, 1)


def test_results_keep_the_order_of_the_strips_whichever_ends_first() -> None:
    def slow_at_first(strip: Strip) -> int:
        time.sleep(0.05 if strip.start == 0 else 0)
        return strip.start

    assert map_parts(slow_at_first, strips(400, 100), threads=4) == [0, 100, 200, 300]


@pytest.mark.parametrize("threads", [1, 4])
def test_an_error_in_a_strip_is_an_error(threads: int) -> None:
    def fail_at_the_end(strip: Strip) -> None:
        if strip.stop == 400:
            message = "the last strip is damaged"
            raise ValueError(message)

    with pytest.raises(ValueError, match="the last strip"):
        map_parts(fail_at_the_end, strips(400, 100), threads)
