"""Storage that all machines of a run reach: files go in under names, and come out whole.

Two kinds, one interface: a folder that machines share (`folder_depot`), and object storage
(`object_depot`).
"""

import errno
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from riverscape.errors import InputError, OutputError

__all__ = ["Depot", "reading", "removing", "writing"]

# What is wrong with the disk here, not with the storage.
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Depot(Protocol):
    """Where the machines of a run leave files for each other.

    Names are as `maps/Alder_0001.zip`. A depot can be sent to other processes, and compared.
    """

    @property
    def url(self) -> str:
        """Where it is, for people and for `depot_at`."""

    @property
    def look_s(self) -> float:
        """How many seconds lie at least between two looks whether something is still there."""

    def within(self, name: str) -> "Depot":
        """Return the part of it in which all names begin with `name`."""

    def put(self, file: Path, name: str) -> None:
        """Put a file there under a name, whole or not at all; one of that name is replaced.

        Raises
        ------
        OutputError
            If it cannot be written.
        """

    def fetch(self, name: str, file: Path) -> None:
        """Copy what lies there to a file of this machine.

        Raises
        ------
        InputError
            If it is not there, or cannot be read.
        OutputError
            If this machine's disk is full.
        """

    def opened(self, name: str) -> AbstractContextManager[Path]:
        """Yield what lies there as a file of this machine, to be read only.

        Raises
        ------
        InputError
            If it is not there, or cannot be read.
        OutputError
            If this machine's disk is full.
        """

    def has(self, name: str) -> bool:
        """Return whether something lies there under a name.

        Raises
        ------
        InputError
            If that cannot be told.
        """

    def remove(self, name: str) -> None:
        """Remove what lies there under a name, if anything does.

        Raises
        ------
        OutputError
            If it cannot be removed.
        """

    def clear(self) -> None:
        """Remove all that lies there, and the depot itself.

        Raises
        ------
        OutputError
            If something cannot be removed.
        """


@contextmanager
def writing(where: Path | str, done: str = "written") -> Iterator[None]:
    """Say in our words why something cannot be written, or else `done`.

    Each storage has errors of its own.

    Raises
    ------
    OutputError
        If what is done inside fails.

    Examples
    --------
    >>> with writing("s3://rivers/model.zip"):
    ...     raise PermissionError("Access Denied")
    Traceback (most recent call last):
        ...
    riverscape.errors.OutputError: s3://rivers/model.zip cannot be written: Access Denied
    """
    try:
        yield
    except Exception as error:
        message = f"{where} cannot be {done}: {_reason(error)}"
        raise OutputError(message) from error


@contextmanager
def reading(where: Path | str) -> Iterator[None]:
    """Say in our words why something cannot be read.

    Raises
    ------
    InputError
        If what is done inside fails.
    OutputError
        If that is because this machine's disk is full.
    """
    try:
        yield
    except Exception as error:
        if getattr(error, "errno", None) in _DISK_FULL:
            message = f"no room on this machine for {where}: {_reason(error)}"
            raise OutputError(message) from error
        message = f"{where} cannot be read: {_reason(error)}"
        raise InputError(message) from error


@contextmanager
def removing(where: Path | str) -> Iterator[None]:
    """Say in our words why something cannot be removed; what is not there is no fault.

    Raises
    ------
    OutputError
        If what is done inside fails.
    """
    with writing(where, "removed"), suppress(FileNotFoundError):
        yield


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
