"""How a program takes its memory: what is freed is kept, what GDAL keeps is little."""

import ctypes
import os

__all__ = ["settle_memory"]

# GDAL's cache of blocks, in MB. By default it is a twentieth of the machine's memory, and what is
# read and written fills it; in the environment it is also that of processes started from here.
_GDAL_CACHE_MB = "64"
# Options of glibc's mallopt(3), and what they are set to. Arrays of a strip are made and dropped
# thousands of times. By default many are given back to the system each time and come back as new
# pages, which it must clear: some hundredths of the time of a large image. Arrays of a window are
# given back as ever, so the peak stays what it was; with 32 MB to begin with it was a tenth higher.
_OPTIONS = {
    -3: 8 << 20,  # M_MMAP_THRESHOLD: from this size on an array is a mapping of its own
    -1: 64 << 20,  # M_TRIM_THRESHOLD: free memory beyond this is given back
    -2: 16 << 20,  # M_TOP_PAD: asked for beyond what is needed
}


def settle_memory() -> bool:
    """Keep small arrays' memory in this process, and GDAL's cache small.

    For whole programs, before they load GDAL: it concerns all that runs in the process. What the
    user says of GDAL's cache in the environment stays.

    Returns
    -------
        Whether the C library takes part: only glibc has the options.

    Examples
    --------
    >>> settle_memory() in (True, False)
    True
    """
    os.environ.setdefault("GDAL_CACHEMAX", _GDAL_CACHE_MB)
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  musl has mallopt's name, not its options
        taken = [library.mallopt(option, value) for option, value in _OPTIONS.items()]
    except (OSError, AttributeError, TypeError):
        return False
    return all(taken)
