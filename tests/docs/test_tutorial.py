"""The first tutorial and the page for Python do what they say: their code is run."""

import csv
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from riverscape.scenes import River, write_survey

from ..test_sample import SAMPLE

Run = Callable[..., tuple[int, str, str]]

DOCS = Path(__file__).parents[2] / "docs"


_REAL = "## The same with real photographs"


def blocks(page: str, language: str) -> list[str]:
    return _blocks((DOCS / page).read_text(encoding="utf-8"), language)


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def _do(run: Run, text: str) -> list[str]:
    """Run the commands of a text; return their verbs."""
    verbs = []
    for line in "".join(_blocks(text, "sh")).splitlines():
        words = shlex.split(line)[1:]
        status, _, err = run(*words)
        assert status == 0, (line, err)
        verbs.append(words[0])
    return verbs


def _scores(path: Path) -> dict[str, float]:
    """Return F1 by class of a table of scores, of the classes that are labelled."""
    with path.open(encoding="utf-8") as file:
        return {row["class"]: float(row["f1_score"]) for row in csv.DictReader(file)
                if int(row["support"])}  # fmt: skip


@pytest.mark.slow
def test_the_first_map_is_as_the_tutorial_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8").split(_REAL)[0]
    verbs = _do(run, text)
    assert verbs[:2] == ["demo", "plan"]
    assert verbs.count("classify") == 2

    rows = re.findall(r"^\| (\w+_\d{4}) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) == 4
    for name, cnn, csc in rows:
        for kind, told in (("CNN", cnn), ("CSC", csc)):
            scores = _scores(Path(f"demo/maps/{kind}_{name}.csv"))
            assert abs(scores["ALL"] - float(told)) < 0.002
        assert float(csc) > float(cnn)
    left = re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)
    assert len(left) == 5
    assert all((tmp_path / "maps" / name).is_file() for name in left)
    assert list((tmp_path / "scores").glob("SCORES_*.csv"))
    told = {path.name for path in (tmp_path / "maps").iterdir()}
    assert {"report.html", "compiled.csv", "PLOT_violins.png"} <= told


@pytest.mark.sample
@pytest.mark.skipif(not (SAMPLE / "Validate").is_dir(), reason=f"no sample photographs in {SAMPLE}")
def test_real_photographs_are_as_the_tutorial_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sample").symlink_to(SAMPLE.resolve(), target_is_directory=True)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8").split(_REAL)[1]
    assert _do(run, text) == ["classify", "report"]
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) == 4
    for name, cnn, csc, mean in rows:
        assert abs(_scores(Path(f"sample-maps/CNN_{name}.csv"))["ALL"] - float(cnn)) < 0.002
        classes = _scores(Path(f"sample-maps/CSC_{name}.csv"))
        assert abs(classes.pop("ALL") - float(csc)) < 0.002
        assert abs(sum(classes.values()) / len(classes) - float(mean)) < 0.004
    page = Path("sample-maps/report.html").read_text(encoding="utf-8")
    assert "of dry sediment is mapped as water" in page
    assert "in small or narrow patches only" in page


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
    assert Path("maps/report.html").is_file()
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
