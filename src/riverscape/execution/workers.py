"""Processes of this machine that work side by side: the same results."""

import logging
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from os import _exit as end_this_process
from pathlib import Path
from typing import Any

from riverscape.allocation import settle_memory
from riverscape.errors import OutputError
from riverscape.execution.depot import Depot
from riverscape.execution.faults import Failure
from riverscape.execution.places import ABRUPT, Advance, Job, attempt
from riverscape.execution.threads import settle_threads
from riverscape.tiles import Model
from riverscape.workflow import Resources

__all__ = ["Processes"]

logger = logging.getLogger(__name__)

# After which a process that does not end when told to is ended by force.
_PATIENCE_S = 2.0


class Processes:
    """So many processes of this machine, each doing one job after another.

    They start with the first job and live as long as the place is open, so that each loads its
    libraries and the model once. Whatever ends this early leaves no process behind.

    Parameters
    ----------
    workers
        How many.
    """

    def __init__(self, workers: int) -> None:
        self.workers, self.is_far = workers, False
        self.depot: Depot | None = None
        self._threads = 1
        self._idle: list[Any] = []

    @contextmanager
    def opened(self, model: Model, out: Path) -> Iterator[None]:  # noqa: ARG002
        """Take the model, which each process is sent once; end all processes afterwards."""
        with _team() as recruit:
            self._model, self._recruit = model, recruit
            try:
                yield
            finally:
                self._idle = []

    def share(self, resources: Resources) -> Resources:
        """Return an even share of it."""
        each = resources.shared_by(self.workers)
        self._threads = each.threads
        return each

    def outcomes(
        self, jobs: Iterable[Job], advance: Advance = lambda *_: None
    ) -> Generator[tuple[Any, Any], None, None]:
        """Yield each job and what came of it, or a `Failure`, as they come.

        Raises
        ------
        OutputError
            If outputs cannot be written: that concerns every job.
        """
        waiting = deque(jobs)
        busy: dict[Any, Job] = {}
        while len(self._idle) < min(self.workers, len(waiting)):
            self._idle.append(self._started())  # they load their libraries side by side
        while waiting or busy:
            while waiting and len(busy) < self.workers:
                pipe = self._idle.pop() if self._idle else self._started()
                busy[pipe] = waiting.popleft()
                _send(pipe, busy[pipe])
            ready: list[Any] = connection.wait(list(busy))
            for pipe in ready:
                job = busy[pipe]
                try:
                    is_news, said = pipe.recv()
                except (EOFError, OSError):
                    del busy[pipe]
                    yield job, Failure(ABRUPT)
                    continue
                if is_news:
                    advance(job, *said)
                    continue
                del busy[pipe]
                self._idle.append(pipe)
                if isinstance(said, Failure) and said.is_output:
                    raise OutputError(said.reason)
                yield job, said

    def _started(self) -> Any:  # noqa: ANN401
        pipe = self._recruit()
        _send(pipe, (self._model, self._threads))
        return pipe


def _send(pipe: Any, what: Any) -> None:  # noqa: ANN401
    # A process that has ended is found out when its answer is awaited.
    with suppress(OSError):
        pipe.send(what)


@contextmanager
def _team() -> Iterator[Callable[[], Any]]:
    """Yield what starts a process and returns the pipe to it; end all of them afterwards."""
    # Spawned, not forked: the threads of ONNX Runtime and OpenCV do not survive a fork.
    spawn = get_context("spawn")
    processes: list[Any] = []

    def recruit() -> Any:  # noqa: ANN401
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_work, args=(theirs,), daemon=True)
        processes.append(process)
        with _deaf():
            process.start()
        theirs.close()  # so that its end is the end of the pipe
        return ours

    try:
        yield recruit
    finally:
        for process in processes:
            if process.pid is not None:
                process.terminate()
        for process in processes:
            if process.pid is not None:
                process.join(_PATIENCE_S)
                process.kill()
                process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C, which reaches every process of a terminal.

    Who started them decides what becomes of them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Any) -> None:  # noqa: ANN401
    """Do jobs with the model handed over first: the whole life of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settle_memory()
    # What there is to say of an image's file was said when the run looked at it.
    logging.getLogger("riverscape.imagery").setLevel(logging.ERROR)

    def told(pixels: int, note: str) -> None:
        pipe.send((True, (pixels, note)))

    with suppress(EOFError, OSError):  # there is nobody left to work for
        model, threads = pipe.recv()
        settle_threads(threads)
        while True:
            pipe.send((False, attempt(pipe.recv(), model, told)))


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has, however that ended."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        end_this_process(1)
