"""What windows come to, put together by others: the same as put together here."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riverscape.execution import classify_survey
from riverscape.execution.workers import Processes
from riverscape.imagery import open_raster
from riverscape.journal import FolderJournal, MemoryJournal
from riverscape.labels import LabelledImage
from riverscape.models import load_model
from riverscape.pixels import Learned, pixel_learner
from riverscape.settings import Settings, make_settings
from riverscape.workflow import Resources, seen_by, spans
from riverscape.workflow.image_views import ImageViews, step_of
from riverscape.workflow.merging import merge_spans
from riverscape.workflow.scan import Scan
from riverscape.workflow.scanning import scan_image
from riverscape.workflow.spans import Span, span_levels
from tests.cluster.conftest import Cluster
from tests.cluster.runs import classify, contents, start

MODEL = load_model("ste-marguerite")
# Of these windows the mosaic has more than are read one by one.
FINE = ("--window", "128")
PATCH = make_settings({"pixels": {"classifier": "patch"}})


@contextmanager
def views_of(mosaic: Path, chosen: Settings, journal: MemoryJournal) -> Iterator[ImageViews]:
    with open_raster(mosaic, chosen.image) as opened:
        raster = seen_by(MODEL, opened, chosen.image)
        yield ImageViews(raster, MODEL, chosen, Resources(1, 4000), 128, journal)


@dataclass(frozen=True, repr=False)
class Scanned:
    views: ImageViews
    whole: Scan


@pytest.fixture(scope="module", params=[Settings(), PATCH], ids=["colours", "patches"])
def scanned(mosaic: Path, request: pytest.FixtureRequest) -> Iterator[Scanned]:
    """Yield an image of which all windows are kept, and what one pass found of it."""
    with views_of(mosaic, request.param, MemoryJournal()) as views:
        yield Scanned(views, scan_image(views, pixel_learner(request.param.pixels)))


def copied(views: ImageViews) -> ImageViews:
    """Return the image with what was kept of its windows alone."""
    journal = MemoryJournal()
    for window in views.all_windows:
        journal.keep(step_of(window), views.draft(window))
    return ImageViews(
        views.raster, MODEL, views.settings, views.resources, views.side_px, journal
    )  # fmt: skip


def assert_same(one: Scan, other: Scan) -> None:
    np.testing.assert_array_equal(one.tile_map.probabilities, other.tile_map.probabilities)
    np.testing.assert_array_equal(one.shares, other.shares)
    np.testing.assert_array_equal(one.seen, other.seen)


@settings(max_examples=12)
@given(cuts=st.sets(st.integers(1, 20)))
def test_spans_of_any_windows_are_what_one_pass_finds(scanned: Scanned, cuts: set[int]) -> None:
    views, whole = scanned.views, scanned.whole
    every = views.all_windows
    assert len(every) > 20
    edges = [0, *sorted(cuts), len(every)]
    parts = [Span(a, b - a) for a, b in pairwise(edges)]
    views = copied(views)
    for span in parts:
        merge_spans(views, [one for one in (*span.parts, span) if one.count > 1])
    found = Scan.empty(views)
    for span in parts:
        found.recall(every[span.windows], views.kept(span))
    assert_same(found, whole)
    learner = pixel_learner(views.settings.pixels)
    merged = learner.merge(map(views.kept, parts))
    expected = learner.merge(map(views.draft, every))
    assert set(merged) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(merged[name], array, err_msg=name)
        assert merged[name].dtype == array.dtype


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fan=st.integers(2, 16))
def test_what_is_learned_of_a_tree_is_what_is_learned_of_windows(
    scanned: Scanned, fan: int
) -> None:
    views, whole = scanned.views, scanned.whole
    learner = pixel_learner(views.settings.pixels)
    lesson, expected = whole.learn(learner, views)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(spans, "_FAN", fan)
        tree = copied(views)
        for level in span_levels(len(tree.all_windows)):
            merge_spans(tree, level)
        assert len(tree.spans) <= fan
        assert tree.windows == views.windows
        scan = scan_image(tree, learner)
        assert_same(scan, whole)
        found_lesson, found = scan.learn(learner, tree)
    np.testing.assert_array_equal(found_lesson.ground, lesson.ground)
    assert_alike(found, expected, views)


def assert_alike(found: Learned, expected: Learned, views: ImageViews) -> None:
    np.testing.assert_array_equal(found.taught, expected.taught)
    np.testing.assert_array_equal(found.overruled, expected.overruled)
    assert found.unsure == expected.unsure
    for view in views.views(views.windows[:2]):
        one, other = (learned.evidence(view) for learned in (found, expected))
        rows = slice(0, view.place.height_px)
        np.testing.assert_array_equal(one.probabilities(rows), other.probabilities(rows))


def test_who_learns_opens_no_windows_for_their_sum(
    mosaic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    load = FolderJournal.load

    def watched(journal: FolderJournal, step: str) -> object:
        loaded.append(step)
        return load(journal, step)

    monkeypatch.setattr(FolderJournal, "load", watched)
    chosen = make_settings({"teaching": {"overrule": False}})
    run = classify_survey(
        [LabelledImage(mosaic, None)], tmp_path, MODEL, chosen, figures=False,
        place=Processes(2), resources=Resources(2, 4000, 128),
    )  # fmt: skip
    assert not run.failures
    opened = {step for step in loaded if not step.startswith("map-")}
    assert sorted(opened) == ["sum-0-16", next(step for step in opened if "sum-16" in step)]


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--pixel-classifier", "patch")], ids=["colours", "patches"])
def test_bytes_are_those_of_a_run_here(
    mosaic: Path, cluster: Cluster, tmp_path: Path, more: tuple[str, ...]
) -> None:
    chosen = (*FINE, *more)
    assert classify(mosaic, tmp_path / "here", *chosen) == (0, "")
    assert classify(mosaic, tmp_path / "two", *chosen, "--workers", "2") == (0, "")
    assert contents(tmp_path / "two") == contents(tmp_path / "here")
    assert classify(mosaic, tmp_path / "dask", *chosen, "--dask", cluster.address) == (0, "")
    assert contents(tmp_path / "dask") == contents(tmp_path / "here")


@pytest.mark.slow
@pytest.mark.parametrize("last", ["sum-0-16", "map-*"], ids=["while merging", "while labelling"])
@pytest.mark.parametrize("more", [(), ("--workers", "2")], ids=["here", "two"])
def test_a_run_killed_after_the_scan_goes_on(
    mosaic: Path, tmp_path: Path, last: str, more: tuple[str, ...]
) -> None:
    """Also where what was put together was damaged since: that alone is done again."""
    out = tmp_path / "maps"
    steps = out / ".riverscape-mosaic"
    with start(mosaic, out, *FINE, "--workers", "2") as process:
        _await(lambda: any(steps.glob(f"{last}.npz")) or process.poll() is not None)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    merged = steps / "sum-0-16.npz"
    merged.write_bytes(merged.read_bytes()[:-100])
    scanned = len(list(steps.glob("scan-*.npz")))
    assert scanned > 16
    assert classify(mosaic, out, *FINE, "--resume", *more) == (0, "")
    counts = json.loads((out / "run.json").read_text())["images"]["mosaic"]["windows"]
    assert counts["runs"] == 2
    assert counts["computed"] - counts["steps"] <= len(more)  # the damaged one, and no window
    assert classify(mosaic, tmp_path / "here", *FINE) == (0, "")
    assert contents(out) == contents(tmp_path / "here")


def _await(seen: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not seen():
        assert time.monotonic() < limit
        time.sleep(0.002)
