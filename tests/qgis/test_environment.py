"""The worker's environment: whole or not at all, and never in QGIS's Python."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.qgis.wheels import write_wheel

Plugin = Callable[[str], ModuleType]
# A Python of the system's, such as QGIS's, not that of these tests' own environment.
BASE = Path(sys.base_exec_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def environment(plugin: Plugin) -> Any:
    return plugin("riverscape_qgis.environment")


@pytest.fixture
def worker(plugin: Plugin) -> Any:
    return plugin("riverscape_qgis.worker")


@pytest.fixture(autouse=True)
def _pip_looks_in_the_folder_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text("")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))


def packages(python: Path) -> str:
    listed = "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))"
    return subprocess.run(
        [str(python), "-I", "-c", listed], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
def test_an_environment_is_made_without_a_network_and_beside_its_python(
    environment: Any, worker: Any, ears: Any, tmp_path: Path
) -> None:
    before = packages(BASE)
    heard, kept = ears(), tmp_path / "profile" / "riverscape"
    older = kept / "environment-3"
    older.mkdir(parents=True)
    wish = environment.Wish(BASE, wheels=write_wheel(tmp_path / "wheels"))
    made = environment.create_environment(wish, heard, kept)
    assert made == kept / "environment-4" == environment.made_environment(kept)
    assert [path.name for path in kept.iterdir()] == ["environment-4"]  # the older one is gone
    ours = worker.Worker(worker.program_at(made))
    assert ours.program == [str(made / "bin" / "riverscape")]
    assert ours.version() == "0.1.7"
    assert json.loads((made / "riverscape.json").read_text())["kind"] == "classify"
    assert packages(BASE) == before
    assert "riverscape" in packages(made / "bin" / "python")
    progress = heard.of("progress")
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert any("installing riverscape[vector]>=0.1,<0.2" in text for text in heard.of("text"))
    (install,) = (line for line in heard.of("info") if " install " in line and " -m pip " in line)
    assert install.startswith(f"{made / 'bin' / 'python'} -m pip --require-virtualenv ")
    assert heard.of("warning") == []


def test_what_is_for_a_graphics_card_says_where_there_is_none(
    environment: Any, ears: Any, tmp_path: Path
) -> None:
    heard = ears()
    wheels = write_wheel(tmp_path / "wheels")
    wish = environment.Wish(BASE, train=True, gpu=True, wheels=wheels)
    assert wish.requirement.startswith("riverscape[train,vector]")
    made = environment.create_environment(wish, heard, tmp_path / "kept")
    assert json.loads((made / "riverscape.json").read_text())["kind"] == "train-gpu"
    assert heard.of("warning")[0].startswith("PyTorch sees no graphics card")


def test_pip_refuses_a_python_that_is_no_environment_s(environment: Any, ears: Any) -> None:
    # Whatever goes wrong before: with these words pip leaves QGIS's Python alone.
    heard: list[str] = []
    step = environment._step
    installation = environment.Installation(None, ears())
    words = [str(BASE), "-m", "pip", "--require-virtualenv", "install", "riverscape"]
    with pytest.raises(environment.WorkerError, match="virtualenv"):
        step(words, Path.cwd(), installation, ears())
    assert not heard


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wheel", "reason"),
    [
        ({"needs": "numpy>=2"}, "holds no numpy>=2 .*that fits this Python: fill it with pip"),
        ({"version": "0.2.0"}, r"holds no riverscape\[vector\]<0.2,>=0.1 that fits this Python"),
        ({"version": "0.3.0", "numbered": "0.1.9"}, "riverscape 0.3.0 at .* is too new"),
        ({"well": False}, "GDAL: it is broken"),
    ],
)
def test_nothing_is_left_of_one_that_cannot_be_made(
    environment: Any, worker: Any, ears: Any, tmp_path: Path, wheel: dict[str, Any], reason: str
) -> None:
    kept = tmp_path / "riverscape"
    older = kept / "environment-1"
    older.mkdir(parents=True)
    wish = environment.Wish(BASE, wheels=write_wheel(tmp_path / "wheels", **wheel))
    with pytest.raises(worker.WorkerError, match=reason) as caught:
        environment.create_environment(wish, ears(), kept)
    assert "\n" not in str(caught.value)
    assert [path.name for path in kept.iterdir()] == ["environment-1"]  # it may work still


def test_cancel_leaves_nothing(environment: Any, worker: Any, ears: Any, tmp_path: Path) -> None:
    kept = tmp_path / "riverscape"
    wish = environment.Wish(BASE, wheels=write_wheel(tmp_path / "wheels"))
    heard = ears()
    cancel = threading.Timer(0.4, lambda: setattr(heard, "canceled", True))
    cancel.start()
    began = time.monotonic()
    with pytest.raises(worker.WorkerCanceled):
        environment.create_environment(wish, heard, kept)
    assert time.monotonic() - began < 3
    assert list(kept.iterdir()) == []


def test_only_whole_environments_count(environment: Any, tmp_path: Path) -> None:
    assert not environment.made_environment(tmp_path / "none").exists()
    for number in (2, 10, 11):
        (tmp_path / f"environment-{number}").mkdir()
    assert not environment.made_environment(tmp_path).exists()
    for number in (2, 10):
        (tmp_path / f"environment-{number}" / "riverscape.json").touch()
    assert environment.made_environment(tmp_path).name == "environment-10"


def script(path: Path, says: str, status: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("says", "status", "reason"),
    [
        ('[[3, 9], true, "x"]', 0, "is Python 3.9; riverscape needs 3.11 or newer"),
        ('[[3, 12], false, "x"]', 0, "of 32 bits"),
        ('[[3, 12], true, "x"]', 1, "cannot make environments: install python3-venv"),
        ("hello", 0, "is no Python that starts"),
    ],
)
def test_a_python_that_does_not_suit(
    environment: Any, worker: Any, ears: Any, tmp_path: Path, says: str, status: int, reason: str
) -> None:
    python = script(tmp_path / "python", says, status)
    with pytest.raises(worker.WorkerError, match=reason):
        environment.create_environment(environment.Wish(python), ears(), tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_the_newest_python_that_suits_is_found(
    plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pythons = plugin("riverscape_qgis.pythons")
    assert pythons.check_python(BASE) >= (3, 11)
    script(tmp_path / "python3.13", "broken")
    best = script(tmp_path / "python3.11", '[[3, 11], true, "x"]')
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pythons.best_python() == best
    best.unlink()
    # QGIS's own comes last.
    assert pythons.best_python() in list(pythons.qgis_pythons())


def test_without_a_network_it_says_so(plugin: Plugin, ears: Any) -> None:
    installing = plugin("riverscape_qgis.installing")
    installation = installing.Installation(None, ears())
    for line in (
        "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/x",
        "ERROR: Could not find a version that satisfies the requirement riverscape",
        "ERROR: No matching distribution found for riverscape",
    ):
        installation.hear(line)
    assert installation.what_failed(1).startswith("pip reaches no place with packages: check")
