"""What tests of the plugin need: its modules in this Python, and a real QGIS beside it."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "qgis"
# QGIS brings its own Python, which is the system's, with its own GDAL.
_PYTHON = shutil.which("python3", path="/usr/bin")


class Ears:
    """A feedback that keeps what it hears, and cancels when a line says so."""

    def __init__(self, cancel_at: str = "") -> None:
        self.heard: list[tuple[str, Any]] = []
        self._cancel_at = cancel_at
        self.canceled = False

    def isCanceled(self) -> bool:
        return self.canceled

    def _hear(self, kind: str, told: Any) -> None:
        self.heard.append((kind, told))
        if self._cancel_at and self._cancel_at in str(told):
            self.canceled = True

    def setProgress(self, percent: float) -> None:
        self._hear("progress", percent)

    def setProgressText(self, text: str) -> None:
        self._hear("text", text)

    def pushInfo(self, text: str) -> None:
        self._hear("info", text)

    def pushWarning(self, text: str) -> None:
        self._hear("warning", text)

    def pushCommandInfo(self, text: str) -> None:
        self._hear("command", text)

    def of(self, kind: str) -> list[Any]:
        return [told for one, told in self.heard if one == kind]


@pytest.fixture
def ears() -> Callable[..., Ears]:
    return Ears


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of the plugin, or of what builds it, that needs no QGIS."""
    for path in (FOLDER, FOLDER / "riverscape_qgis"):
        monkeypatch.syspath_prepend(str(path.parent if path.name == "riverscape_qgis" else path))
    return importlib.import_module


def clean(environ: dict[str, str]) -> dict[str, str]:
    """Return the variables for QGIS, into which those of the tests must not leak."""
    return {
        name: text
        for name, text in environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "RIVERSCAPE_"))
    }


@pytest.fixture(scope="session")
def qgis_python() -> str:
    """Return QGIS's own Python; skip where there is none."""
    if _PYTHON is not None:
        asked = subprocess.run(
            [_PYTHON, "-c", "import qgis.core"], env=clean({**os.environ}), capture_output=True
        )
        if asked.returncode == 0:
            return _PYTHON
    pytest.skip("needs QGIS (Debian's qgis and python3-qgis)")


@pytest.fixture
def in_qgis(qgis_python: str, tmp_path: Path) -> Callable[..., Any]:
    """Run a script of this folder in QGIS's Python; return what its last line says, as JSON.

    The plugin can be imported there, and the riverscape of these tests is its worker.
    """

    def run(script: str, *words: object, timeout_s: float = 240, **environ: str) -> Any:
        done = subprocess.run(
            [qgis_python, str(Path(__file__).with_name(script)), *map(str, words)],
            env={
                **clean({**os.environ}),
                "HOME": str(tmp_path / "home"),
                "XDG_CONFIG_HOME": str(tmp_path / "home" / "config"),
                "QT_QPA_PLATFORM": "offscreen",
                "PYTHONPATH": str(FOLDER),
                "PYTHONDONTWRITEBYTECODE": "1",
                "RIVERSCAPE_WORKER": sys.executable,
                **environ,
            },
            capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    (tmp_path / "home").mkdir()
    return run
