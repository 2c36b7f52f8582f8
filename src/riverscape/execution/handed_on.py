"""What who began an image lets those know who do its windows: laid down once, as a file.

Of a large image that is much, as what phase 1 says of every block, and a window needs little of it.
So arrays are mapped into memory, not read: of each only the pages that a job looks at.
"""

import hashlib
import mmap
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

from riverscape.errors import InputError, OutputError
from riverscape.execution.exchange import Exchange
from riverscape.journal import FolderJournal
from riverscape.outputs import whole_file

__all__ = ["HandedOn"]

# The file: the length of the head, the head, and arrays, each of which begins at such a multiple.
_LENGTH_BYTES, _ALIGNED = 8, 64
_CAN_LET_GO = hasattr(mmap, "MADV_DONTNEED")


@dataclass(frozen=True)
class HandedOn:
    """Something laid down for those who do windows.

    Attributes
    ----------
    name
        What it is kept by.
    sha256
        The hash of its head, all of it but plain arrays: nothing else is unpickled.
    """

    name: str
    sha256: str

    @classmethod
    def of(cls, what: Any, name: str, exchange: Exchange, journal: FolderJournal) -> Self:  # noqa: ANN401
        """Lay something where all find it.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        buffers: list[pickle.PickleBuffer] = []
        content = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
        arrays = [buffer.raw() for buffer in buffers]
        head = pickle.dumps((content, [len(array) for array in arrays]))
        path = journal.folder / _file(name)
        with whole_file(path) as aside, aside.open("wb") as file:
            file.write(len(head).to_bytes(_LENGTH_BYTES, "little"))
            file.write(head)
            for array in arrays:
                file.seek(_aligned(file.tell()))
                file.write(array)
        exchange.hand_on(path)
        return cls(name, hashlib.sha256(head).hexdigest())

    @contextmanager
    def opened(self, exchange: Exchange) -> Iterator[Any]:
        """Yield it; its arrays cannot be written to.

        Raises
        ------
        InputError
            If it cannot be read.
        OutputError
            If it is not what was laid down.
        """
        what, file = _mapped(self, exchange)
        try:
            yield what
        finally:
            # Pages that were looked at do not add up to the whole: they can be mapped again.
            if isinstance(file, mmap.mmap):
                file.madvise(mmap.MADV_DONTNEED)


def _file(name: str) -> Path:
    return Path(f"{name}.pickle")


def _aligned(place: int) -> int:
    return -(-place // _ALIGNED) * _ALIGNED


@lru_cache(maxsize=1)
def _mapped(handed_on: HandedOn, exchange: Exchange) -> tuple[Any, mmap.mmap | bytes]:
    """Return what was laid down, and the map of its file, which each process keeps.

    Windows cannot remove a file that is mapped: there it is read.
    """
    with exchange.opened(str(_file(handed_on.name))) as path:
        try:
            with path.open("rb") as opened:
                file = (
                    mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
                    if _CAN_LET_GO
                    else opened.read()
                )
        except (OSError, ValueError) as error:
            message = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
            raise InputError(message) from error
    begin = _LENGTH_BYTES + int.from_bytes(file[:_LENGTH_BYTES], "little")
    head = file[_LENGTH_BYTES:begin]
    if hashlib.sha256(head).hexdigest() != handed_on.sha256:
        message = f"{path} is not what the run has written"
        raise OutputError(message)
    content, lengths = pickle.loads(head)
    starts = accumulate(
        lengths, lambda start, length: _aligned(start + length), initial=_aligned(begin)
    )
    whole = memoryview(file)
    arrays = [whole[start : start + length] for start, length in zip(starts, lengths, strict=False)]
    return pickle.loads(content, buffers=arrays), file
