"""How those who do windows of a large image hand them to the process that began it.

Where they see the image's journal, they keep their windows there. Where they do not, each window
goes into a depot, and from there into the journal: one way only, nobody reads what others did.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from riverscape.errors import InputError
from riverscape.execution.dask_worker import local_folder
from riverscape.execution.depot import Depot
from riverscape.journal import Arrays, FolderJournal

__all__ = ["DepotExchange", "Exchange", "SharedJournal", "exchange_of"]


class Exchange(Protocol):
    """Between the process that began an image, which has its journal, and those who do windows."""

    def __hash__(self) -> int:
        """Equal ones count as one, in whatever process."""

    def joined(self) -> AbstractContextManager[FolderJournal]:
        """Yield the journal that a job keeps its windows in: when it ends, they are handed over.

        Raises
        ------
        InputError
            If the image's own is not there, or another one by now.
        OutputError
            If a window cannot be kept.
        """

    def take(self, journal: FolderJournal, step: str) -> None:
        """Take note in the image's journal of what a job has kept.

        Raises
        ------
        InputError
            If it cannot be read.
        OutputError
            If it is not there, or cannot be written here.
        """

    def hand_on(self, file: Path) -> None:
        """Let jobs read a file that lies in the image's journal.

        Raises
        ------
        OutputError
            If it cannot be written.
        """

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Yield a file that was handed on.

        Raises
        ------
        InputError
            If it cannot be read.
        """


def exchange_of(journal: FolderJournal, depot: Depot | None) -> Exchange:
    """Return how windows of an image come into its journal: by a depot, if there is one."""
    folder = journal.folder.absolute()
    if depot is None:
        return SharedJournal(folder, _head_sha256(folder))
    return DepotExchange(depot.within(f"windows/{folder.name.lstrip('.')}"))


@dataclass(frozen=True)
class SharedJournal:
    """All see the journal, and keep their windows in it.

    Attributes
    ----------
    head_sha256
        What tells that journal from all that were there before.
    """

    folder: Path
    head_sha256: str

    @contextmanager
    def joined(self) -> Iterator[FolderJournal]:
        """Open the journal that another process has begun."""
        if _head_sha256(self.folder) != self.head_sha256:
            message = f"{self.folder}, which the run keeps its work in, is not there or has changed"
            raise InputError(message)
        with closing(_PartOfJournal(self.folder)) as journal:
            yield journal
            journal.settle()

    def take(self, journal: FolderJournal, step: str) -> None:
        """Take note of what lies there."""
        journal.take_note(step)

    def hand_on(self, file: Path) -> None:
        """Do nothing: they see it."""

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Yield the file itself."""
        yield self.folder / name


@dataclass(frozen=True)
class DepotExchange:
    """Windows go into a depot when they are done, and out of it when they are taken."""

    depot: Depot

    @contextmanager
    def joined(self) -> Iterator[FolderJournal]:
        """Open a journal of the job's own; what is kept in it is put into the depot as well."""
        with local_folder() as folder, closing(_SentJournal(folder, self.depot)) as journal:
            yield journal
            journal.settle()

    def take(self, journal: FolderJournal, step: str) -> None:
        """Take a window over into the journal, and out of the depot."""
        name = f"{step}.npz"
        journal.take_over(step, lambda file: self.depot.fetch(name, file))
        self.depot.remove(name)

    def hand_on(self, file: Path) -> None:
        """Put it into the depot."""
        self.depot.put(file, file.name)

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Yield it, fetched if need be."""
        return self.depot.opened(name)


class _PartOfJournal(FolderJournal):
    """The journal of an image as those see it who do parts: they keep steps, and nothing else."""

    def _log(self, line: str) -> None:
        """Leave the log to the process that has begun the journal."""


class _SentJournal(_PartOfJournal):
    """A journal of one job, whose steps go into a depot."""

    def __init__(self, folder: Path, depot: Depot) -> None:
        super().__init__(folder)
        self._depot = depot

    def _write(self, step: str, arrays: Arrays) -> None:
        super()._write(step, arrays)
        self._depot.put(self._path(step), self._path(step).name)


def _head_sha256(folder: Path) -> str:
    head = FolderJournal.head_of(folder)
    return hashlib.sha256(repr(head).encode()).hexdigest()
