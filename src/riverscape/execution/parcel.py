"""The files of a folder as one file: packed where they are made, unpacked where they belong."""

import shutil
import zipfile
from pathlib import Path

from riverscape.errors import InputError, OutputError
from riverscape.outputs import whole_file

__all__ = ["pack", "unpack"]


def pack(folder: Path, parcel: Path) -> Path:
    """Pack all files of a folder, as they are, and return the parcel.

    Raises
    ------
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "maps" / "previews").mkdir(parents=True)
    >>> _ = (folder / "maps" / "previews" / "a.txt").write_text("water")
    >>> parcel = pack(folder / "maps", folder / "maps.zip")
    >>> unpack(parcel, folder / "out")
    >>> (folder / "out" / "previews" / "a.txt").read_text()
    'water'
    """
    try:
        with zipfile.ZipFile(parcel, "w") as packed:  # maps are compressed already
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.write(path, path.relative_to(folder).as_posix())
    except OSError as error:
        message = f"{parcel} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
    return parcel


def unpack(parcel: Path, folder: Path) -> None:
    """Unpack a parcel into a folder, each file whole or not at all.

    Raises
    ------
    InputError
        If the parcel is damaged.
    OutputError
        If a file cannot be written.
    """
    try:
        with zipfile.ZipFile(parcel) as packed:
            for name in packed.namelist():
                with (
                    whole_file(folder / name) as aside,
                    packed.open(name) as inside,
                    aside.open("wb") as file,
                ):
                    shutil.copyfileobj(inside, file)  # its checksum is compared meanwhile
    except zipfile.BadZipFile as error:
        message = f"{parcel} is damaged: {error}"
        raise InputError(message) from error
