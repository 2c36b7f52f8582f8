"""Memory that is given back and asked for again: kept, where the C library can be told to."""

import ctypes

__all__ = ["keep_freed_memory"]

# Options of glibc's mallopt(3), and what they are set to. Arrays of a strip are made and dropped
# thousands of times. By default many are given back to the system each time and come back as new
# pages, which it must clear: some hundredths of the time of a large image. Arrays of a window are
# given back as ever, so the peak stays what it was; with 32 MB to begin with it was a tenth higher.
_OPTIONS = {
    -3: 8 << 20,  # M_MMAP_THRESHOLD: from this size on an array is a mapping of its own
    -1: 64 << 20,  # M_TRIM_THRESHOLD: free memory beyond this is given back
    -2: 16 << 20,  # M_TOP_PAD: asked for beyond what is needed
}


def keep_freed_memory() -> bool:
    """Keep small arrays' memory in this process; return whether the C library takes part.

    Only glibc has the options; elsewhere nothing happens. For whole programs: it concerns all
    that runs in the process.

    Examples
    --------
    >>> keep_freed_memory() in (True, False)
    True
    """
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  musl has mallopt's name, not its options
        taken = [library.mallopt(option, value) for option, value in _OPTIONS.items()]
    except (OSError, AttributeError, TypeError):
        return False
    return all(taken)
