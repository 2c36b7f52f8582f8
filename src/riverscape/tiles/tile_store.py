"""The tiles of a survey on disk: one file that is mapped into memory, and its index.

What has an identity file is whole; it is written last.
"""

import json
import mmap
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import OutputError
from riverscape.labels import ClassKey, ClassScheme, LabelledImage
from riverscape.outputs import whole_file
from riverscape.tiles.survey_pixels import SurveyPixels
from riverscape.tiles.tile_set import TileSet

__all__ = ["keep_index", "new_store", "release", "stored_tiles"]

_STORE, _INDEX, _IDENTITY = "tiles.npy", "index.npz", "tiles.json"


def new_store(shape: tuple[int, ...], folder: Path | None) -> NDArray[Any]:
    """Return room for tiles (tile, band, row, col), in a folder or in a file without a name.

    Raises
    ------
    OutputError
        If the disk has no room for them.
    """
    try:
        if folder is None:
            # Without a name in any folder, so it cannot be left behind.
            with tempfile.TemporaryFile(prefix="riverscape-tiles-") as file:
                return _mapped(file, shape)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _IDENTITY).unlink(missing_ok=True)
        # Another run may have the old file mapped: it keeps it, and this one is new.
        (folder / _STORE).unlink(missing_ok=True)
        with (folder / _STORE).open("w+b") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            return _mapped(file, shape)
    except OSError as error:
        message = f"{folder or tempfile.gettempdir()} cannot hold the tiles: {error.strerror}"
        raise OutputError(message) from error


def _mapped(file: Any, shape: tuple[int, ...]) -> NDArray[Any]:  # noqa: ANN401
    """Map the file from where it stands on, in space that is reserved now.

    Writing to a map of space that the disk turns out not to have ends the program at once.
    """
    if not shape[0]:
        return np.zeros(shape, np.uint8)
    start, size = file.tell(), int(np.prod(shape))
    file.flush()
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, start + size)
    return np.memmap(file, np.uint8, "r+", offset=start, shape=shape)


def release(store: NDArray[Any]) -> None:
    """Give the memory back that holds what was written; it is read from the file again."""
    if isinstance(store, np.memmap):
        store.flush()
        mapped = store._mmap  # type: ignore[attr-defined]  # numpy has no other way to it
        if hasattr(mapped, "madvise"):
            mapped.madvise(mmap.MADV_DONTNEED)


def keep_index(folder: Path, tiles: TileSet, identity: dict[str, Any]) -> None:
    """Write what a tile set is beside its pixels, and last what it depends on.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with whole_file(folder / _INDEX) as aside, aside.open("wb") as file:
        np.savez(
            file,
            classes=tiles.classes,
            sources=tiles.sources,
            corners=tiles.corners,
            labelled_px=tiles.labelled_px,
        )
    with whole_file(folder / _IDENTITY) as aside:
        content = {"of": identity, "levels": tiles.source.levels_as_measured()}
        aside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def stored_tiles(
    folder: Path,
    identity: dict[str, Any],
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    key: ClassKey,
    survey: SurveyPixels,
) -> TileSet | None:
    """Return the tile set that lies in a folder, where it is whole and the same."""
    try:
        content = json.loads((folder / _IDENTITY).read_text(encoding="utf-8"))
        if content["of"] != identity:
            return None
        survey = survey.with_measured(content["levels"])
        index = np.load(folder / _INDEX, allow_pickle=False)
        store = np.load(folder / _STORE, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, KeyError, TypeError, BadZipFile):
        return None
    return TileSet(
        store=store,
        chosen=np.arange(len(store)),
        classes=index["classes"],
        sources=index["sources"],
        corners=index["corners"],
        labelled_px=index["labelled_px"],
        images=tuple(images),
        scheme=scheme,
        key=key,
        survey=survey,
        origin=identity,
    )
