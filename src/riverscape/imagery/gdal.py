"""How GDAL is asked to read: memory, threads, patience with servers."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress

import rasterio
from rasterio.errors import RasterioError

from riverscape.imagery.quiet import quiet

__all__ = ["environment", "in_words", "with_parts"]

_OPTIONS: dict[str, str | int] = {
    # Blocks that a window shares with its neighbours, not the image.
    "GDAL_CACHEMAX": 64 * 2**20,
    # A server that says nothing for 20 s, or breaks off, is asked three times more.
    "GDAL_HTTP_CONNECTTIMEOUT": 10,
    "GDAL_HTTP_LOW_SPEED_LIMIT": 1,
    "GDAL_HTTP_LOW_SPEED_TIME": 20,
    "GDAL_HTTP_TIMEOUT": 120,
    "GDAL_HTTP_MAX_RETRY": 3,
    "GDAL_HTTP_RETRY_DELAY": 1,
}
_NEAR: dict[str, str | int] = {
    # Blocks of a window are decoded side by side.
    "GDAL_NUM_THREADS": "ALL_CPUS",
    # A folder of thousands of tiles would be listed for each of them.
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
}
_FAR: dict[str, str | int] = {
    # Asking a server for files that may lie beside an image takes longer than reading it.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
}
# Never the user's. GDAL's fast path for whole PNG images fills the rows that a truncated file
# lacks with unset memory and says nothing; its threads read zeros where a server breaks off (GDAL
# 3.10), and say nothing either.
_SAFE: dict[str, str | int] = {"GDAL_PNG_WHOLE_IMAGE_OPTIM": "NO"}
_SAFE_FAR: dict[str, str | int] = {"GDAL_NUM_THREADS": 1, "VRT_NUM_THREADS": 1}
_MARKUP = re.compile(r"<[^>]*>")


def environment(far: bool) -> rasterio.Env:
    """Return GDAL's settings for opening or reading, to be entered by whichever thread does so.

    What the user has set in the environment stays as it is, unless wrong pixels could come of it.

    Parameters
    ----------
    far
        Whether anything that is read lies on a server.
    """
    options = {**_OPTIONS, **(_FAR if far else _NEAR)}
    options = {key: value for key, value in options.items() if key not in os.environ}
    return rasterio.Env(**{**options, **_SAFE, **(_SAFE_FAR if far else {})})


def with_parts(files: Sequence[str]) -> tuple[str, ...]:
    """Return the files of an image and, of each VRT after the first file, the files of that.

    Each once; of a VRT that cannot be opened only its own name.
    """
    found = list(files)
    for place, file in enumerate(found):  # which grows meanwhile
        if place and file.lower().endswith(".vrt"):
            with suppress(RasterioError), quiet(), rasterio.open(file) as nested:
                found += sorted(set(nested.files).difference(found))
    return tuple(found)


def in_words(error: BaseException) -> str:
    r"""Return what GDAL says went wrong, on one line.

    Examples
    --------
    >>> in_words(ValueError("<h1>404</h1>\nnot found"))
    '404 not found'
    """
    cause = error
    while str(error).startswith("Read failed") and cause.__cause__ is not None:
        cause = cause.__cause__
        if "failed at" in str(cause):
            break
    return " ".join(_MARKUP.sub(" ", str(cause)).split())
