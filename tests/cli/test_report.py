"""`riverscape report` makes anew what people look at, from what runs left."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.map_files import change_record

Run = Callable[..., tuple[int, str, str]]

_PLOTS = ("violins", "confusion_CNN", "confusion_CSC", "f1_by_share", "areas")


def _unlabel(content: dict[str, Any]) -> None:
    for image in content["images"].values():
        for key in ("labels", "scores", "confusion", "reliability"):
            image.pop(key, None)


def test_page_table_and_plots_are_written_and_named(run: Run, own: Path) -> None:
    status, out, err = run("report", own)
    assert (status, err) == (0, "")
    assert (own / "report.html").is_file()
    table = pd.read_csv(own / "compiled.csv")
    assert set(table["Image"]) == {"Alder_0001", "Heron_0001"}
    assert len(pd.read_parquet(own / "compiled.parquet")) == len(table)
    for name in _PLOTS:
        assert (own / f"PLOT_{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"PLOT_{name}.png" in out
    assert str(own / "report.html") in out
    assert str(own / "compiled.csv") in out


def test_the_table_agrees_with_the_scores_beside_the_maps(run: Run, own: Path) -> None:
    _, out, _ = run("report", own, "--no-plots")
    table = pd.read_csv(own / "compiled.csv")
    for kind, name in (("CNN", "CNN"), ("CSC", "logistic")):
        rows = table[(table["Image"] == "Heron_0001") & (table["type"] == name)]
        scores = pd.read_csv(own / f"{kind}_Heron_0001.csv")
        assert rows["class"].tolist() == scores["class"].tolist()
        assert rows["support"].tolist() == scores["support"].tolist()
        labelled = (scores["support"] > 0).to_numpy()
        f1 = 100 * scores["f1_score"][labelled]
        assert rows["f1_score"][labelled].to_numpy() == pytest.approx(f1, abs=1e-3)
        assert rows["f1_score"][~labelled].isna().all()
    all_rows = table[table["class"] == "ALL"].groupby("type")["f1_score"].mean() / 100
    assert re.search(
        rf"own +\S+ +logistic +2 +2 +{all_rows['CNN']:.4f} +{all_rows['logistic']:.4f}", out
    )


def test_as_json_it_is_one_object_with_what_the_table_and_the_page_say(
    run: Run, own: Path, tmp_path: Path
) -> None:
    bare = shutil.copytree(own, tmp_path / "bare")
    change_record(bare, _unlabel)
    status, out, _ = run("report", own, bare, "--out", tmp_path / "both", "--json")
    assert status == 0
    told = json.loads(out)
    one, other = told["runs"]
    table = pd.read_csv(tmp_path / "both" / "compiled.csv")
    means = table[table["class"] == "ALL"].groupby("type")["f1_score"].mean() / 100
    assert one["mean_f1"] == pytest.approx(
        {"CNN": means["CNN"], "CSC": means["logistic"]}, abs=1e-6
    )
    assert (one["images"], one["labelled"], other["labelled"]) == (2, 2, 0)
    assert one["scores"]["CSC"]["f1_weighted"] > 0.5
    assert other["mean_f1"] is other["scores"] is None
    for path in (one["report"], other["report"], *told["tables"], *told["plots"]):
        assert Path(path).is_file()
    assert len(told["plots"]) >= len(_PLOTS)
    assert any("no scores" in note for note in told["notes"])


def test_what_stands_in_the_folder_of_the_run_is_renewed(run: Run, own: Path) -> None:
    run("report", own, "--no-plots")
    (own / "compiled.csv").write_text("old")
    (own / "report.html").write_text("old")
    assert run("report", own, "--no-plots")[0] == 0
    assert (own / "compiled.csv").read_text().startswith("class,f1_score")
    assert (own / "report.html").read_text(encoding="utf-8") != "old"


def test_elsewhere_nothing_is_replaced_unasked(run: Run, own: Path, tmp_path: Path) -> None:
    words = ("report", own, "--out", tmp_path / "out", "--no-plots", "--quiet")
    assert run(*words) == (0, "", "") if (own / "previews").is_dir() else run(*words)[0] == 0
    (own / "report.html").write_text("old")
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"riverscape: .*compiled\.csv exists already .*--overwrite.*\n", err)
    # Refused before anything is written.
    assert (own / "report.html").read_text() == "old"
    assert run(*words, "--overwrite")[0] == 0


def test_two_runs_of_one_name_in_one_table(run: Run, own: Path, tmp_path: Path) -> None:
    folders = [shutil.copytree(own, tmp_path / year / "maps") for year in ("2016", "2019")]
    status, out, _ = run("report", *folders, "--out", tmp_path / "out", "--plot-format", "pdf,svg")
    assert status == 0
    table = pd.read_csv(tmp_path / "out" / "compiled.csv")
    assert table.groupby("experiment").size().index.tolist() == ["2016/maps", "2019/maps"]
    assert all((folder / "report.html").is_file() for folder in folders)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    for suffix in ("pdf", "svg"):
        assert f"PLOT_runs.{suffix}" in written
        assert f"PLOT_confusion_CSC_2019_maps.{suffix}" in written
    assert not [name for name in written if name.endswith(".png")]
    assert re.search(r"2016/maps .*\n2019/maps ", out)


def test_two_runs_need_a_folder(run: Run, own: Path, tmp_path: Path) -> None:
    other = shutil.copytree(own, tmp_path / "other")
    status, _, err = run("report", own, other)
    assert status == 2
    assert "2 runs need --out DIR" in err


def test_a_run_named_twice_is_refused(run: Run, own: Path, tmp_path: Path) -> None:
    status, _, err = run("report", own, own / ".", "--out", tmp_path / "out")
    assert status == 1
    assert re.fullmatch(r"riverscape: .*own.* is named twice.*\n", err)


@pytest.mark.parametrize("words", [("--plot-format", "gif"), ("--dpi", "5"), ("--palette", "x")])
def test_wrong_options_are_refused(run: Run, own: Path, words: tuple[str, str]) -> None:
    status, _, err = run("report", own, *words)
    assert status == 2
    assert words[0] in err
    assert "Value error" not in err


def test_a_folder_without_a_run_is_told(run: Run, tmp_path: Path) -> None:
    status, out, err = run("report", tmp_path)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"riverscape: .* holds no run of riverscape classify: .*\n", err)


def test_without_labels_page_and_areas_are_made_and_old_scores_go(run: Run, own: Path) -> None:
    assert run("report", own)[0] == 0
    change_record(own, _unlabel)
    status, out, err = run("report", own)
    assert status == 0
    (line,) = (line for line in err.splitlines() if "labels" in line)
    assert f"{own}: no image has labelled pixels" in line
    assert [path.name for path in own.glob("PLOT_*")] == ["PLOT_areas.png"]
    assert not list(own.glob("compiled.*"))
    assert "compiled" not in out


def test_a_run_that_was_broken_off_or_failed_in_part_is_told(run: Run, own: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["finished"] = None
        content["failures"] = {f"Birch_{number}": "cannot be read" for number in range(5)}

    change_record(own, change)
    status, _, err = run("report", own, "--no-plots")
    assert status == 0
    assert f"{own}: the run was broken off" in err
    assert "2 images (classify --resume goes on)" in err
    assert "5 failed: Birch_0 (cannot be read); " in err
    assert err.count("Birch") == 3
    assert "and 2 more" in err


def test_a_run_without_an_image_is_told(run: Run, own: Path) -> None:
    change_record(own, lambda content: content.update(images={}))
    status, _, err = run("report", own)
    assert status == 1
    assert re.fullmatch(r"riverscape: .*no image of the run is done.*--resume\n", err)


def test_an_older_run_without_previews_is_told(run: Run, own: Path) -> None:
    shutil.rmtree(own / "previews", ignore_errors=True)
    status, _, err = run("report", own, "--no-plots")
    assert status == 0
    assert f"{own}: no image has previews, so report.html shows no pictures" in err
    assert (own / "report.html").is_file()


def test_quiet_says_only_what_is_wrong(run: Run, own: Path) -> None:
    change_record(own, lambda content: content.update(finished=None))
    status, out, err = run("report", own, "--no-plots", "--quiet")
    assert (status, out) == (0, "")
    assert "broken off" in err


def test_progress_for_programs(run: Run, own: Path) -> None:
    status, _, err = run("report", own, "--no-plots", "--progress", "json")
    assert status == 0
    steps = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert {step["stage"] for step in steps} == {"reporting"}
    assert [step["done"] for step in steps] == [0, 1, 2]
    assert {step["total"] for step in steps} == {2}
