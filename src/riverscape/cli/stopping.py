"""Ctrl-C and SIGTERM: a program that is stopped ends in order, and says how to go on."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from riverscape.errors import RiverscapeError

__all__ = ["Stopped", "end_at_once", "stoppable"]


class Stopped(RiverscapeError):
    """The user stopped the program, which says what of the work is kept."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM, by which systems and schedulers stop a program, do as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # part of another program, which decides
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_at_once(status: int) -> NoReturn:
    """End the program with this status, whatever Python would make of it.

    Where Ctrl-C struck while a module was imported, Python may remember it and end by the signal
    instead, though it was dealt with.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
