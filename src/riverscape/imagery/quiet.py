"""Images without georeference are opened without a warning, in several threads at once."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from rasterio.errors import NotGeoreferencedWarning

__all__ = ["quiet"]


class _Quiet:
    """How many want it quiet, and what restores the filters of warnings after the last.

    Python's own `catch_warnings` is not for threads: the first to leave would let the others be
    heard.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._filters = warnings.catch_warnings()

    def enter(self) -> None:
        with self._lock:
            self._wanted += 1
            if self._wanted == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore", NotGeoreferencedWarning)

    def leave(self) -> None:
        with self._lock:
            self._wanted -= 1
            if not self._wanted:
                self._filters.__exit__(None, None, None)


_QUIET = _Quiet()


@contextmanager
def quiet() -> Iterator[None]:
    """Let rasterio not warn of missing georeference: a photograph has none, that is no fault.

    Examples
    --------
    >>> with quiet():
    ...     warnings.warn("no georeference", NotGeoreferencedWarning)
    """
    _QUIET.enter()
    try:
        yield
    finally:
        _QUIET.leave()
