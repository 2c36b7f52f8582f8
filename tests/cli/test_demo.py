from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riverscape import scenes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiny_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the demo's photographs small."""
    real = scenes.write_survey

    def write_small(*rest: Any, **more: Any) -> list[Path]:
        return real(*rest, **{**more, "height_px": 70, "width_px": 90})

    monkeypatch.setattr(scenes, "write_survey", write_small)


@pytest.mark.usefixtures("tiny_demo")
def test_the_demo_maps_and_scores_a_survey_of_its_own(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    status, said, err = run("demo", "--out", out, "-q")
    assert (status, err) == (0, "")
    assert len(list((out / "survey").glob("*.jpg"))) == 4
    assert len(list((out / "maps").glob("CLASS_CSC_*.tif"))) == 4
    figures = sorted((out / "maps").glob("FIGURE_*.png"))
    assert len(figures) == 4
    assert all(str(figure) in said for figure in figures)
    assert (out / "maps" / "report.html").is_file()
    assert f"{out / 'maps' / 'report.html'}\n" in said

    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    status, _, err = run("demo", "--out", out, "-q")
    assert status == 1
    assert "exists already" in err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert run("demo", "--out", out, "-q", "--overwrite")[0] == 0
