"""One run at a time in a folder."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from riverscape.errors import OutputError

__all__ = ["LOCK_NAME", "claimed"]

LOCK_NAME = ".riverscape.lock"


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made if need be.

    The system itself lets go of it when the program ends, however it ends.

    Raises
    ------
    OutputError
        If another run works in it, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with claimed(folder):
    ...     [path.name for path in folder.iterdir()]
    ['.riverscape.lock']
    >>> list(folder.iterdir())
    []
    """
    path, made = folder / LOCK_NAME, not folder.exists()
    lock = FileLock(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        message = f"another run works in {folder}{_holder(path)}; wait for it or choose another"
        raise OutputError(message) from None
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
    try:
        with suppress(OSError):  # a full disk takes no note, and needs none
            path.write_text(f"process {os.getpid()} on {platform.node()}")
        yield
    finally:
        # Removed before it is let go of: who waits for it sees that and begins anew.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        lock.release()
        if made:
            with suppress(OSError):
                folder.rmdir()  # only if it is empty


def _holder(path: Path) -> str:
    try:
        said = path.read_text(errors="replace").strip()
    except OSError:
        return ""
    return f" ({said})" if said else ""
