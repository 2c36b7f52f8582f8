# SPDX-License-Identifier: GPL-2.0-or-later
"""What the worker has made, brought to where the user wants it, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .layers import LayerError
from .translation import tr

__all__ = [
    "TEMPORARY",
    "check_map_name",
    "check_outputs",
    "check_replaceable",
    "deliver",
    "deliver_folder",
    "workplace",
]

_MAP_SUFFIXES = (".tif", ".tiff")
TEMPORARY = "TEMPORARY_OUTPUT"
"""What Processing writes for an output that is not given a name."""


def check_map_name(path: str) -> None:
    """Check that a map may have this name: maps are GeoTIFFs.

    Raises
    ------
    LayerError
        If not.
    """
    if path and Path(path).suffix.lower() not in _MAP_SUFFIXES:
        message = tr(
            "{0}: maps are written as GeoTIFF, with their classes and colours; end it .tif"
        )
        raise LayerError(message.format(Path(path).name))


def check_outputs(outputs: Mapping[str, str], inputs: Iterable[str]) -> None:
    """Check that no output takes the place of an input, or of another output.

    Parameters
    ----------
    outputs
        What people call each output, and where it goes; "" where it is skipped.
    inputs
        The files that are read.

    Raises
    ------
    LayerError
        If one does.
    """
    read = {_key(path) for path in inputs if path}
    taken: dict[str, str] = {}
    for title, path in outputs.items():
        if not path or path == TEMPORARY:
            continue
        key = _key(path)
        if key in read:
            message = tr("“{0}” would replace {1}, which is read: choose another name")
            raise LayerError(message.format(title, path))
        if key in taken:
            message = tr("“{0}” and “{1}” have the same name, {2}: choose another for one of them")
            raise LayerError(message.format(taken[key], title, path))
        taken[key] = title


def _key(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def check_replaceable(folder: Path, holds: str) -> None:
    """Check that nothing stands where a folder is to go, but an older one of its kind.

    Parameters
    ----------
    holds
        A file that folders of this kind have.

    Raises
    ------
    LayerError
        If something else does.
    """
    if not folder.exists() or (folder / holds).is_file():
        return
    if folder.is_file() or any(folder.iterdir()):
        message = tr(
            "{0} is there already and was not made by a training: give the model another name"
        )
        raise LayerError(message.format(folder))


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """Yield a hidden folder beside an output; nothing is left of it, whatever happens.

    It is on the output's own disk, so what is made there is renamed, not copied.

    Raises
    ------
    LayerError
        If the folder of the output cannot be written to.
    """
    import tempfile  # late: QGIS starts with this module, and makes nothing then

    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".riverscape-", dir=beside.parent))
    except OSError as error:
        message = tr("{0} cannot be written to: {1}")
        raise LayerError(message.format(beside.parent, error.strerror)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def deliver(made: Path, destination: Path) -> str:
    """Give a file that was made its name, and what a GIS reads beside it; return the name.

    The file itself comes last: where it stands, its classes and style stand too.

    Raises
    ------
    LayerError
        If it cannot be written, as where another program has it open.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        if made.suffix == ".tif":
            _replace(Path(f"{made}.aux.xml"), Path(f"{destination}.aux.xml"))
            _replace(made.with_suffix(".qml"), destination.with_suffix(".qml"))
        os.replace(made, destination)
    except OSError as error:
        message = tr("{0} cannot be written: {1}; is it open in another program?")
        raise LayerError(message.format(destination, error.strerror)) from error
    return str(destination)


def deliver_folder(made: Path, destination: Path) -> str:
    """Give a folder that was made its name; return it.

    What stood there is put beside what was made, in the workplace, and goes with it.

    Raises
    ------
    LayerError
        If it cannot be written.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        older = made.with_name(f"{made.name}_older")
        if destination.exists():
            os.replace(destination, older)
        try:
            os.replace(made, destination)
        except OSError:
            if older.exists():
                os.replace(older, destination)
            raise
    except OSError as error:
        message = tr("{0} cannot be written: {1}; is it open in another program?")
        raise LayerError(message.format(destination, error.strerror)) from error
    return str(destination)


def _replace(made: Path, destination: Path) -> None:
    """Move a file that belongs to another; one of an older map is not left beside a new one."""
    if made.is_file():
        os.replace(made, destination)
    elif destination.is_file():
        destination.unlink()
