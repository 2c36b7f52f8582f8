"""`riverscape classify` where outputs stand already: overwriting and resuming."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rasterio

from tests.cli.map_files import BESIDE, MAPS, NAMES, files

Run = Callable[..., tuple[int, str, str]]
Record = Callable[[Path], dict[str, Any]]


def test_what_stands_is_left_alone_unless_told_otherwise(
    run: Run, survey: Path, maps: Path
) -> None:
    before = files(maps)
    status, out, err = run("classify", survey, "--out", maps)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"riverscape: .* exists already \(and \d+ more\); add --overwrite.*\n", err)
    assert files(maps) == before


def test_overwriting_makes_everything_anew(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    (out / "CLASS_CSC_Alder_0001.tif").write_text("old")
    (out / "CSC_Alder_0001.csv").write_text("old")
    (out / "mine.txt").write_text("mine")
    assert run("classify", survey, "--out", out, "--overwrite", "-q")[0] == 0
    before, after = files(maps), files(out)
    for content in (before, after):
        for dated in ("run.json", "report.html"):
            content.pop(dated)
    assert after == before | {"mine.txt": b"mine"}


def test_overwriting_leaves_no_scores_of_labels_that_are_gone(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    shutil.copy(survey / "Alder_0001.jpg", tmp_path)
    words = ("classify", tmp_path / "Alder_0001.jpg", "--out", out, "--overwrite", "-q")
    assert run(*words, "--no-figures")[0] == 0
    left = {path.name for path in out.iterdir() if "Alder" in path.name}
    assert left == {f"{prefix}Alder_0001{end}" for prefix in MAPS for end in BESIDE}
    assert (out / "CSC_Heron_0001.csv").exists()


@pytest.mark.parametrize("name", ["CSC_Alder_0001.csv", "FIGURE_Alder_0001.png"])
def test_files_in_the_way_are_never_removed_unasked(
    run: Run, survey: Path, tmp_path: Path, name: str
) -> None:
    shutil.copy(survey / "Alder_0001.jpg", tmp_path)
    out = tmp_path / "maps"
    out.mkdir()
    (out / name).write_text("made by hand")
    run("classify", tmp_path / "Alder_0001.jpg", "--out", out, "--no-figures", "-q")
    assert (out / name).read_text() == "made by hand"


def test_resuming_skips_what_is_whole_and_makes_what_is_not(
    run: Run, survey: Path, maps: Path, tmp_path: Path, record: Record
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    (out / "FIGURE_Heron_0001.png").unlink()
    # Would be made anew, were the image not skipped.
    (out / "CSC_Alder_0001.csv").write_text("kept")
    status, said, err = run("classify", survey, "--out", out, "--resume")
    assert (status, err) == (0, "")
    assert "1 image classified, 1 whole already" in said
    assert (out / "CSC_Alder_0001.csv").read_text() == "kept"
    assert (out / "FIGURE_Heron_0001.png").read_bytes() == (
        maps / "FIGURE_Heron_0001.png"
    ).read_bytes()
    assert set(record(out)["images"]) == set(NAMES)


def test_resuming_where_nothing_stands_is_a_run(run: Run, survey: Path, tmp_path: Path) -> None:
    image = survey / "Alder_0001.jpg"
    status, said, _ = run("classify", image, "--out", tmp_path, "--resume", "--no-figures")
    assert status == 0
    assert "1 image classified; " in said


def test_it_says_which_images_have_no_place_on_earth(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name in NAMES:
        shutil.copy(survey / f"{name}.jpg", images)
    _, said, _ = run("classify", images, "--out", tmp_path / "none", "--no-figures")
    assert "2 of 2 images have no georeference: the maps lie in pixels" in said
    (images / f"{NAMES[0]}.jgw").write_text("0.1\n0\n0\n-0.1\n300000\n5300000\n")
    _, said, _ = run("classify", images, "--out", tmp_path / "one", "--no-figures")
    assert "1 of 2 images have no georeference" in said
    with rasterio.open(tmp_path / "one" / f"CLASS_CSC_{NAMES[0]}.tif") as file:
        assert file.transform * (0.5, 0.5) == pytest.approx((300_000, 5_300_000))
    image = images / f"{NAMES[0]}.jpg"
    _, said, _ = run("classify", image, "--out", tmp_path / "all", "--no-figures")
    assert "georeference" not in said


def test_resuming_with_other_settings_is_refused(run: Run, survey: Path, maps: Path) -> None:
    before = files(maps)
    status, out, err = run("classify", survey, "--out", maps, "--resume", "--bits", "4")
    assert (status, out) == (1, "")
    assert "is of a run with another model or other settings" in err
    assert files(maps) == before


@pytest.mark.parametrize("which", ["Alder_0001.jpg", "SCLS_Alder_0001.tif"])
def test_resuming_makes_an_image_anew_that_has_changed_since(
    run: Run, survey: Path, tmp_path: Path, which: str
) -> None:
    for name in ("Alder_0001.jpg", "SCLS_Alder_0001.tif"):
        shutil.copy(survey / name, tmp_path)
    words = ("classify", tmp_path, "--out", tmp_path / "maps", "--no-figures", "--resume")
    assert run(*words)[0] == 0
    shutil.copy(survey / which.replace("Alder", "Heron"), tmp_path / which)
    status, said, _ = run(*words)
    assert (status, "whole already" in said) == (0, False)


def test_a_file_where_the_folder_belongs(run: Run, survey: Path, tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file")
    status, _, err = run("classify", survey, "--out", tmp_path / "maps", "--no-figures", "-q")
    assert status == 1
    assert re.fullmatch(r"riverscape: .*maps.* cannot be written: .*\n", err)
