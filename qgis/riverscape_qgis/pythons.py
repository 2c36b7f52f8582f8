# SPDX-License-Identifier: GPL-2.0-or-later
"""The Pythons of this machine, of which one makes the worker's environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .clean_environment import clean_environment
from .process import NO_WINDOW
from .translation import tr

__all__ = ["OLDEST", "PythonError", "best_python", "check_python"]

OLDEST = (3, 11)
"""The oldest Python that riverscape runs on."""

# All packages have been tried with these, the likeliest first; newer ones may lack some.
_TRIED = ("3.12", "3.13", "3.11")
_QUESTION = (
    "import sys, json; version = list(sys.version_info[:2]); "
    "print(json.dumps([version, sys.maxsize > 2**32, sys.executable])); "
    "import venv, ensurepip"
)
_ANSWER_S = 30


class PythonError(Exception):
    """A Python cannot make the environment: one line that says why."""


def check_python(python: Path) -> tuple[int, int]:
    """Check that a Python can make the worker's environment; return its version.

    Raises
    ------
    PythonError
        If it is no Python, too old, of 32 bits or lacks venv.
    """
    try:
        done = subprocess.run(
            [str(python), "-c", _QUESTION], env=clean_environment(), capture_output=True,
            stdin=subprocess.DEVNULL, encoding="utf-8", errors="replace", timeout=_ANSWER_S,
            check=False, creationflags=NO_WINDOW,
        )  # fmt: skip
        version, is_64_bit, _ = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise PythonError(tr("{0} is no Python that starts").format(python)) from error
    oldest, found = ".".join(map(str, OLDEST)), ".".join(map(str, version))
    if tuple(version) < OLDEST:
        message = tr("{0} is Python {1}; riverscape needs {2} or newer: install one and choose it")
        raise PythonError(message.format(python, found, oldest))
    if not is_64_bit:
        message = tr(
            "{0} is a Python of 32 bits; riverscape needs one of 64: install and choose it"
        )
        raise PythonError(message.format(python))
    if done.returncode:
        message = tr(
            "{0} cannot make environments: install python3-venv with your system's software "
            "centre, or choose another Python"
        )
        raise PythonError(message.format(python))
    return (version[0], version[1])


def best_python() -> Path | None:
    """Return the Python of this machine that suits best; None where none does.

    QGIS's own comes last: an update of QGIS takes it away. It is asked for an environment beside
    itself, and stays as it is.
    """
    seen: set[str] = set()
    for python in _candidates():
        key = os.path.normcase(str(python))
        if key in seen:
            continue
        seen.add(key)
        try:
            check_python(python)
        except PythonError:
            continue
        return python
    return None


def _candidates() -> Iterator[Path]:
    folders = os.pathsep.join([clean_environment().get("PATH", ""), *_usual_folders()])
    for name in (*(f"python{version}" for version in _TRIED), "python3", "python"):
        found = shutil.which(name, path=folders)
        if found:
            yield Path(found)
    launcher = shutil.which("py")  # Windows
    if launcher:
        for version in _TRIED:
            yield from _launched(launcher, version)
    yield from qgis_pythons()


def _usual_folders() -> list[str]:
    # Programs that are not started from a terminal have a short PATH on a Mac.
    return ["/opt/homebrew/bin", "/usr/local/bin"] if sys.platform == "darwin" else []


def _launched(launcher: str, version: str) -> Iterator[Path]:
    try:
        done = subprocess.run(
            [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"],
            env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_ANSWER_S, check=False, creationflags=NO_WINDOW,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return
    if done.returncode == 0 and done.stdout.strip():
        yield Path(done.stdout.strip())


def qgis_pythons() -> Iterator[Path]:
    """Yield where QGIS's own Python may lie."""
    # Not sys.executable, which is QGIS itself on Windows and Macs.
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys.base_exec_prefix)
    for path in (
        base / "python.exe", base / "python3.exe", base / "bin" / version,
        base / "bin" / "python3", base / "MacOS" / "bin" / "python3",
    ):  # fmt: skip
        if path.is_file():
            yield path
