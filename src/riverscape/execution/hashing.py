"""SHA-256 of files, however large, while other work goes on."""

import hashlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from riverscape.errors import RiverscapeError
from riverscape.imagery import Source
from riverscape.labels import PolygonLabels

__all__ = ["Hashing"]

_PIECE_BYTES = 1 << 22


class Hashing:
    """Hashes files one after another on a thread of its own, each once.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = path.write_bytes(b"river")
    >>> with Hashing() as hashing:
    ...     hashing.begin(path)
    ...     hashing.of(path) == hashlib.sha256(b"river").hexdigest()
    True
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "riverscape-hashing")
        self._stopped = threading.Event()
        self._hashes: dict[Path | PolygonLabels, Future[str | None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def begin(self, source: Source | PolygonLabels | None) -> None:
        """Begin to hash a file, or the polygons in an image; nothing is done for an address."""
        if isinstance(source, Path | PolygonLabels) and source not in self._hashes:
            self._hashes[source] = self._thread.submit(self._hash, source)

    def know(self, source: Source | PolygonLabels | None, sha256: str | None) -> None:
        """Take over a hash that somebody else has found."""
        if isinstance(source, Path | PolygonLabels):
            self._hashes[source] = Future()
            self._hashes[source].set_result(sha256)

    def of(self, source: Source | PolygonLabels | None) -> str | None:
        """Return the hash of a file, waiting for it; None of an address or if it is gone."""
        self.begin(source)
        hashed = self._hashes
        return hashed[source].result() if isinstance(source, Path | PolygonLabels) else None

    def _hash(self, path: Path | PolygonLabels) -> str | None:
        if isinstance(path, PolygonLabels):
            try:
                return path.sha256()
            except RiverscapeError:
                return None
        sums = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while not self._stopped.is_set() and (piece := file.read(_PIECE_BYTES)):
                    sums.update(piece)
        except OSError:
            return None
        return sums.hexdigest()
