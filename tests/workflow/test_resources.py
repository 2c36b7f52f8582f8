import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, tuples

from riverscape.errors import SettingsError
from riverscape.imagery import open_raster
from riverscape.models import load_model
from riverscape.settings import Settings, make_settings
from riverscape.workflow import Resources, available_threads, bytes_per_px, needed_mb
from riverscape.workflow.resources import make_resources

WriteRaster = Callable[..., Path]

SHAPES = tuples(integers(1, 300_000), integers(1, 300_000))


@given(shape=SHAPES, ram_mb=integers(0, 100_000), file_bytes=integers(1, 100))
def test_more_memory_never_makes_windows_smaller_nor_wider_pixels_larger(
    shape: tuple[int, int], ram_mb: int, file_bytes: int
) -> None:
    def effective(ram_mb: int, file_bytes: int) -> int:
        side_px = Resources(threads=1, max_ram_mb=ram_mb).side_px(shape, file_bytes)
        assert 1 <= side_px <= max(*shape, 4096)
        return min(side_px, max(shape))

    side_px = effective(ram_mb, file_bytes)
    assert effective(ram_mb + 500, file_bytes) >= side_px
    assert effective(ram_mb, file_bytes + 8) <= side_px


@given(ram_mb=integers(1, 100_000))
def test_the_largest_image_is_worked_on_by_windows_of_bounded_size(ram_mb: int) -> None:
    huge = Resources(threads=1, max_ram_mb=ram_mb).side_px((300_000, 300_000), 4)
    assert 256 <= huge <= 4096
    assert huge == Resources(threads=1, max_ram_mb=ram_mb).side_px((20_000, 20_000), 4)


def test_a_photograph_is_one_window_where_memory_allows() -> None:
    assert Resources(threads=1, max_ram_mb=4000).side_px((3000, 4000), 3) == 4000
    assert Resources(threads=1, max_ram_mb=400).side_px((3000, 4000), 3) < 4000


@given(shape=SHAPES, side_px=integers(1, 10_000))
def test_windows_that_are_asked_for_are_had(shape: tuple[int, int], side_px: int) -> None:
    assert Resources(threads=1, max_ram_mb=1, window_px=side_px).side_px(shape, 4) == side_px


@pytest.mark.parametrize(("threads", "workers", "each"), [(8, 2, 4), (2, 4, 1), (7, 2, 3)])
def test_workers_share_what_there_is(threads: int, workers: int, each: int) -> None:
    shared = Resources(threads=threads, max_ram_mb=1000, window_px=77).shared_by(workers)
    assert shared == Resources(each, 1000 / workers, 77)


def test_without_a_word_it_is_a_quarter_of_the_machine() -> None:
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    assert make_resources(None).max_ram_mb == pytest.approx(total_mb / 4, rel=0.02)
    assert make_resources(1234).max_ram_mb == 1234
    assert make_resources(None).threads == available_threads() >= 1


def test_less_memory_than_the_program_takes_is_refused() -> None:
    with pytest.raises(SettingsError, match="123 MB of memory are not enough"):
        make_resources(123)


def test_more_bands_layers_and_cleaning_need_more_memory() -> None:
    contract, shape = load_model().contract, (20_000, 30_000)

    def needed(settings: Settings, file_bytes: int = 4) -> float:
        return needed_mb(shape, file_bytes, 512, contract, settings)

    usual = needed(Settings())
    assert needed(Settings(), 24) > usual
    for changes in (
        {"pixels": {"despeckle_px": 9}},
        {"pixels": {"features": ["median:2", "nd:red:blue"]}},
        {"layers": {"probabilities": True}},
        {"tiles": {"stride_px": 5}},
    ):
        assert needed(make_settings(changes)) > usual + 50


@pytest.mark.parametrize(
    ("bands", "dtype", "nodata", "expected"),
    [
        (3, np.uint8, None, 3),
        (4, np.uint16, None, 8),
        (3, np.uint8, 0, 4),
        (2, np.float32, None, 9),
    ],
)
def test_what_a_pixel_takes_counts_its_mask(
    tmp_path: Path, write_raster: WriteRaster, bands: int, dtype: type, nodata: float | None,
    expected: int,
) -> None:  # fmt: skip
    path = write_raster(tmp_path / "a.tif", np.ones((bands, 8, 8), dtype), nodata=nodata)
    with open_raster(path) as raster:
        assert bytes_per_px(raster) == expected
