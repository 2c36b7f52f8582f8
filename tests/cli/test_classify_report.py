"""report.html after `riverscape classify`: of the maps that stand, or not there."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riverscape.errors import OutputError

Run = Callable[..., tuple[int, str, str]]

DERIVED = ("report.html", "compiled.csv", "compiled.parquet", "PLOT_areas.png", "PLOT_old.svg")


@pytest.fixture
def own(maps: Path, tmp_path: Path) -> Path:
    """Return a run of two images with report, table and plots, to write to."""
    folder = shutil.copytree(maps, tmp_path / "own")
    for name in DERIVED:
        (folder / name).write_text("old")
    (folder / "report-pictures").mkdir()
    (folder / "report-pictures" / "old.png").touch()
    (folder / "PLOT_mine.txt").write_text("mine")
    return folder


def _left(folder: Path) -> set[str]:
    return {name for name in (*DERIVED, "report-pictures") if (folder / name).exists()}


def _stop(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def _fail(path: Path, *_: Any, **__: Any) -> None:
    message = f"{path} cannot be written"
    raise OutputError(message)


def test_overwriting_leaves_nothing_that_was_made_of_older_maps(
    run: Run, survey: Path, own: Path
) -> None:
    status, out, _ = run("classify", survey, "--out", own, "--overwrite")
    assert (status, _left(own)) == (0, {"report.html"})
    assert (own / "report.html").read_text(encoding="utf-8") != "old"
    assert (own / "PLOT_mine.txt").exists()
    assert "removed, as made of older maps: compiled.csv" in out


@pytest.mark.parametrize("words", [("--overwrite",), ("--resume",)])
def test_a_run_that_is_stopped_leaves_nothing_of_older_maps(
    run: Run, survey: Path, own: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str]
) -> None:
    (own / "CSC_Heron_0001.csv").unlink()
    monkeypatch.setattr("riverscape.execution.image.map_image", _stop)
    assert run("classify", survey, "--out", own, *words)[0] == 1
    assert _left(own) == set()


def test_a_run_that_cannot_begin_leaves_all_as_it_was(
    run: Run, survey: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (own / "run.json").read_bytes()
    monkeypatch.setattr("riverscape.execution.surveying.check_disk", _fail)
    assert run("classify", survey, "--out", own, "--overwrite")[0] == 1
    assert _left(own) == {*DERIVED, "report-pictures"}
    assert (own / "run.json").read_bytes() == before


def test_a_stop_before_the_first_image_is_told(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riverscape.execution.image.map_image", _stop)
    status, _, err = run("classify", survey, "--out", tmp_path / "maps", "-q")
    assert status == 1
    assert "stopped before the first image was done" in err


def test_where_nothing_is_left_to_do_the_report_stays(run: Run, survey: Path, own: Path) -> None:
    status, out, _ = run("classify", survey, "--out", own, "--resume")
    assert (status, _left(own)) == (0, {*DERIVED, "report-pictures"})
    assert (own / "report.html").read_text() == "old"
    assert f"the report is {own / 'report.html'}" in out
    # But not that of a run that was broken off: it says so.
    record = json.loads((own / "run.json").read_text())
    (own / "run.json").write_text(json.dumps(record | {"finished": None}))
    assert run("classify", survey, "--out", own, "--resume")[0] == 0
    assert (own / "report.html").read_text(encoding="utf-8") != "old"


def test_an_image_without_pictures_does_not_cost_the_report_of_all(
    run: Run, survey: Path, own: Path
) -> None:
    image = survey / "Alder_0001.jpg"
    assert run("classify", image, "--out", own, "--overwrite", "--no-figures")[0] == 0
    page = (own / "report.html").read_text(encoding="utf-8")
    assert "Alder_0001" in page
    assert "Heron_0001" in page


def test_where_no_image_has_pictures_the_report_that_goes_is_told(
    run: Run, survey: Path, own: Path
) -> None:
    status, out, _ = run("classify", survey, "--out", own, "--overwrite", "--no-figures")
    assert (status, _left(own)) == (0, set())
    assert "removed, as made of older maps: report.html, " in out


def test_a_report_of_somebody_else_is_in_the_way(run: Run, survey: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("made by hand")
    status, _, err = run("classify", survey, "--out", tmp_path, "--no-figures")
    assert (status, "report.html exists already" in err) == (1, True)
    assert (tmp_path / "report.html").read_text() == "made by hand"


@pytest.mark.parametrize("how", ["table", "json", "quiet"])
def test_a_report_that_cannot_be_made_costs_no_results(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("riverscape.reports.html.write_report", _fail)
    (tmp_path / "images").mkdir()
    shutil.copy(survey / "Alder_0001.jpg", tmp_path / "images")
    (tmp_path / "images" / "Birch_0001.jpg").write_text("no photograph")
    out = tmp_path / "maps"
    words = () if how == "table" else (f"--{how}",)
    status, said, err = run("classify", tmp_path / "images", "--out", out, *words)
    assert status == 1
    failed, reason = err.splitlines()
    assert failed.startswith("riverscape: Birch_0001 failed: ")
    assert reason == f"riverscape: {out / 'report.html'} cannot be written"
    if how == "json":
        content = json.loads(said)
        assert content["report"] is None
        assert [image["name"] for image in content["images"]] == ["Alder_0001"]
    else:
        assert ("1 image classified" in said) == (how == "table")


def test_a_folder_in_place_of_the_report_is_told_before_any_work(
    run: Run, survey: Path, own: Path
) -> None:
    (own / "report.html").unlink()
    (own / "report.html").mkdir()
    before = (own / "run.json").read_bytes()
    status, _, err = run("classify", survey, "--out", own, "--overwrite")
    assert (status, "report.html speaks of older maps and cannot be removed" in err) == (1, True)
    assert (own / "run.json").read_bytes() == before


def test_an_image_that_an_older_record_says_too_little_of_is_made_anew(
    run: Run, survey: Path, own: Path
) -> None:
    record = json.loads((own / "run.json").read_text())
    for key in ("shape", "pixels"):
        record["images"]["Alder_0001"].pop(key)
    (own / "run.json").write_text(json.dumps(record))
    status, out, err = run("classify", survey, "--out", own, "--resume")
    assert (status, err) == (0, "")
    assert "1 image classified, 1 whole already" in out
    assert (own / "report.html").is_file()
