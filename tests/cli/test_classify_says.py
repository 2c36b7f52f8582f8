"""What `riverscape classify` says, to people and to programs."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.cli.map_files import NAMES, codes_of

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]
Pixels = NDArray[np.uint8]


def test_progress_for_programs_is_json_lines(run: Run, survey: Path, tmp_path: Path) -> None:
    words = ("classify", survey, "--out", tmp_path, "--no-figures", "--progress", "json")
    status, out, err = run(*words)
    lines = [json.loads(line) for line in err.splitlines()]
    assert (status, "2 images classified" in out) == (0, True)
    done = [line["done"] for line in lines]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, lines[0]["total"])
    assert {(line["stage"], line["total"]) for line in lines} == {("classifying", done[-1])}
    notes = list(dict.fromkeys(line["note"] for line in lines))
    assert notes == [
        "",
        *(
            f"{n} of 2: {name}{end}"
            for n, name in enumerate(NAMES, 1)
            for end in ("", ", writing maps")
        ),
    ]
    assert lines[0]["seconds_left"] is None
    assert lines[-1]["seconds_left"] == 0


@pytest.mark.parametrize("words", [["--quiet"], ["-q", "--progress", "json"], []])
def test_no_progress_where_nobody_looks(
    run: Run, survey: Path, tmp_path: Path, words: list[str]
) -> None:
    image = survey / "Alder_0001.jpg"
    status, _, err = run("classify", image, "--out", tmp_path, "--no-figures", *words)
    assert (status, err) == (0, "")


def test_the_table_shows_each_image_with_its_scores(
    run: Run, survey: Path, tmp_path: Path, record: Record
) -> None:
    _, out, _ = run("classify", survey, "--out", tmp_path, "--no-figures")
    for name, entry in record(tmp_path)["images"].items():
        (row,) = [line for line in out.splitlines() if line.startswith(f"{name} ")]
        assert f"{entry['scores']['CNN']['f1_weighted']:.4f}" in row
        assert f"{entry['scores']['CSC']['f1_weighted']:.4f}" in row
    assert re.search(r"^mean ", out, re.MULTILINE)


def test_a_turned_photograph_is_warned_of_once(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    exif = Image.Exif()
    exif[274] = 6
    image = write_raster(tmp_path / "turned.jpg", photograph, exif=exif)
    status, _, err = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert status == 0
    (line,) = err.splitlines()
    assert line.startswith(f"warning: {image} carries EXIF orientation 6")
    assert codes_of(tmp_path / "maps" / "CLASS_CSC_turned.tif").shape == (150, 200)


def test_what_a_user_should_know_of_an_image_is_said(
    run: Run, tmp_path: Path, write_raster: WriteRaster, record: Record
) -> None:
    image = write_raster(tmp_path / "flat.png", np.full((3, 100, 100), 90, np.uint8))
    status, out, err = run("classify", image, "--out", tmp_path / "maps", "--no-figures")
    assert status == 0
    notes = record(tmp_path / "maps")["images"]["flat"]["notes"]
    assert notes
    assert all(note in " ".join((out + err).split()) for note in notes)


def test_quiet_says_nothing_where_all_went_well(run: Run, survey: Path, tmp_path: Path) -> None:
    words = ("classify", survey, "--out", tmp_path, "--no-figures", "--stac")
    assert run(*words, "--quiet") == (0, "", "")
    assert run(*words, "--overwrite")[1] != ""


def test_quiet_says_what_failed_and_nothing_else(run: Run, survey: Path, tmp_path: Path) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    (tmp_path / "survey" / "Birch_0001.jpg").write_text("no photograph")
    words = ("classify", tmp_path / "survey", "--out", tmp_path / "maps", "--no-figures", "-q")
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("riverscape: Birch_0001 failed: ")


def test_programs_get_one_json_object_and_nothing_else(
    run: Run, survey: Path, tmp_path: Path, record: Record
) -> None:
    out = tmp_path / "maps"
    words = ("classify", survey, "--out", out, "--figure-format", "png,svg", "--confidence")
    status, said, err = run(*words, "--stac", "--json")
    assert (status, err) == (0, "")
    content = json.loads(said)
    assert (content["out"], content["record"]) == (str(out), str(out / "run.json"))
    assert (content["skipped"], content["failures"]) == ([], {})
    assert [image["name"] for image in content["images"]] == list(NAMES)
    entries = record(out)["images"]
    for image in content["images"]:
        entry = entries[image["name"]]
        assert (image["shape"], image["has_place"]) == ([150, 200], False)
        assert image["pixels"] == entry["pixels"]
        assert image["notes"] == entry["notes"]
        assert image["scores"]["CSC"] == pytest.approx(entry["scores"]["CSC"])
        assert image["seconds"]["total"] == pytest.approx(entry["seconds"]["total"], abs=1e-3)
        files = image["files"]
        paths = [*files.pop("figures"), *files.values()]
        assert all(Path(path).is_file() for path in paths)
        assert {Path(path).suffix for path in paths} == {".tif", ".csv", ".png", ".svg"}
        assert files["confidence"] == str(out / f"CONF_{image['name']}.tif")


def test_json_tells_failures_and_what_was_whole_already(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    shutil.copytree(maps, tmp_path / "maps")
    (tmp_path / "survey" / "Birch_0001.jpg").write_text("no photograph")
    words = ("classify", tmp_path / "survey", "--out", tmp_path / "maps", "--resume", "--json")
    status, said, err = run(*words)
    content = json.loads(said)
    assert (status, content["skipped"]) == (1, list(NAMES))
    assert list(content["failures"]) == ["Birch_0001"]
    assert content["failures"]["Birch_0001"] in err


def test_what_was_whole_already_is_told_programs_as_when_it_was_made(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    words = ("classify", survey, "--out", tmp_path, "--resume", "--confidence", "--json")
    made, kept = (json.loads(run(*words)[1]) for _ in range(2))
    assert (made.pop("skipped"), kept.pop("skipped")) == ([], list(NAMES))
    for content in (made, kept):
        for image in content["images"]:
            image.pop("seconds")  # rounded in run.json
    assert kept == made


def test_scores_that_are_not_known_are_null_for_programs(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    """Polygons may lie elsewhere: labels without a labelled pixel score nothing."""
    image = write_raster(tmp_path / "a_1.png", photograph)
    write_raster(tmp_path / "SCLS_a_1.tif", np.zeros((150, 200), np.uint8))
    words = ("classify", image, "--out", tmp_path / "maps", "--no-figures", "--json")
    status, said, _ = run(*words)
    assert (status, "NaN" in said) == (0, False)
    (found,) = json.loads(said)["images"]
    assert found["scores"]["CSC"]["f1_weighted"] is None
    assert found["square_metres"] is None


def test_seconds_are_those_on_the_clock(run: Run, survey: Path, tmp_path: Path) -> None:
    image, out = survey / "Alder_0001.jpg", tmp_path / "maps"
    started = time.perf_counter()
    _, said, _ = run("classify", image, "--out", out, "--no-figures", "--json")
    passed = time.perf_counter() - started
    seconds = json.loads(said)["images"][0]["seconds"]
    assert max(seconds.values()) == seconds["total"] <= passed
    _, table, _ = run("classify", image, "--out", out, "--no-figures", "--overwrite")
    (row,) = [line for line in table.splitlines() if line.startswith("Alder_0001 ")]
    shown = float(row.split()[3])
    total = json.loads((out / "run.json").read_text())["images"]["Alder_0001"]["seconds"]["total"]
    assert shown == pytest.approx(total, abs=0.006)


def test_a_figure_that_cannot_be_drawn_is_said_also_quietly(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "no letters"
        raise ValueError(message)

    monkeypatch.setattr("riverscape.reports.figure.draw_figure", fail)
    status, out, err = run("classify", survey / "Alder_0001.jpg", "--out", tmp_path, "--quiet")
    assert (status, out) == (0, "")
    assert err == "riverscape: Alder_0001: the figure could not be drawn: no letters\n"
