"""Run a command and watch it: how long it takes, how much memory it and its children hold."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Watched", "classify_command", "peak_mb", "run_watched"]

_POLL_S = 0.02


def classify_command(image: Path, out: Path, options: list[str]) -> list[str]:
    """Return the command that maps one image, nothing else made."""
    program = [sys.executable, "-m", "riverscape", "classify"]
    return [*program, str(image), "--out", str(out), "--no-figures", *options]


class Watched:
    """A command that runs; what it prints goes to `log`.

    Attributes
    ----------
    peak_mb
        Peak of the process and all it started, summed while they live together. Pages that they
        share count for each, so that it is never too small.
    status
        Exit status, negative the signal that ended it, None while it runs.
    seconds
        From its start to its end, or to the latest look.
    """

    def __init__(self, command: list[str], log: Path, processors: int = 0) -> None:
        """Start the command, on the first `processors` of those at hand; 0 stands for all."""
        self.peak_mb, self.seconds = 0.0, 0.0
        self.status: int | None = None
        self._started = time.perf_counter()
        every = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        if processors:
            os.sched_setaffinity(0, sorted(every)[:processors])  # children inherit it
        try:
            with log.open("wb") as file:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
                )
        finally:
            if processors:
                os.sched_setaffinity(0, every)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.status is None:
            self.send(signal.SIGKILL)
            self.wait()

    def wait(self, seconds: float = math.inf) -> bool:
        """Wait so long at most; return whether the command has ended."""
        limit = time.perf_counter() + seconds
        while self.status is None:
            self._look()
            left = limit - time.perf_counter()
            if self.status is not None or left <= 0:
                break
            time.sleep(min(_POLL_S, left))
        return self.status is not None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, not to what it started."""
        os.kill(self._process.pid, number)

    def family(self) -> list[int]:
        """Return the process and all that it started, and they, of those that live."""
        found = [self._process.pid]
        for pid in found:  # grows while it is walked
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, _text(children).split())
        return found

    def _look(self) -> None:
        """Take the peak of memory, and the end if it has come."""
        self.peak_mb = max(self.peak_mb, sum(map(peak_mb, self.family())))
        pid, ended, usage = os.wait4(self._process.pid, os.WNOHANG)
        self.seconds = time.perf_counter() - self._started
        if pid:
            self.status = self._process.returncode = os.waitstatus_to_exitcode(ended)
            # Also knows the last moments. Counts the memory of who started it before that: keep
            # the programs that use this small.
            unit = 1 if sys.platform == "darwin" else 1024
            self.peak_mb = max(self.peak_mb, usage.ru_maxrss * unit / 1e6)


def run_watched(command: list[str], log: Path, processors: int = 0) -> Watched:
    """Run a command to its end.

    Raises
    ------
    SystemExit
        If it fails; with the last lines of what it printed.
    """
    with Watched(command, log, processors) as process:
        process.wait()
    if process.status:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        message = "\n".join([f"{' '.join(command)} failed ({process.status}):", *said])
        raise SystemExit(message)
    return process


def peak_mb(pid: int) -> float:
    """Return the peak of a process's own memory in MB; 0 where it is gone or not told."""
    for line in _text(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process has ended
        return ""
