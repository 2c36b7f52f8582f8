# SPDX-License-Identifier: GPL-2.0-or-later
"""What the worker has made, brought to where the user wants it, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .layers import LayerError
from .translation import tr

__all__ = ["check_map_name", "check_replaceable", "deliver", "deliver_folder", "workplace"]

_MAP_SUFFIXES = (".tif", ".tiff")


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


def check_replaceable(model: Path) -> None:
    """Check that nothing but a model stands where a model is to go.

    Raises
    ------
    LayerError
        If something does.
    """
    if not model.exists() or (model / "model.json").is_file():
        return
    if model.is_file() or any(model.iterdir()):
        message = tr("{0} holds something that is no model: choose another folder")
        raise LayerError(message.format(model))


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """Yield a hidden folder beside an output; nothing is left of it, whatever happens.

    It is on the output's own disk, so what is made there is renamed, not copied.

    Raises
    ------
    LayerError
        If the folder of the output cannot be written to.
    """
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
    """Give a folder that was made its name; return it. What stood there goes.

    Raises
    ------
    LayerError
        If it cannot be written.
    """
    try:
        if destination.exists():
            shutil.rmtree(destination)
        destination.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, destination)
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
