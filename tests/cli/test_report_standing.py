"""`riverscape report` where files of other reports stand, or runs are damaged or blank."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from tests.cli.map_files import change_record

Run = Callable[..., tuple[int, str, str]]

_PLOTS = ("violins", "confusion_CNN", "confusion_CSC", "f1_by_share", "areas")


def test_plots_of_other_formats_and_other_runs_go(run: Run, own: Path) -> None:
    assert run("report", own)[0] == 0
    (own / "PLOT_confusion_CSC_2019_maps.png").write_text("of another run")
    (own / "PLOT_mine.txt").write_text("mine")
    assert run("report", own, "--no-plots")[0] == 0
    assert (own / "PLOT_areas.png").exists()
    assert run("report", own, "--plot-format", "SVG")[0] == 0
    assert {path.suffix for path in own.glob("PLOT_*")} == {".svg", ".txt"}
    assert run("report", own)[0] == 0
    names = {path.name for path in own.glob("PLOT_*")}
    assert names == {f"PLOT_{name}.png" for name in _PLOTS} | {"PLOT_mine.txt"} | (
        {"PLOT_reliability.png"} & names
    )


def test_runs_that_nobody_may_write_into_are_compiled_all_the_same(
    run: Run, own: Path, tmp_path: Path
) -> None:
    first, kept = (shutil.copytree(own, tmp_path / name) for name in ("first", "kept"))
    (kept / "report.html").mkdir()  # cannot be replaced by a file, whoever asks
    out = tmp_path / "out"
    status, said, err = run("report", first, kept, "--out", out, "--no-plots")
    assert status == 0
    assert len(pd.read_csv(out / "compiled.csv")["experiment"].unique()) == 2
    assert (first / "report.html").is_file()
    (line,) = (line for line in err.splitlines() if "report.html" in line)
    assert line.startswith(f"riverscape: {kept / 'report.html'} cannot be written")
    assert str(kept / "report.html") not in said
    # Where the page is what was asked for, that is an error.
    assert run("report", kept, "--no-plots")[0] == 1


def test_a_blank_label_raster_counts_for_nothing(run: Run, own: Path) -> None:
    def blank(content: dict[str, Any]) -> None:
        confusion = content["images"]["Alder_0001"]["confusion"]
        for kind, rows in confusion.items():
            confusion[kind] = [[0 for _ in row] for row in rows]

    change_record(own, blank)
    status, out, err = run("report", own)
    assert (status, err) == (0, "")
    scores = json.loads((own / "run.json").read_text())["images"]["Heron_0001"]["scores"]
    shown = [f"{scores[kind]['f1_weighted']:.4f}" for kind in ("CNN", "CSC")]
    assert re.search(rf"own +\S+ +logistic +2 +1 +{shown[0]} +{shown[1]}\n", out)


def test_where_all_label_rasters_are_blank_there_are_no_scores(run: Run, own: Path) -> None:
    def blank(content: dict[str, Any]) -> None:
        for image in content["images"].values():
            for kind, rows in image["confusion"].items():
                image["confusion"][kind] = [[0 for _ in row] for row in rows]

    change_record(own, blank)
    status, _, err = run("report", own)
    assert status == 0
    assert "no image has labelled pixels" in err
    assert not list(own.glob("compiled.*"))


def test_the_record_in_place_of_its_folder_is_told(run: Run, own: Path) -> None:
    status, _, err = run("report", own / "run.json")
    assert status == 1
    assert re.fullmatch(r"riverscape: .*run\.json is a file; name the folder .*\n", err)


def test_one_image_without_previews_is_one(run: Run, own: Path) -> None:
    for path in (own / "previews").glob("Alder_0001_*"):
        path.unlink()
    _, _, err = run("report", own, "--no-plots")
    assert f"{own}: 1 of 2 images has no previews" in err
