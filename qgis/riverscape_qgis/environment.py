# SPDX-License-Identifier: GPL-2.0-or-later
"""The worker's environment: made beside QGIS with Python's venv and pip, whole or not at all.

Nothing is ever installed into QGIS's Python: pip runs in the new environment alone, and refuses
to do anything where it is in none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .clean_environment import clean_environment
from .installing import Installation
from .process import Canceled, follow
from .pythons import OLDEST, PythonError, best_python, check_python
from .translation import tr
from .versions import FITS_BEFORE, FITS_FROM
from .worker import Worker, WorkerCanceled, WorkerError

__all__ = ["Wish", "create_environment", "environments_folder", "made_environment"]

_NAME = "environment-"
_COMPLETE = "riverscape.json"
# Room on the disk, with what pip needs while it installs, 10^9 bytes: measured.
_ROOM_GB = {"classify": 2, "train": 4, "train-gpu": 12}


@dataclass(frozen=True)
class Wish:
    """What the environment shall be.

    Attributes
    ----------
    python
        The Python that makes it; None is the one of this machine that suits best.
    train
        Whether models shall be trained too, which takes PyTorch.
    gpu
        Whether on a graphics card.
    wheels
        A folder of wheels to install from, without any network; None takes them from where pip
        looks for packages.
    index
        Another place for pip to look at, such as PyTorch's for one kind of processor; "" is none.
    """

    python: Path | None = None
    train: bool = False
    gpu: bool = False
    wheels: Path | None = None
    index: str = ""

    @property
    def kind(self) -> str:
        """What it is for, in a word."""
        return ("train-gpu" if self.gpu else "train") if self.train else "classify"

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        extras = "train,vector" if self.train else "vector"
        oldest, newest = (".".join(map(str, numbers)) for numbers in (FITS_FROM, FITS_BEFORE))
        return f"riverscape[{extras}]>={oldest},<{newest}"


def environments_folder() -> Path:
    """Return where the plugin keeps environments: in QGIS's folder of the user's profile."""
    from qgis.core import QgsApplication

    return Path(QgsApplication.qgisSettingsDirPath()) / "riverscape"


def made_environment(folder: Path | None = None) -> Path:
    """Return the newest whole environment; where there is none, a folder that does not exist."""
    folder = environments_folder() if folder is None else folder
    whole = [path for path in _numbered(folder) if (path / _COMPLETE).is_file()]
    return whole[-1] if whole else folder / f"{_NAME}0"


def create_environment(wish: Wish, feedback: Any, folder: Path | None = None) -> Path:
    """Make an environment with riverscape in it; those made before go once it is whole.

    Parameters
    ----------
    feedback
        Shows progress and log, and says whether the user cancelled: a QgsProcessingFeedback or
        what has its methods.
    folder
        Where environments are kept; `environments_folder()` without it.

    Raises
    ------
    WorkerCanceled
        If the user cancelled; nothing is left of it.
    WorkerError
        If it cannot be made; nothing is left of it.
    """
    folder = environments_folder() if folder is None else folder
    python = _python(wish)
    try:
        before = _numbered(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkerError(tr("{0} cannot be made: {1}").format(folder, error)) from error
    _check_room(wish, folder)
    numbers = [_number(path) for path in before]
    made = folder / f"{_NAME}{max(numbers, default=0) + 1}"
    try:
        _fill(wish, python, made, feedback)
    except Canceled:
        shutil.rmtree(made, ignore_errors=True)
        raise WorkerCanceled(tr("cancelled")) from None
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise WorkerError(tr("{0} cannot be made: {1}").format(made, error)) from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    for path in before:
        shutil.rmtree(path, ignore_errors=True)
    return made


def environment_python(environment: Path) -> Path:
    """Return the Python of an environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _python(wish: Wish) -> Path:
    python = wish.python or best_python()
    if python is None:
        message = tr(
            "riverscape needs Python {0} or newer, and this machine has none: install one from "
            "your system's software centre or python.org, and choose it above"
        )
        raise WorkerError(message.format(".".join(map(str, OLDEST))))
    try:
        check_python(python)
    except PythonError as error:
        raise WorkerError(str(error)) from error
    return python


def _fill(wish: Wish, base: Path, made: Path, feedback: Any) -> None:
    feedback.setProgressText(tr("making an environment with {0}").format(base))
    installation = Installation(wish.wheels, feedback)
    _step([str(base), "-m", "venv", str(made)], made.parent, installation, feedback)
    python = environment_python(made)
    # pip once more refuses to touch a Python that is no environment's.
    pip = [str(python), "-m", "pip", "--require-virtualenv", "--no-input"]
    source = ["--no-index", "--find-links", str(wish.wheels)] if wish.wheels else []
    if wish.index:
        source += ["--extra-index-url", wish.index]
    feedback.setProgressText(tr("installing {0}").format(wish.requirement))
    words = [*pip, "install", "--no-user", "--progress-bar", "off", *source, wish.requirement]
    _step(words, made, installation, feedback)
    worker = Worker([str(python), "-m", "riverscape"])
    worker.check()
    feedback.setProgressText(tr("trying it out"))
    report = json.loads(worker.ask(["doctor", "--json"], succeed=False))
    if not report.get("well"):
        raise WorkerError("; ".join(report.get("problems", [])) or tr("it does not work"))
    cards = [one["value"] for one in report.get("findings", []) if one["name"] == "graphics card"]
    if wish.gpu and (not cards or cards[0].startswith("none")):
        feedback.pushWarning(
            tr(
                "PyTorch sees no graphics card that it can use: models are trained on the "
                "processor until the card's driver is installed"
            )
        )
    complete = {"version": worker.version(), "kind": wish.kind}
    (made / _COMPLETE).write_text(json.dumps(complete), encoding="utf-8")
    feedback.setProgress(100)


def _step(words: list[str], folder: Path, installation: Installation, feedback: Any) -> None:
    feedback.pushInfo(" ".join(words))
    environ = {**clean_environment(), "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    ended = follow(words, folder, environ, installation.hear, feedback.isCanceled, hear_out=True)
    if ended.status:
        raise WorkerError(installation.what_failed(ended.status))


def _check_room(wish: Wish, folder: Path) -> None:
    free_gb, needed_gb = shutil.disk_usage(folder).free / 1e9, _ROOM_GB[wish.kind]
    if free_gb < needed_gb:
        message = tr("{0} has {1:.1f} GB free; the environment needs {2}: make room on this disk")
        raise WorkerError(message.format(folder, free_gb, needed_gb))


def _numbered(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if re.fullmatch(rf"{_NAME}\d+", path.name)]
    return sorted(found, key=_number)


def _number(path: Path) -> int:
    return int(path.name[len(_NAME) :])
