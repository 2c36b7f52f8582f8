"""The figures that `riverscape classify` leaves."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.cli.map_files import codes_of, files

Run = Callable[..., tuple[int, str, str]]


def test_figures_may_be_left_out(run: Run, survey: Path, tmp_path: Path) -> None:
    assert run("classify", survey, "--out", tmp_path, "--no-figures", "-q")[0] == 0
    assert not list(tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.csv"))) == 4


@pytest.mark.parametrize("labelled", [True, False])
def test_the_figure_has_four_parts_and_three_without_labels(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labelled: bool
) -> None:
    from matplotlib.figure import Figure

    drawn: list[list[str]] = []
    save = Figure.savefig

    def keep(figure: Figure, *rest: Any, **more: Any) -> None:
        drawn.append([axis.get_title() for axis in figure.axes])
        save(figure, *rest, **more)

    monkeypatch.setattr(Figure, "savefig", keep)
    for end in ("SCLS_Alder_0001.tif", "Alder_0001.jpg")[0 if labelled else 1 :]:
        shutil.copy(survey / end, tmp_path)
    out = tmp_path / "maps"
    assert run("classify", tmp_path, "--out", out, "-q")[0] == 0
    labels = ["Labels"] if labelled else []
    assert drawn == [["Image", *labels, "CNN map", "CSC map"]]
    assert len(list(out.glob("*.csv"))) == (2 if labelled else 0)


def test_figures_are_written_in_the_formats_that_are_asked_for(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    image, out = survey / "Alder_0001.jpg", tmp_path / "maps"
    words = ("classify", image, "--out", out, "-q")
    assert run(*words, "--figure-format", "PDF, svg") == (0, "", "")
    begins = {path.suffix: path.read_bytes()[:5] for path in out.glob("FIGURE_*")}
    assert begins == {".pdf": b"%PDF-", ".svg": b"<?xml"}
    assert run(*words, "--overwrite")[0] == 0
    assert [path.name for path in out.glob("FIGURE_*")] == ["FIGURE_Alder_0001.png"]


def test_resuming_makes_the_formats_that_are_missing(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    words = ("classify", survey / "Alder_0001.jpg", "--out", tmp_path, "--resume")
    assert run(*words)[0] == 0
    status, said, _ = run(*words, "--figure-format", "png,svg")
    assert (status, "whole already" in said) == (0, False)
    assert {path.suffix for path in tmp_path.glob("FIGURE_*")} == {".png", ".svg"}
    assert "1 whole already" in run(*words, "--figure-format", "svg,png")[1]


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_the_same_image_makes_the_same_figure(
    run: Run, survey: Path, tmp_path: Path, suffix: str
) -> None:
    made = []
    for folder in ("one", "two"):
        words = ("--out", tmp_path / folder, "--figure-format", suffix, "-q")
        assert run("classify", survey / "Heron_0001.jpg", *words)[0] == 0
        made.append((tmp_path / folder / f"FIGURE_Heron_0001.{suffix}").read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("formats", ["gif", "png,", "png,png", "png,PNG", ""])
def test_formats_that_there_are_not_are_wrong_usage(
    run: Run, survey: Path, tmp_path: Path, formats: str
) -> None:
    status, _, err = run("classify", survey, "--out", tmp_path / "maps", "--figure-format", formats)
    assert status == 2
    assert "--figure-format" in err
    assert not (tmp_path / "maps").exists()


def test_dpi_is_the_size_of_the_figure_and_not_of_the_maps(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    sizes = []
    for dpi in (100, 200):
        out = tmp_path / str(dpi)
        words = ("classify", survey / "Alder_0001.jpg", "--out", out, "--dpi", dpi, "-q")
        assert run(*words)[0] == 0
        with Image.open(out / "FIGURE_Alder_0001.png") as picture:
            sizes.append(picture.size)
    assert sizes[1] == pytest.approx(2 * np.array(sizes[0]), abs=1)
    assert codes_of(tmp_path / "200" / "CLASS_CSC_Alder_0001.tif").shape == (150, 200)
    assert run("classify", survey, "--out", tmp_path / "no", "--dpi", "20")[0] == 2


def test_another_palette_changes_figures_and_no_map(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    words = ("--palette", "accessible", "-q")
    assert run("classify", survey, "--out", tmp_path, *words)[0] == 0
    before, after = files(maps), files(tmp_path)
    assert set(before) == set(after)
    changed = {name for name in before if before[name] != after[name]}
    assert {"FIGURE_Alder_0001.png", "FIGURE_Heron_0001.png"} <= changed
    assert not {name for name in changed if name.endswith((".tif", ".xml", ".qml", ".csv"))}
