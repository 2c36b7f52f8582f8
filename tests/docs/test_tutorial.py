"""The first tutorial and the page for Python do what they say: their code is run."""

import csv
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from riverscape.scenes import River, write_survey

Run = Callable[..., tuple[int, str, str]]

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_the_first_map_is_as_the_tutorial_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verbs = []
    for line in "".join(blocks("tutorial.md", "sh")).splitlines():
        words = shlex.split(line)[1:]
        status, _, err = run(*words)
        assert status == 0, (line, err)
        verbs.append(words[0])
    assert verbs[:2] == ["demo", "plan"]
    assert verbs.count("classify") == 2

    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+_\d{4}) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) == 4
    for name, cnn, csc in rows:
        for kind, told in (("CNN", cnn), ("CSC", csc)):
            lines = (tmp_path / f"demo/maps/{kind}_{name}.csv").read_text().splitlines()
            scores = list(csv.DictReader(lines))
            assert scores[-1]["class"] == "ALL"
            assert abs(float(scores[-1]["f1_score"]) - float(told)) < 0.002
        assert float(csc) > float(cnn)
    left = re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)
    assert len(left) == 5
    assert all((tmp_path / "maps" / name).is_file() for name in left)
    assert list((tmp_path / "scores").glob("SCORES_*.csv"))
    told = {path.name for path in (tmp_path / "maps").iterdir()}
    assert {"report.html", "compiled.csv", "PLOT_violins.png"} <= told


def test_the_page_for_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_survey(Path("survey"), [River.from_name("Alder")], 1, 200, 300, seed=1)
    for path in Path("survey").iterdir():
        Path(path.name).write_bytes(path.read_bytes())
    names: dict[str, object] = {}
    for block in blocks("python.md", "python"):
        exec(block, names)  # our own page
    assert Path("map.tif").is_file()
    assert Path("maps/CLASS_CSC_Alder_0001.tif").is_file()
    assert Path("rivers/Alder_0001.jpg").is_file()
    said = capsys.readouterr().out
    assert "Alder_0001 0." in said
    assert "missing.jpg" in said


def test_all_keys_and_columns_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_survey(Path("survey"), [River.from_name("Alder")], 1, 200, 300, seed=1)
    status, _, err = run("classify", "survey", "--out", "maps", "--confidence", "--no-figures")
    assert status == 0, err
    status, _, err = run("report", "maps")
    assert status == 0, err
    page = (DOCS / "outputs.md").read_text(encoding="utf-8")
    record = json.loads(Path("maps/run.json").read_text(encoding="utf-8"))
    (image,) = record["images"].values()
    told = set(re.findall(r"`(\w+)`", page))
    assert record.keys() <= told
    assert image.keys() <= told
    assert image["scores"]["CSC"].keys() <= told
    columns = Path("maps/compiled.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert len(columns) > 8
    assert set(columns) <= told
