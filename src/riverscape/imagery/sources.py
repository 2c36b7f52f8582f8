"""Where images come from: files on disk and addresses that GDAL reads from."""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

__all__ = [
    "Source",
    "answers",
    "as_source",
    "digest",
    "image_name",
    "is_far",
    "is_one_file",
    "river_name",
    "size_bytes",
]

# A path, or the address of an image elsewhere (https://, s3://, gs://, az://, /vsi...). An
# address stays text: as a path it would lose one slash of "https://".
Source: TypeAlias = Path | str

# Written beside an image by whoever looks at it; the pixels stay what they are.
_BESIDE = (".aux.xml", ".ovr")
# Two letters at least: C: is a drive.
_ADDRESS = re.compile(r"/vsi[a-z0-9_]+/|[a-z][a-z0-9+._-]+:", re.IGNORECASE)
_IN_ARCHIVE = re.compile(r"/vsi(zip|tar|7z|rar)/")
_ANSWER_S = 10


def as_source(source: Source) -> Source:
    """Return a path for what lies on disk, text for an address.

    Examples
    --------
    >>> as_source("https://rivers.example/Alder_0001.tif")
    'https://rivers.example/Alder_0001.tif'
    >>> as_source("survey/Alder_0001.tif").name
    'Alder_0001.tif'
    """
    if isinstance(source, Path):
        return source
    if _ADDRESS.match(source) and not Path(source).exists():
        return source
    return Path(source)


def image_name(source: Source) -> str:
    """Return the name that an image's outputs carry.

    Examples
    --------
    >>> image_name(Path("survey/StMarg_31162.jpg"))
    'StMarg_31162'
    >>> image_name("https://rivers.example/data/StMarg%2031162.tif?key=x")
    'StMarg 31162'
    """
    if isinstance(source, Path):
        return source.stem
    path = urlsplit(source).path if "://" in source else source
    return PurePosixPath(unquote(path) if source.startswith("http") else path).stem


def river_name(source: Source) -> str:
    """Return the river's name: the text before the first underscore.

    Examples
    --------
    >>> river_name(Path("survey/StMarg_31162.jpg"))
    'StMarg'
    """
    return image_name(source).split("_", 1)[0]


def is_far(source: Source, files: Iterable[str] = ()) -> bool:
    """Return whether an image, or one of its files, may lie elsewhere than on a disk.

    A VRT among the parts of a VRT counts: what it is made of is not known.
    """
    return isinstance(source, str) or any(
        _ADDRESS.match(file) or (file.lower().endswith(".vrt") and Path(file) != source)
        for file in files
    )


def size_bytes(files: Iterable[str]) -> int | None:
    """Return what files take together; None if one of them is not on this machine's disks."""
    paths = [Path(file) for file in files]
    if not paths or not all(path.is_file() for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)


def is_one_file(files: Iterable[str]) -> bool:
    """Return whether the content of one file tells all that is in an image.

    Examples
    --------
    >>> is_one_file(["a.tif", "a.tif.ovr"]), is_one_file(["a.tif", "a.tif.msk"])
    (True, False)
    >>> is_one_file(["a.vrt"])
    False
    """
    holding = _with_data(files)
    return len(holding) == 1 and not holding[0].lower().endswith(".vrt")


def digest(source: Source, files: Iterable[str]) -> tuple[str, bool]:
    """Return a digest of an image's files, and whether it tells when one of them changes.

    It does by size and time of change of files on disk and of archives there, by content of a
    VRT, and by what an HTTP server says of a file without sending it; of other addresses only the
    names are known.
    """
    sums = hashlib.sha256(image_name(source).encode())
    telling = True
    for file in _with_data(files):
        stamp = _stamp(file)
        telling &= stamp is not None
        sums.update(f"{Path(file).name}\t{stamp}\n".encode())
    return sums.hexdigest(), telling


def answers(address: str) -> bool:
    """Return whether the server of an address says anything; True where there is none to ask.

    Examples
    --------
    >>> answers("http://127.0.0.1:9/Alder_0001.tif"), answers("/vsizip/survey.zip/a.tif")
    (False, True)
    """
    address = address.removeprefix("/vsicurl/")
    if not address.startswith(("http://", "https://")):
        return True
    try:
        with urllib.request.urlopen(_asking(address), timeout=_ANSWER_S):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _with_data(files: Iterable[str]) -> list[str]:
    return [file for file in files if not file.endswith(_BESIDE)]


def _stamp(file: str) -> str | None:
    path = _archive(file) or Path(file)
    if path.is_file():
        if path.suffix.lower() == ".vrt":
            return hashlib.sha256(path.read_bytes()).hexdigest()
        state = path.stat()
        return f"{state.st_size} {state.st_mtime_ns}"
    address = file.removeprefix("/vsicurl/")
    return _server_stamp(address) if address.startswith(("http://", "https://")) else None


def _archive(file: str) -> Path | None:
    """Return the archive on disk that holds a file, None if there is none."""
    found = _IN_ARCHIVE.match(file)
    inside = Path(file[found.end() :]) if found else None
    return next((path for path in inside.parents if path.is_file()), None) if inside else None


def _server_stamp(address: str) -> str | None:
    try:
        with urllib.request.urlopen(_asking(address), timeout=_ANSWER_S) as answer:
            said = [answer.headers.get(key) for key in ("ETag", "Last-Modified", "Content-Length")]
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return " ".join(map(str, said)) if said[0] or said[1] else None


def _asking(address: str) -> urllib.request.Request:
    return urllib.request.Request(address, method="HEAD")
