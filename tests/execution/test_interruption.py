"""Runs that are killed, stopped or find their disk full: what they leave, and how they go on."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image

from riverscape.errors import OutputError
from riverscape.execution import classify_survey
from riverscape.execution.claim import LOCK_NAME
from riverscape.imagery import Raster, Window
from riverscape.journal import FolderJournal, Journal
from riverscape.labels import LabelledImage
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model
from riverscape.workflow import ImageMaps, Resources, map_image

Start = Callable[..., subprocess.Popen[str]]

MODEL = "ste-marguerite"
SMALL = Resources(threads=1, max_ram_mb=600, window_px=256)
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a run left, but its record and its report, which tell times."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("run.json", "report.html")
    }


def windows_of(out: Path, name: str = "mosaic") -> dict[str, int]:
    windows: dict[str, int] = json.loads((out / "run.json").read_text())["images"][name]["windows"]
    return windows


def classify_mosaic(mosaic: Path, out: Path, **more: Any) -> Any:
    settings = more.pop("settings", Settings())
    pairs = [LabelledImage(mosaic, None)]
    return classify_survey(pairs, out, MODEL, settings, figures=False, resources=SMALL, **more)


class Broken(BaseException):
    """As final as a power cut, but the tests go on."""


@pytest.fixture
def break_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Break the next run off after so many windows."""

    def _break_after(windows: int) -> None:
        def mapped(
            raster: Raster, model: Model, settings: Settings, resources: Resources,
            journal: Journal, side_px: int, advance: Callable[[Window], None], **more: Any,
        ) -> ImageMaps:  # fmt: skip
            told = 0

            def count(window: Window) -> None:
                nonlocal told
                told += 1
                if told > windows:
                    raise Broken
                advance(window)

            return map_image(raster, model, settings, resources, journal, side_px, count, **more)

        monkeypatch.setattr("riverscape.execution.image.map_image", mapped)

    return _break_after


# kill -9


def wait_for(out: Path, computed: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many windows are computed, by this run or earlier ones, or it has ended."""
    log, limit = out / ".riverscape-mosaic" / "journal.log", time.monotonic() + 120
    while process.poll() is None:
        try:
            lines = log.read_text().splitlines()
        except OSError:
            lines = []
        if sum(not line.startswith("#") for line in lines) >= computed:
            return
        assert time.monotonic() < limit
        time.sleep(0.005)


@pytest.mark.slow
@posix
def test_after_kill_9_a_run_goes_on_and_ends_with_the_same_bytes(
    mosaic: Path, unbroken: Path, start: Start, tmp_path: Path
) -> None:
    undisturbed, out = windows_of(unbroken), tmp_path / "maps"
    rng, killed = random.Random(5), 0
    for computed in sorted(rng.sample(range(1, undisturbed["steps"] + 1), 6)):
        with start(mosaic, out, "--resume") as process:
            wait_for(out, computed, process)
            time.sleep(rng.uniform(0, 0.1))
            process.kill()
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 4
    with start(mosaic, out, "--resume") as process:
        said = process.communicate()
    assert process.returncode == 0, said
    assert contents(out) == contents(unbroken)
    windows = windows_of(out)
    assert windows["steps"] == undisturbed["steps"] == undisturbed["computed"]
    assert windows["computed"] - windows["steps"] <= killed
    assert windows["runs"] <= killed + 1


@pytest.mark.parametrize("windows", [0, 1, 7, -1])
def test_a_run_that_broke_off_anywhere_does_what_is_left(
    mosaic: Path, unbroken: Path, tmp_path: Path, break_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch, windows: int,
) -> None:  # fmt: skip
    break_after(windows % windows_of(unbroken)["steps"])
    with pytest.raises(Broken):
        classify_mosaic(mosaic, tmp_path)
    monkeypatch.undo()
    run = classify_mosaic(mosaic, tmp_path, resume=True)
    counts = run.results["mosaic"].windows
    # What was kept is not computed again.
    assert counts == windows_of(unbroken) | {"runs": 2}
    assert contents(tmp_path) == contents(unbroken)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_that_broke_off_while_maps_were_written_is_gone_on_with(
    mosaic: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    def broken(*_: Any) -> None:
        raise Broken

    monkeypatch.setattr("riverscape.execution.image._write_scores", broken)
    with pytest.raises(Broken):
        classify_mosaic(mosaic, tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "CLASS_CSC_mosaic.tif").exists()
    (tmp_path / "CLASS_CSC_mosaic.tif").write_bytes(b"older")
    if not recorded:
        (tmp_path / "run.json").unlink()
    run = classify_mosaic(mosaic, tmp_path, resume=True)
    assert run.results["mosaic"].windows == windows_of(unbroken) | {"runs": 2}
    assert contents(tmp_path) == contents(unbroken)


def test_a_run_that_broke_off_before_it_cleared_up_has_nothing_left_to_do(
    mosaic: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise Broken

    monkeypatch.setattr("riverscape.execution.Products.remove_journal", broken)
    with pytest.raises(Broken):
        classify_mosaic(mosaic, tmp_path)
    monkeypatch.undo()
    assert classify_mosaic(mosaic, tmp_path, resume=True).skipped == ["mosaic"]
    assert contents(tmp_path) == contents(unbroken)
    assert json.loads((tmp_path / "run.json").read_text())["finished"]


@pytest.fixture
def half_done(
    mosaic: Path, tmp_path: Path, break_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:  # fmt: skip
    """Return the folder of a run that broke off in the middle of the first pass."""
    break_after(7)
    with pytest.raises(Broken):
        classify_mosaic(mosaic, tmp_path / "maps")
    monkeypatch.undo()
    return tmp_path / "maps"


def test_an_unfinished_run_is_gone_on_with_or_begun_anew_only_when_asked(
    mosaic: Path, unbroken: Path, half_done: Path
) -> None:
    before = contents(half_done)
    with pytest.raises(OutputError) as caught:
        classify_mosaic(mosaic, half_done)
    assert str(caught.value) == (
        f"an unfinished run stands in {half_done}; "
        "add --resume to go on or --overwrite to begin anew"
    )
    assert contents(half_done) == before
    run = classify_mosaic(mosaic, half_done, overwrite=True)
    assert run.results["mosaic"].windows == windows_of(unbroken)
    assert contents(half_done) == contents(unbroken)


def test_a_journal_alone_is_enough_to_go_on(mosaic: Path, unbroken: Path, half_done: Path) -> None:
    (half_done / "run.json").unlink()
    with pytest.raises(OutputError, match="an unfinished run stands in"):
        classify_mosaic(mosaic, half_done)
    run = classify_mosaic(mosaic, half_done, resume=True)
    assert run.results["mosaic"].windows == windows_of(unbroken) | {"runs": 2}


def test_steps_that_were_cut_short_are_done_again(
    mosaic: Path, unbroken: Path, half_done: Path
) -> None:
    steps = sorted((half_done / ".riverscape-mosaic").glob("scan-*.npz"))
    for step, share in zip(steps, (0, 0.5), strict=False):
        step.write_bytes(step.read_bytes()[: int(step.stat().st_size * share)])
    run = classify_mosaic(mosaic, half_done, resume=True)
    expected = windows_of(unbroken)
    assert run.results["mosaic"].windows == expected | {
        "runs": 2,
        "computed": expected["computed"] + 2,
    }
    assert contents(half_done) == contents(unbroken)


def test_what_was_half_written_is_cleared_away(
    mosaic: Path, unbroken: Path, half_done: Path
) -> None:
    (half_done / ".partial-99-CLASS_CSC_mosaic.tif").write_bytes(b"half")
    (half_done / ".partial-99-mine.txt").write_bytes(b"of somebody else")
    classify_mosaic(mosaic, half_done, resume=True)
    assert (half_done / ".partial-99-mine.txt").exists()
    assert set(contents(half_done)) == set(contents(unbroken)) | {".partial-99-mine.txt"}


def test_windows_are_those_of_the_run_that_broke_off(
    mosaic: Path, unbroken: Path, half_done: Path
) -> None:
    run = classify_survey(
        [LabelledImage(mosaic, None)], half_done, MODEL, Settings(), figures=False, resume=True,
        resources=Resources(threads=1, max_ram_mb=4000),
    )  # fmt: skip
    assert run.results["mosaic"].windows == windows_of(unbroken) | {"runs": 2}


def test_an_image_that_has_changed_is_begun_anew_and_that_is_said(
    mosaic: Path, tmp_path: Path, break_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    image = tmp_path / "mosaic.tif"
    shutil.copyfile(mosaic, image)
    break_after(7)
    with pytest.raises(Broken):
        classify_mosaic(image, tmp_path / "maps")
    monkeypatch.undo()
    os.utime(image, ns=(1, 1))
    with caplog.at_level("INFO", logger="riverscape"):
        run = classify_mosaic(image, tmp_path / "maps", resume=True)
    counts = run.results["mosaic"].windows
    assert (counts["computed"], counts["runs"]) == (counts["steps"], 1)
    assert "begins anew" in caplog.text


def test_an_image_that_is_read_otherwise_is_begun_anew(
    mosaic: Path, tmp_path: Path, break_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    image = tmp_path / "mosaic.png"
    with rasterio.open(mosaic) as file:
        Image.fromarray(np.moveaxis(file.read([1, 2, 3]), 0, 2)).save(image)
    break_after(7)
    with pytest.raises(Broken):
        classify_mosaic(image, tmp_path / "maps")
    monkeypatch.undo()
    band = '<PAMRasterBand band="{}"><NoDataValue>90</NoDataValue></PAMRasterBand>'
    beside = f"<PAMDataset>{''.join(map(band.format, (1, 2, 3)))}</PAMDataset>"
    (tmp_path / "mosaic.png.aux.xml").write_text(beside)
    run = classify_mosaic(image, tmp_path / "maps", resume=True)
    counts = run.results["mosaic"].windows
    assert (counts["computed"], counts["runs"]) == (counts["steps"], 1)


def test_other_settings_do_not_go_on_with_a_broken_run(mosaic: Path, half_done: Path) -> None:
    before = contents(half_done)
    other = make_settings({"pixels": {"bits": 6}})
    with pytest.raises(OutputError, match="another model or other settings"):
        classify_mosaic(mosaic, half_done, resume=True, settings=other)
    assert contents(half_done) == before


def test_what_is_kept_is_of_the_image_the_model_and_the_settings(half_done: Path) -> None:
    head = FolderJournal.head_of(half_done / ".riverscape-mosaic")
    assert head is not None
    assert set(head) == {
        "riverscape", "image", "read_as", "bands", "model", "settings", "side_px",
    }  # fmt: skip
    assert set(head["settings"]) >= {"image", "tiles", "teaching", "pixels", "layers"}


# Signals


@posix
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("share", [0.1, 0.7])
def test_a_run_that_is_stopped_ends_in_order(
    mosaic: Path, unbroken: Path, start: Start, tmp_path: Path,
    number: signal.Signals, share: float,
) -> None:  # fmt: skip
    out = tmp_path / "maps"
    with start(mosaic, out) as process:
        wait_for(out, int(share * windows_of(unbroken)["steps"]) + 1, process)
        struck = time.monotonic()
        process.send_signal(number)
        said, errors = process.communicate()
    assert time.monotonic() - struck < 10  # a second or two where nothing else runs
    assert (process.returncode, said) == (1, "")
    assert errors == "riverscape: stopped; --resume goes on from here\n"
    assert not list(out.glob(".partial-*"))
    assert not (out / LOCK_NAME).exists()
    with start(mosaic, out, "--resume") as process:
        said, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert contents(out) == contents(unbroken)
    counts = windows_of(out)
    assert counts["computed"] - counts["steps"] <= 1


def family(pid: int) -> set[int]:
    """Return a process and all that it started, and they, of those that live."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return set(found)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def outlive(pids: set[int], seconds: float = 10.0) -> list[int]:
    """Return those that still live after so long: what keeps track of resources ends last."""
    limit = time.monotonic() + seconds
    while any(map(lives, pids)) and time.monotonic() < limit:
        time.sleep(0.05)
    return [pid for pid in pids if lives(pid)]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are read from /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_lives_on(
    mosaic: Path, start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    images = tmp_path / "survey"
    images.mkdir()
    for name in ("mosaic", "other"):
        os.link(mosaic, images / f"{name}.tif")
    out = tmp_path / "maps"
    with start(images, out, "--workers", "2") as process:
        wait_for(out, 2, process)
        members = family(process.pid)
        assert len(members) >= 3
        if number == signal.SIGINT:  # Ctrl-C reaches every process of a terminal
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, errors = process.communicate()
    assert not outlive(members)
    if number != signal.SIGKILL:
        assert process.returncode == 1
        assert errors == "riverscape: stopped; --resume goes on from here\n"
        assert not list(out.glob(".partial-*"))
        assert not (out / LOCK_NAME).exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are read from /proc")
def test_ctrl_c_while_workers_start_is_one_line_too(
    mosaic: Path, start: Start, tmp_path: Path
) -> None:
    images = tmp_path / "survey"
    images.mkdir()
    for name in ("mosaic", "other"):
        os.link(mosaic, images / f"{name}.tif")
    with start(images, tmp_path / "maps", "--workers", "2") as process:
        while len(family(process.pid)) < 4:  # itself, what keeps track of resources, two workers
            assert process.poll() is None
        time.sleep(0.2)
        members = family(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("riverscape: stopped")
    assert not outlive(members)
