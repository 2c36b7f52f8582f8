"""What a long piece of work has done so far, so that a broken one goes on in the middle."""

import json
import os
import shutil
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import OutputError, RiverscapeError
from riverscape.outputs import to_disk

__all__ = ["Arrays", "FolderJournal", "Journal", "MemoryJournal"]

Arrays = Mapping[str, NDArray[Any]]
"""What a step came to, by name."""

_HEAD, _LOG = "journal.json", "journal.log"
_BEGUN = "# a run"
_ASIDE = ".partial-"
# How long a file of another machine is waited for, and how often it is looked for.
_LATE_S, _LOOK_S = 60.0, 0.1


class Journal(Protocol):
    """Keeps what the steps of a piece of work came to, by their names."""

    def has(self, step: str) -> bool:
        """Return whether a step is done."""

    def keep(self, step: str, arrays: Arrays) -> None:
        """Keep what a step came to: from now on it is done."""

    def load(self, step: str) -> Arrays:
        """Return what a step came to."""

    def settle(self) -> None:
        """Wait until all that was kept is safe."""


class MemoryJournal:
    """Forgets everything at the end.

    Examples
    --------
    >>> journal = MemoryJournal()
    >>> journal.keep("first", {"answer": np.array([42])})
    >>> journal.has("first"), journal.has("second"), int(journal.load("first")["answer"][0])
    (True, False, 42)
    """

    def __init__(self) -> None:
        self._steps: dict[str, Arrays] = {}

    def has(self, step: str) -> bool:
        """Return whether a step is done."""
        return step in self._steps

    def keep(self, step: str, arrays: Arrays) -> None:
        """Keep what a step came to."""
        self._steps[step] = arrays

    def load(self, step: str) -> Arrays:
        """Return what a step came to."""
        return self._steps[step]

    def settle(self) -> None:
        """Do nothing: nothing is under way."""


class FolderJournal:
    """Keeps each step in a file of its own, which appears whole or not at all.

    A file and its name are on the disk itself before the step counts as done, so it is done also
    after the power has failed. One step is written while the next is worked on: who kills the
    program loses these two at most. A log names the steps that were computed, in their order, run
    by run. Threads may keep and load at the same time.

    Parameters
    ----------
    folder
        Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer = ThreadPoolExecutor(1, "riverscape-journal")
        self._under_way: Future[None] | None = None
        self._lock = threading.Lock()
        self._sound: set[str] = set()

    @classmethod
    @contextmanager
    def open(cls, folder: Path, head: dict[str, Any], resume: bool) -> Iterator["FolderJournal"]:
        """Open the journal of a piece of work that `head` tells from all others.

        Where an earlier one stopped it goes on if it is to be resumed and its head is the same;
        else it begins anew. What was kept stays in the folder, whatever ends the work.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        journal = cls(folder)
        try:
            with _written(folder):
                if not (resume and cls.head_of(folder) == head):
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir(parents=True, exist_ok=True)
                    _write_safely(folder / _HEAD, lambda path: path.write_text(json.dumps(head)))
                for left in folder.glob(f"{_ASIDE}*"):
                    left.unlink(missing_ok=True)
                journal._log(_BEGUN)
            yield journal
            journal.settle()
        finally:
            journal.close()

    @staticmethod
    def head_of(folder: Path) -> dict[str, Any] | None:
        """Return the head of the journal in a folder, None where there is none."""
        try:
            head = json.loads((folder / _HEAD).read_text())
        except (OSError, ValueError):
            return None
        return head if isinstance(head, dict) else None

    def has(self, step: str) -> bool:
        """Return whether a step is done; one whose file is damaged is not."""
        if step not in self._sound and _is_sound(self._path(step)):
            self._sound.add(step)
        return step in self._sound

    def keep(self, step: str, arrays: Arrays) -> None:
        """Keep what a step came to; it is written behind the caller's back.

        Raises
        ------
        OutputError
            If this or an earlier step cannot be written.
        """
        with self._lock:
            self._settle()
            with _written(self.folder):
                self._log(step)
            self._under_way = self._writer.submit(self._write, step, arrays)
        self._sound.add(step)

    def take_note(self, step: str) -> None:
        """Take note of a step that another process has kept here.

        A folder that machines share may show it some seconds later.

        Raises
        ------
        OutputError
            If it is not there.
        """
        limit = time.monotonic() + _LATE_S
        while not self._path(step).is_file() and time.monotonic() < limit:
            time.sleep(_LOOK_S)
            with _written(self.folder):
                os.listdir(self.folder)  # makes such a folder look again
        if not self._path(step).is_file():
            message = f"{self._path(step)} was written elsewhere but is not seen here"
            raise OutputError(message)
        with _written(self.folder):
            self._log(step)
        self._sound.add(step)

    def take_over(self, step: str, fetch: Callable[[Path], None]) -> None:
        """Keep a step whose file another process has written elsewhere.

        Parameters
        ----------
        fetch
            Writes that file to a path of this machine.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with _written(self.folder):
            _write_safely(self._path(step), fetch)
        self.take_note(step)

    def close(self) -> None:
        """Write what was kept, and no more."""
        self._writer.shutdown()

    def load(self, step: str) -> Arrays:
        """Return what a step came to; each array is read when it is asked for.

        Raises
        ------
        OutputError
            If it is damaged.
        """
        self.settle()
        return _Stored(self._path(step))

    def settle(self) -> None:
        """Wait until all that was kept is safe.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with self._lock:
            self._settle()

    def _settle(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    @property
    def computed(self) -> list[list[str]]:
        """The steps that were computed, of each run that worked on this."""
        try:
            lines = (self.folder / _LOG).read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        runs: list[list[str]] = []
        for line in lines:
            if line == _BEGUN:
                runs.append([])
            elif runs:
                runs[-1].append(line)
        return runs

    def _path(self, step: str) -> Path:
        return self.folder / f"{step}.npz"

    def _log(self, line: str) -> None:
        with (self.folder / _LOG).open("a") as log:
            log.write(f"{line}\n")

    def _write(self, step: str, arrays: Arrays) -> None:
        with _written(self.folder):
            _write_safely(self._path(step), lambda path: _save(path, arrays))


class _Stored(Mapping[str, NDArray[Any]]):
    """The arrays of a file, each read when it is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, name: str) -> NDArray[Any]:
        with self._opened() as stored:
            return np.asarray(stored[name])

    def __iter__(self) -> Iterator[str]:
        with self._opened() as stored:
            return iter(list(stored.files))

    def __len__(self) -> int:
        return len(list(iter(self)))

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                yield stored
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            message = f"{self._path} was damaged while it was in use; run again with --resume"
            raise OutputError(message) from error


def _is_sound(path: Path) -> bool:
    """Return whether a file of arrays is there and whole, by its checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return False


def _save(path: Path, arrays: Arrays) -> None:
    # The fastest compression: numpy's own takes several times as long for a tenth less.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def _write_safely(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file aside, see it to the disk, let it take its name, and see that to the disk."""
    # Two machines may do the same step, where one was taken for lost.
    aside = path.with_name(f"{_ASIDE}{uuid4().hex[:8]}-{path.name}")
    try:
        write(aside)
        to_disk(aside)
        aside.replace(path)
    except (OSError, RiverscapeError):
        with suppress(OSError):
            aside.unlink(missing_ok=True)  # makes room where the disk is full
        raise
    to_disk(path.parent)


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
