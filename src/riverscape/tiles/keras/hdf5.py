"""HDF5 files as Keras writes them, opened without trust."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from riverscape.errors import MissingExtraError, ModelError

__all__ = ["checked_datasets", "open_hdf5"]

_LARGEST_BYTES = 4 * 1024**3


@contextmanager
def open_hdf5(path: Path, content: BinaryIO | None = None) -> Iterator[Any]:
    """Yield an open `h5py.File`.

    Parameters
    ----------
    path
        The file, also as messages name it.
    content
        What is read in its place: a file out of an archive.

    Raises
    ------
    ModelError
        If there is no such file, or it is no HDF5 file or a damaged one, also where that shows
        only while it is read.
    MissingExtraError
        If h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        purpose = "reading a Keras file"
        raise MissingExtraError(purpose, "keras") from error
    if not path.is_file():
        message = f"{path}: no such file"
        raise ModelError(message)
    if content is None and not h5py.is_hdf5(path):
        message = f"{path} is no HDF5 file, which is what Keras saves as .h5"
        raise ModelError(message)
    try:
        with h5py.File(content or path, "r") as file:
            yield file
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        # What h5py raises of damaged files, also while they are read.
        message = f"{path} is damaged: {' '.join(str(error).split())}"
        raise ModelError(message) from error


def checked_datasets(file: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401
    """Return all datasets of an HDF5 file by name, none of which leads to another file.

    Parameters
    ----------
    path
        What messages name the file.

    Raises
    ------
    ModelError
        If the file holds links, arrays kept elsewhere or too much for any model.
    """
    found = dict(_walk(file, "", path, set()))
    if sum(dataset.nbytes for dataset in found.values()) > _LARGEST_BYTES:
        message = f"{path} claims to hold more than {_LARGEST_BYTES // 1024**3} GB of weights"
        raise ModelError(message)
    return found


def _walk(group: Any, prefix: str, path: Path, seen: set[int]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    import h5py

    for name in group:
        place = prefix + name
        kept_here = isinstance(group.get(name, getlink=True), h5py.HardLink)
        address = h5py.h5o.get_info(group[name].id).addr if kept_here else -1
        if not kept_here or address in seen:  # rings of groups too
            message = f"{path} is refused: {place} is a link, which may lead anywhere"
            raise ModelError(message)
        seen.add(address)
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _walk(item, f"{place}/", path, seen)
        elif _is_plain(item):
            yield place, item
        else:
            message = f"{path} is refused: {place} holds no plain numbers of its own"
            raise ModelError(message)


def _is_plain(item: Any) -> bool:  # noqa: ANN401
    import h5py

    return (
        isinstance(item, h5py.Dataset)
        and not item.external
        and not item.is_virtual
        and item.dtype.kind in "biuf"
    )
