"""Work that is done ahead of whoever asks for it."""

import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.imagery import ahead

_PATIENCE_S = 10


class _Source:
    """Counts, and knows how far it has come."""

    def __init__(self, stop: int = 1_000_000, breaks_at: int | None = None) -> None:
        self.made = 0
        self.stop = stop
        self.breaks_at = breaks_at

    def __iter__(self) -> Iterator[int]:
        for number in range(self.stop):
            if number == self.breaks_at:
                message = f"no {number}"
                raise OSError(message)
            self.made += 1
            yield number


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "riverscape-ahead"]


def _soon(done: threading.Event) -> None:
    assert done.wait(_PATIENCE_S)


@given(st.lists(st.none() | st.integers(), max_size=20), st.integers(1, 4))
def test_items_come_as_they_are_made(items: list[int | None], most: int) -> None:
    assert list(ahead(iter(items), most)) == items


@pytest.mark.parametrize("most", [1, 2, 5])
def test_never_more_than_that_many_wait(most: int) -> None:
    source = _Source(40)
    for taken, _ in enumerate(ahead(iter(source), most), start=1):
        time.sleep(0.002)
        assert source.made <= taken + most
    assert source.made == 40


def test_it_is_made_while_the_one_before_is_worked_on() -> None:
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    for number in ahead(items()):
        if number == 1:
            _soon(second)  # the second is made although nobody has asked for it


@pytest.mark.parametrize("place", [0, 1, 7])
def test_an_error_reaches_the_taker_in_its_place(place: int) -> None:
    made = ahead(iter(_Source(breaks_at=place)), 3)
    assert list(islice(made, place)) == list(range(place))
    with pytest.raises(OSError, match=f"no {place}"):
        next(made)
    assert not _threads()


def test_an_interruption_reaches_the_taker_too() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(KeyboardInterrupt):
        next(made)


@pytest.mark.parametrize("most", [1, 3])
def test_who_stops_taking_stops_the_thread(most: int) -> None:
    source = _Source()
    made = ahead(iter(source), most)
    assert [next(made), next(made)] == [0, 1]
    assert len(_threads()) == 1
    made.close()  # type: ignore[attr-defined]
    assert not _threads()
    before = source.made
    assert before <= 2 + most + 1
    time.sleep(0.05)
    assert source.made == before


def test_an_error_of_the_taker_stops_the_thread() -> None:
    def work() -> None:
        for number in ahead(iter(_Source())):
            if number == 3:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert not _threads()


def test_nothing_is_made_before_it_is_asked_for() -> None:
    source = _Source()
    _ = ahead(iter(source))
    time.sleep(0.02)
    assert (source.made, _threads()) == (0, [])
