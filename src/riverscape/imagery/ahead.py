"""Work that is done ahead of whoever asks for it."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["ahead"]

Item = TypeVar("Item")

_PATIENCE_S = 0.1


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
    """Makes items and hands them over: an item in a tuple, an error, or None at the end."""

    def __init__(self, items: Iterator[Item], most: int) -> None:
        super().__init__(name="riverscape-ahead", daemon=True)
        self._items = items
        self._made: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(most)
        self._stopped = threading.Event()

    def run(self) -> None:
        try:
            for item in self._items:
                self._hand_over((item,))
                if self._stopped.is_set():
                    return
            self._hand_over(None)
        except BaseException as error:
            self._hand_over(error)

    def take(self) -> tuple[Item] | None:
        made = self._made.get()
        if isinstance(made, BaseException):
            raise made
        return made

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _hand_over(self, made: tuple[Item] | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._made.put(made, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return
