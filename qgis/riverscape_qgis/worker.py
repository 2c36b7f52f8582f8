# SPDX-License-Identifier: GPL-2.0-or-later
"""The program that does the work, outside QGIS: where it is, whether it fits, and a run of it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .translation import tr
from .versions import misfit

__all__ = [
    "SETTING",
    "VARIABLE",
    "Worker",
    "WorkerCanceled",
    "WorkerError",
    "program_at",
]

SETTING = "riverscape/worker"
"""The setting that names the riverscape to use."""
VARIABLE = "RIVERSCAPE_WORKER"
"""The environment variable that does, before the setting."""

_START_S = 120  # the first start after installing, with a virus scanner looking on


class WorkerError(Exception):
    """The worker is missing, does not fit or failed: one line that says what to do."""


class WorkerCanceled(Exception):
    """The user cancelled; the worker is gone."""


class Worker:
    """A riverscape outside QGIS.

    Parameters
    ----------
    program
        What starts it: a program, or a Python and `-m riverscape`.
    """

    _versions: dict[tuple[str, ...], str] = {}  # noqa: RUF012 - asked once in a session of QGIS
    last_words: tuple[str, ...] = ()
    """What the last run was asked, for "Copy the last run as a command"."""

    def __init__(self, program: Sequence[str]) -> None:
        self.program = [str(word) for word in program]

    @classmethod
    def found(cls) -> Worker:
        """Return the worker that the user chose, or else the one that the plugin set up.

        Raises
        ------
        WorkerError
            If there is none, or it is not where it was.
        """
        named = os.environ.get(VARIABLE, "").strip()
        where = VARIABLE
        if not named:
            from qgis.core import QgsSettings

            named = str(QgsSettings().value(SETTING, "") or "").strip()
            where = tr("Settings › Options › riverscape")
        if named:
            program = program_at(Path(named).expanduser())
            if program is None:
                message = tr("no riverscape at {0}, which {1} names: choose another there")
                raise WorkerError(message.format(named, where))
            return cls(program)
        from .environment import made_environment

        program = program_at(made_environment())
        if program is None:
            message = tr(
                "riverscape is not set up yet: open Settings › Options › riverscape and press "
                "“Create environment”, or choose a riverscape that is installed already"
            )
            raise WorkerError(message)
        return cls(program)

    def version(self) -> str:
        """Return the worker's version, such as "0.1.0".

        Raises
        ------
        WorkerError
            If it does not start or is something else.
        """
        # One that is installed anew at the same place is asked anew.
        key = (*self.program, str(_modified(self.program[0])))
        if key not in self._versions:
            self._versions[key] = _version_of(self.ask(["--version"]), self.program[0])
        return self._versions[key]

    def ask(self, words: Sequence[str], succeed: bool = True) -> str:
        """Return what the worker answers at once, such as to `--version` or `doctor --json`.

        Parameters
        ----------
        succeed
            False takes an answer also where its exit status is not 0.

        Raises
        ------
        WorkerError
            If it does not start, does not answer or fails.
        """
        # Late, here and below: QGIS starts with this module, and starts no worker.
        import subprocess

        from .clean_environment import clean_environment
        from .listening import ERROR
        from .process import NO_WINDOW

        try:
            done = subprocess.run(
                [*self.program, *words], env=clean_environment(), stdin=subprocess.DEVNULL,
                capture_output=True, encoding="utf-8", errors="replace", timeout=_START_S,
                check=False, creationflags=NO_WINDOW,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise WorkerError(_not_started(self.program[0], error)) from error
        if done.returncode and (succeed or not done.stdout.strip()):
            lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
            if lines[0].startswith(ERROR):
                raise WorkerError(lines[0][len(ERROR) :])
            message = tr(
                "{0} is no riverscape that works ({1}): see Settings › Options › riverscape"
            )
            raise WorkerError(message.format(self.program[0], lines[-1].strip()))
        return done.stdout

    def check(self) -> None:
        """Check that plugin and worker understand each other.

        Raises
        ------
        WorkerError
            If the worker is too old or too new, or does not start.
        """
        version = self.version()
        wrong = misfit(version, self.program[0])
        if wrong:
            raise WorkerError(wrong)

    def run(self, words: Sequence[str], feedback: Any, folder: Path) -> str:
        """Run a verb to its end and return what it wrote on stdout.

        Parameters
        ----------
        words
            The verb and its options, with `--progress json` where the verb knows it.
        feedback
            The QgsProcessingFeedback that shows progress and log, and where the user cancels.
        folder
            Where it works and writes: what it leaves half-written there is removed.

        Raises
        ------
        WorkerCanceled
            If the user cancelled; the worker and all that it started are gone.
        WorkerError
            If the worker failed, with its own line, or was ended from outside.
        """
        from .clean_environment import clean_environment
        from .command import as_command
        from .leftovers import remove_unfinished
        from .listening import Listener
        from .process import Canceled, follow

        Worker.last_words = tuple(str(word) for word in words)
        feedback.pushCommandInfo(as_command(words, windows=os.name == "nt"))
        listener, began = Listener(feedback), time.time()
        try:
            ended = follow(
                [*self.program, *Worker.last_words], folder, clean_environment(),
                listener.hear, feedback.isCanceled,
            )  # fmt: skip
        except Canceled:
            remove_unfinished(folder, began)
            raise WorkerCanceled(tr("cancelled")) from None
        except OSError as error:
            raise WorkerError(_not_started(self.program[0], error)) from error
        if ended.status:
            remove_unfinished(folder, began)
            raise WorkerError(listener.what_failed(ended.status))
        return ended.out


def program_at(path: Path) -> list[str] | None:
    """Return what starts the riverscape at a path: its program, a Python or an environment.

    None where there is nothing of the kind.
    """
    if path.is_dir():
        inside = ("bin/riverscape", "Scripts/riverscape.exe", "bin/python", "Scripts/python.exe")
        for name in (*inside, "python.exe"):
            if (path / name).is_file():
                return program_at(path / name)
        return None
    found = path if path.is_file() else shutil.which(str(path))
    if not found:
        return None
    is_python = re.fullmatch(r"python[\d.]*(\.exe)?", Path(found).name.lower())
    return [str(found), "-m", "riverscape"] if is_python else [str(found)]


def _version_of(answer: str, program: str) -> str:
    words = answer.split()
    if len(words) != 2 or words[0] != "riverscape":
        message = tr("{0} is no riverscape: choose another in Settings › Options › riverscape")
        raise WorkerError(message.format(program))
    return words[1]


def _modified(program: str) -> float:
    return os.path.getmtime(program) if os.path.exists(program) else 0.0


def _not_started(program: str, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    message = tr("{0} cannot be started ({1}): see Settings › Options › riverscape")
    return message.format(program, reason)
