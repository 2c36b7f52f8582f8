"""Work that is done ahead of whoever asks for it."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["ahead"]

Item = TypeVar("Item")


def ahead(items: Iterator[Item], most: int = 1) -> Iterator[Item]:
    """Yield items that a thread of its own makes, `most` of them ahead of whoever takes them.

    Errors reach the taker in their place. Who stops taking, stops the thread after the item that
    it is making.

    Examples
    --------
    >>> list(ahead(iter([3, 1, 2])))
    [3, 1, 2]
    """
    maker = _Maker(items, most)
    maker.start()
    try:
        while (item := maker.take()) is not None:
            yield item[0]
    finally:
        maker.stop()


class _Maker(threading.Thread, Generic[Item]):
    """Makes items and hands them over: an item in a tuple, an error, or None at the end.

    An item that is being made counts as one that is ahead: so much is held and no more.
    """

    def __init__(self, items: Iterator[Item], most: int) -> None:
        super().__init__(name="riverscape-ahead", daemon=True)
        self._items = items
        self._made: queue.SimpleQueue[tuple[Item] | BaseException | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(most)
        self._stopped = False

    def run(self) -> None:
        try:
            while self._may_go_on():
                self._made.put((next(self._items),))
        except StopIteration:
            self._made.put(None)
        except BaseException as error:
            self._made.put(error)

    def take(self) -> tuple[Item] | None:
        made = self._made.get()
        self._free.release()
        if isinstance(made, BaseException):
            raise made
        return made

    def stop(self) -> None:
        self._stopped = True
        self._free.release()
        self.join()

    def _may_go_on(self) -> bool:
        self._free.acquire()
        return not self._stopped
