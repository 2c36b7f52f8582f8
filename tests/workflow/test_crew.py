"""Others who do the windows of an image."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverscape.imagery import Window, open_raster
from riverscape.journal import MemoryJournal
from riverscape.models import load_model
from riverscape.pixels import Question
from riverscape.settings import make_settings
from riverscape.workflow import Resources, map_image
from riverscape.workflow.crew import Taught
from riverscape.workflow.image_views import ImageViews, answer_step
from riverscape.workflow.labelling import label_windows, labelling_windows
from riverscape.workflow.scanning import scan_windows

from . import images
from .images import RULES, mapped, write


class _Others:
    """A crew in this process, which looks at the image by itself."""

    def __init__(self, views: ImageViews) -> None:
        self.views, self.asked = views, set[str]()

    def scan(self, views: ImageViews, advance: Callable[[Window], None]) -> None:
        scan_windows(self.views, views.all_windows, advance)

    def merge(self, views: ImageViews) -> None:
        pass

    def ask(self, views: ImageViews, question: Question, wanted: Sequence[Window]) -> None:
        assert threading.current_thread() is threading.main_thread()  # Ctrl-C ends it
        self.asked.add(question.name)
        for window, answer in question.answers(self.views, wanted):
            views.journal.keep(answer_step(question.name, window), answer)

    def label(self, views: ImageViews, taught: Taught, advance: Callable[[Window], None]) -> None:
        label_windows(self.views, taught, labelling_windows(views), advance)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        ("default", {"doubt", "agreement"}),
        ("modal filter", {"doubt", "agreement", "overruling"}),
        ("nothing is sure", {"opening"}),
        ("patch", {"drawing"}),
    ],
)
def test_where_others_look_at_the_image_it_is_not_read_here(
    rules: str, asked: set[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, content = write(folder, (281, 263), "slant"), RULES[rules]
    whole, model, journal = mapped(path, content, 90), load_model(), MemoryJournal()
    chosen = make_settings({"layers": images.ALL_LAYERS} | content)
    looked: set[int] = set()
    read = ImageViews.read

    def watched(views: ImageViews, wanted: Sequence[Window], *more: Any, **named: Any) -> Any:
        if wanted:
            looked.add(id(views))
        return read(views, wanted, *more, **named)

    with open_raster(path) as raster:
        views = ImageViews(raster, model, chosen, Resources(1), 90, journal)
        others = _Others(views)
        with monkeypatch.context() as patched:
            patched.setattr(ImageViews, "read", watched)
            made = map_image(raster, model, chosen, Resources(1), journal, 90, crew=others)
        assert looked == {id(views)}
        assert others.asked == asked
        strips = [maps for _, maps in made.strips()]
    for kind in ("csc", "cnn", "confidence"):
        found = np.concatenate([maps[kind] for maps in strips], axis=-2)
        np.testing.assert_array_equal(found, whole.maps[kind])


@pytest.mark.usefixtures("_small")
def test_between_the_passes_it_is_told_what_is_done(folder: Path) -> None:
    chosen, told = make_settings(RULES["nothing is sure"]), list[str]()
    with open_raster(write(folder, (281, 263))) as raster:
        for side_px in (90, images.WHOLE):
            map_image(
                raster, load_model(), chosen, Resources(1), MemoryJournal(), side_px,
                notice=told.append,
            )  # fmt: skip
    assert told == [f"learning, {done} of 6 windows" for done in range(1, 7)]
