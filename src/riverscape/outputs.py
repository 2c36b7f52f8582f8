"""Outputs appear whole or not at all: written aside, then renamed."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from riverscape.errors import OutputError

__all__ = ["free_to_write", "remove_unfinished", "to_disk", "whole_file", "whole_folder"]

_ASIDE = ".partial-"


def _aside(path: Path) -> Path:
    # The suffix stays, because GDAL and matplotlib choose their format by it; the leading dot
    # hides the file from people and from every search for images.
    return path.with_name(f"{_ASIDE}{os.getpid()}-{path.name}")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the place of `path` on success.

    It is on the disk itself before it takes its name, and its name is there when this returns: so
    it is whole, and there, also after the power failed.
    On an error nothing is left behind, and what stood at `path` before stands there still.

    Raises
    ------
    OutputError
        If the folder cannot be made or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "scores.csv") as aside:
    ...     _ = aside.write_text("class,f1_score")
    ...     (folder / "scores.csv").exists()
    False
    >>> (folder / "scores.csv").read_text()
    'class,f1_score'
    """
    aside = _aside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        to_disk(aside)
        aside.replace(path)
        to_disk(path.parent)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder beside `path` to fill; it takes the place of `path` on success.

    It begins with what stands at `path`, so that files which nobody writes anew stay.

    Raises
    ------
    OutputError
        If the folder cannot be made or filled.
    """
    aside, previous = _aside(path), path.with_name(f".previous-{os.getpid()}-{path.name}")
    try:
        if path.exists():
            shutil.copytree(path, aside)
        else:
            aside.mkdir(parents=True)
        yield aside
        if path.exists():
            path.rename(previous)
        try:
            aside.rename(path)
        except OSError:
            if previous.exists():
                previous.rename(path)
            raise
        shutil.rmtree(previous, ignore_errors=True)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def to_disk(path: Path) -> None:
    """See a file, or the names in a folder, through to the disk itself.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    if path.is_dir() and os.name == "nt":  # where folders cannot be opened
        return
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_unfinished(folder: Path, starts: Sequence[str]) -> None:
    """Remove files that runs which broke off left half-written in a folder.

    Parameters
    ----------
    starts
        How the names begin of the files meant: nobody else may be writing them.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in (".partial-77-run.json", ".partial-77-other.json"):
    ...     (folder / name).touch()
    >>> remove_unfinished(folder, ["run.json"])
    >>> [path.name for path in folder.iterdir()]
    ['.partial-77-other.json']
    """
    for path in folder.glob(f"{_ASIDE}*"):
        number, _, name = path.name.removeprefix(_ASIDE).partition("-")
        if number.isdigit() and name.startswith(tuple(starts)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def free_to_write(
    paths: list[Path], overwrite: bool, advice: str = "--overwrite to replace it"
) -> None:
    """Check that none of `paths` exists, unless they may be overwritten.

    Raises
    ------
    OutputError
        If one exists and `overwrite` is false.
    """
    standing = [path for path in paths if path.exists()]
    if standing and not overwrite:
        more = f" (and {len(standing) - 1} more)" if len(standing) > 1 else ""
        message = f"{standing[0]} exists already{more}; add {advice}"
        raise OutputError(message)
