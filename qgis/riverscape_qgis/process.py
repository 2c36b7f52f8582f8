# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that runs outside QGIS: its lines as they come, and its end whenever it is asked for.

Nothing in here knows QGIS or riverscape.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

__all__ = ["NO_WINDOW", "Canceled", "Ended", "follow"]

NO_WINDOW = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
"""Keeps Windows from opening a black window for a program."""
POLL_S = 0.1
"""So often it is looked whether the user cancelled."""
GRACE_S = 1.3
"""So long a program that is stopped has to leave things in order; then it is killed."""
_KILL_S = 0.5
_DRAIN_S = 2.0
# A program that talks without end can be cancelled all the same.
_MOST_AT_ONCE = 500


class Canceled(Exception):
    """The program was stopped because the user asked for it."""


class Ended:
    """How a program ended.

    Attributes
    ----------
    status
        Its exit status; negative is the signal that ended it.
    out
        What it wrote on stdout.
    """

    def __init__(self, status: int, out: str) -> None:
        self.status, self.out = status, out


def follow(
    program: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    hear: Callable[[str], None],
    is_canceled: Callable[[], bool],
    hear_out: bool = False,
) -> Ended:
    """Run a program to its end, or until it is cancelled.

    Parameters
    ----------
    program
        The program and its words.
    folder
        Where it works.
    environ
        All of its variables.
    hear
        Takes each line of its stderr, in this thread, as soon as it is there.
    is_canceled
        Asked ten times a second.
    hear_out
        Lines of stdout are heard too, and not kept.

    Raises
    ------
    Canceled
        If it was cancelled; the program and all that it started are gone then.
    OSError
        If it cannot be started.
    """
    process = subprocess.Popen(
        list(program), cwd=str(folder), env=dict(environ), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        start_new_session=True, creationflags=NO_WINDOW,
    )  # fmt: skip
    told: list[str] = []
    lines: queue.Queue[str] = queue.Queue()
    readers = [
        _reader(process.stdout, lines.put if hear_out else told.append),
        _reader(process.stderr, lines.put),
    ]
    try:
        while process.poll() is None:
            if is_canceled():
                raise Canceled
            _hear_waiting(lines, hear, POLL_S)
    finally:
        # Also where hearing went wrong, and where the program left others behind.
        _stop(process)
        for reader in readers:
            reader.join(_DRAIN_S)
    while not lines.empty():
        _hear_waiting(lines, hear, 0)
    return Ended(process.returncode, "".join(told))


def _reader(stream: IO[str] | None, take: Callable[[str], None]) -> threading.Thread:
    """Read a stream to its end aside, so that a program never waits for us."""

    def read() -> None:
        if stream is not None:
            with stream:
                for line in stream:
                    take(line)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _hear_waiting(lines: queue.Queue[str], hear: Callable[[str], None], wait_s: float) -> None:
    """Hand over the lines there are, having waited a moment for the first."""
    try:
        hear(_without_end(lines.get(timeout=wait_s) if wait_s else lines.get_nowait()))
        for _ in range(_MOST_AT_ONCE):
            hear(_without_end(lines.get_nowait()))
    except queue.Empty:
        return


def _without_end(line: str) -> str:
    return line.rstrip("\r\n")


def _stop(process: subprocess.Popen[str]) -> None:
    """End a program and all that it started: asked first, then made to."""
    if os.name == "nt":
        if process.poll() is None:
            # Windows has no way to ask a program without a window.
            subprocess.run(
                ["taskkill", "/PID", str(process.pid), "/T", "/F"],
                check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                creationflags=NO_WINDOW,
            )  # fmt: skip
            process.wait()
        return
    if process.poll() is None:
        # It tells those that it started itself, in its own order.
        process.send_signal(signal.SIGTERM)
    _wait_for_group(process, GRACE_S if process.poll() is None else 0.0)
    if _group_is_there(process):
        _signal_group(process, signal.SIGKILL)
        _wait_for_group(process, _KILL_S)
    with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk cannot be ended
        process.wait(_KILL_S)


def _wait_for_group(process: subprocess.Popen[str], seconds: float) -> None:
    until = time.monotonic() + seconds
    while _group_is_there(process) and time.monotonic() < until:
        time.sleep(0.02)


def _group_is_there(process: subprocess.Popen[str]) -> bool:
    process.poll()  # one that has ended and was not asked counts as there
    return _signal_group(process, 0)


def _signal_group(process: subprocess.Popen[str], number: int) -> bool:
    # It began a session of its own, so its number is that of all that it started.
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
