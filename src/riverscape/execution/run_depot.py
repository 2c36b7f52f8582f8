"""Which depot a run on a cluster has: its model is there while the run lasts, and nothing after."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from riverscape.errors import OutputError, RiverscapeError, SettingsError
from riverscape.execution.depot import Depot
from riverscape.execution.folder_depot import FolderDepot
from riverscape.execution.object_depot import PROTOCOLS, ObjectDepot
from riverscape.execution.parcel import pack
from riverscape.outputs import whole_file
from riverscape.tiles import Model

__all__ = ["MODEL_NAME", "RUN_FOLDERS", "SCRATCH_START", "depot_at", "run_depot"]

logger = logging.getLogger(__name__)

RUN_FOLDERS = ".riverscape.run-"
"""How the names begin, beside the maps, of folders that runs keep their model in, and of files that
say where in other storage it is."""

SCRATCH_START = "riverscape-run-"
"""How the names begin of what runs keep in other storage."""

MODEL_NAME = "model.zip"
"""What the model of a run is called in its depot."""


def depot_at(url: str) -> Depot:
    """Return the depot at an address, or in a folder, which must exist.

    Raises
    ------
    SettingsError
        If it is neither.
    MissingExtraError
        If what reads such addresses is not installed.

    Examples
    --------
    >>> depot_at("ftp://rivers.example/scratch")
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: --scratch takes a folder that exists, or an address as \
s3://bucket/prefix, gs:// or az://, not 'ftp://rivers.example/scratch'
    """
    protocol, is_address, rest = url.partition("://")
    if is_address and protocol in PROTOCOLS and rest.strip("/"):
        depot = ObjectDepot(url.rstrip("/"))
        depot.check()
        return depot
    if is_address or not Path(url).is_dir():
        message = (
            "--scratch takes a folder that exists, or an address as s3://bucket/prefix, gs:// or "
            f"az://, not {url!r}"
        )
        raise SettingsError(message)
    return FolderDepot(Path(url).absolute())


@contextmanager
def run_depot(out: Path, scratch: Depot | None, model: Model) -> Iterator[Depot]:
    """Yield a depot of its own for a run, with the model in it; nothing of it stays.

    What runs left that were killed, goes first: who still works for them, stops.

    Parameters
    ----------
    out
        The folder of the maps, which no other run works in.
    scratch
        Where it is to be; in the folder of the maps without it.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    for left in out.glob(f"{RUN_FOLDERS}*"):
        _forget(left)
    mark = out.absolute() / f"{RUN_FOLDERS}{uuid4().hex[:8]}"
    depot: Depot = FolderDepot(mark)
    if scratch is not None:
        depot = scratch.within(_name_of(mark))
        with whole_file(mark) as aside:
            aside.write_text(scratch.url, encoding="utf-8")
    try:
        _put_model(depot, model)
    except OutputError:  # nothing has come there, and one error is said, not two
        with suppress(OutputError):
            depot.clear()
        if scratch is not None:
            mark.unlink(missing_ok=True)
        raise
    except BaseException:
        _forget(mark)
        raise
    try:
        yield depot
    finally:
        _forget(mark)


def _put_model(depot: Depot, model: Model) -> None:
    with TemporaryDirectory(prefix="riverscape-") as folder:
        saved = model.save(Path(folder) / "model")
        depot.put(pack(saved, saved.with_suffix(".zip")), MODEL_NAME)


def _name_of(mark: Path) -> str:
    return mark.name.replace(RUN_FOLDERS, SCRATCH_START)


def _forget(mark: Path) -> None:
    """Remove what a run has kept, and what says where; the latter stays if that cannot be had."""
    if mark.is_dir():
        shutil.rmtree(mark, ignore_errors=True)
        return
    try:
        depot_at(mark.read_text(encoding="utf-8")).within(_name_of(mark)).clear()
        mark.unlink()
    except (OSError, RiverscapeError) as error:
        logger.warning("%s; the next run into %s tries again", error, mark.parent)
