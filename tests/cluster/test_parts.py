"""Parts of the pass of phase 1, each done alone: what is kept is what one pass keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.imagery import open_raster
from riverscape.journal import MemoryJournal
from riverscape.models import load_model
from riverscape.pixels import pixel_learner
from riverscape.settings import Settings, make_settings
from riverscape.workflow import Resources, seen_by
from riverscape.workflow.image_views import ImageViews, step_of
from riverscape.workflow.scanning import scan_image, scan_windows

MODEL = load_model("ste-marguerite")
FINE = make_settings({"tiles": {"stride_px": 10}})


@contextmanager
def views_of(mosaic: Path, chosen: Settings, journal: MemoryJournal) -> Iterator[ImageViews]:
    with open_raster(mosaic, chosen.image) as opened:
        raster = seen_by(MODEL, opened, chosen.image)
        yield ImageViews(raster, MODEL, chosen, Resources(1, 4000), 256, journal)


@pytest.fixture(scope="module", params=[Settings(), FINE], ids=["stride 25", "stride 10"])
def whole(mosaic: Path, request: pytest.FixtureRequest) -> Iterator[ImageViews]:
    """Yield an image of which one pass has kept all windows."""
    with views_of(mosaic, request.param, MemoryJournal()) as views:
        scan_image(views, pixel_learner(request.param.pixels))
        yield views


@settings(max_examples=8)
@given(data=st.data())
def test_any_part_keeps_what_a_pass_over_the_whole_keeps(
    whole: ImageViews, mosaic: Path, data: st.DataObject
) -> None:
    every = whole.all_windows
    assert len(every) >= 12
    first = data.draw(st.integers(0, len(every) - 1))
    part = every[first : first + data.draw(st.integers(1, 5))]
    journal = MemoryJournal()
    for known in data.draw(st.lists(st.sampled_from(every), max_size=4)):  # done by others before
        if known not in part:
            journal.keep(step_of(known), whole.journal.load(step_of(known)))
    with views_of(mosaic, whole.settings, journal) as views:
        scan_windows(views, part)
    for window in part:
        kept, expected = (j.load(step_of(window)) for j in (journal, whole.journal))
        assert set(kept) == set(expected)
        for name in expected:
            np.testing.assert_array_equal(kept[name], expected[name], err_msg=name)
