"""The doctor looks at every part, and says of each what is wrong with it and what to do."""

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from riverscape import __version__
from riverscape.cli import examination
from riverscape.errors import ModelError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    # It takes seconds to load, and most tests are of something else.
    monkeypatch.setattr(examination, "find_spec", lambda _: None)


def findings(out: str) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in json.loads(out)["findings"]}


def test_where_all_is_well_it_says_so_at_the_end(run: Run) -> None:
    status, out, err = run("doctor")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["riverscape", __version__]
    assert lines[-1] == "all is well"
    assert any(line.startswith("model ste-marguerite") and "whole" in line for line in lines)


def test_programs_read_what_people_read(run: Run) -> None:
    status, out, err = run("doctor", "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["well"] is True
    assert told["problems"] == []
    assert findings(out)["riverscape"]["value"].startswith(__version__)
    for name in ("Python", "memory", "disk", "numpy", "GDAL", "ONNX Runtime", "classifying"):
        assert findings(out)[name]["problem"] == ""
    assert "CPUExecutionProvider" in findings(out)["ONNX Runtime"]["value"]
    assert "without PyTorch" in findings(out)["graphics card"]["value"]


def replace_version(monkeypatch: pytest.MonkeyPatch, name: str, found: str | None) -> None:
    truth = importlib.metadata.version

    def version(asked: str) -> str:
        if asked != name:
            return truth(asked)
        if found is None:
            raise PackageNotFoundError(asked)
        return found

    monkeypatch.setattr(examination, "version", version)


def test_a_package_that_is_missing_is_named_and_the_rest_is_looked_at(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_version(monkeypatch, "pooch", None)
    status, out, err = run("doctor")
    assert status == 1
    assert err == ("riverscape: not all is well: pooch: it is not installed: pip install pooch\n")
    assert "all is well" not in out
    assert out.splitlines()[-1].startswith("classifying")


def test_a_package_that_is_too_old_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_version(monkeypatch, "numpy", "1.26.4")
    status, out, _ = run("doctor", "--json")
    assert status == 1
    assert json.loads(out)["well"] is False
    problem = findings(out)["numpy"]["problem"]
    assert problem == 'it is older than 2.0: pip install "numpy>=2.0"'
    assert json.loads(out)["problems"] == [f"numpy: {problem}"]


def test_a_package_that_does_not_load_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = importlib.import_module

    def import_module(name: str) -> Any:
        if name == "cv2":
            message = "libGL.so.1: cannot open shared object file"
            raise OSError(message)
        return truth(name)

    monkeypatch.setattr(examination, "import_module", import_module)
    status, _, err = run("doctor")
    assert (status, err.count("\n")) == (1, 1)
    assert "opencv-python-headless: it does not load (OSError: libGL.so.1" in err


def test_what_is_optional_may_be_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_version(monkeypatch, "timm", None)
    status, out, err = run("doctor", "--json")
    assert (status, err) == (0, "")
    told = findings(out)["extra train"]["value"]
    assert told == 'not installed; if you need it: pip install "riverscape[train]"'


def test_a_model_that_is_damaged_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_model(_name: str) -> None:
        message = "network.onnx is not the one that model.json describes"
        raise ModelError(message)

    monkeypatch.setattr("riverscape.models.load_model", load_model)
    status, out, err = run("doctor", "--json")
    assert (status, err.count("\n")) == (1, 1)
    assert findings(out)["model ste-marguerite"]["value"] == "does not work"
    assert "network.onnx is not the one" in err


def test_variables_of_another_program_are_named_where_they_do_harm(tmp_path: Path) -> None:
    script = (
        "from riverscape.cli import examination, main; import sys; "
        "examination.find_spec = lambda _: None; sys.exit(main(['doctor', '--json']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PROJ_DATA": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "without PROJ_DATA in the environment" in findings(done.stdout)["GDAL"]["problem"]
