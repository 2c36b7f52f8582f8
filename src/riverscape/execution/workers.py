"""Images one after another, or several at once in processes: the same results."""

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from multiprocessing import connection, get_context, parent_process
from typing import Any

from riverscape.allocation import settle_memory
from riverscape.errors import OutputError, RiverscapeError
from riverscape.execution.image import ImageResult, Task, classify_image
from riverscape.tiles import Model

__all__ = ["Advance", "Outcome", "outcomes"]

logger = logging.getLogger(__name__)

Outcome = ImageResult | str | OutputError
Advance = Callable[[Task, int, str], None]

_ABRUPT = "a worker process ended abruptly, perhaps for lack of memory; try fewer --workers"
# After which a process that does not end when told to is ended by force.
_PATIENCE_S = 2.0


def outcomes(
    tasks: list[Task], model: Model, workers: int, advance: Advance = lambda *_: None
) -> Generator[tuple[Task, ImageResult | str], None, None]:
    """Yield each image's result, or the reason why there is none, as they come.

    Whatever ends this early, a full disk or Ctrl-C, leaves no process behind.

    Parameters
    ----------
    advance
        Told of which image how much more is done, and what is being done.

    Raises
    ------
    OutputError
        If outputs cannot be written: that concerns every image.
    """
    how = _one_by_one if workers == 1 else partial(_at_once, workers=workers)
    with closing(how(tasks, model, advance)) as come:
        for task, outcome in come:
            if isinstance(outcome, OutputError):
                raise outcome
            yield task, outcome


def _one_by_one(
    tasks: list[Task], model: Model, advance: Advance
) -> Generator[tuple[Task, Outcome], None, None]:
    for task in tasks:
        yield task, _attempt(partial(classify_image, task, model, partial(advance, task)))


def _at_once(
    tasks: list[Task], model: Model, advance: Advance, workers: int
) -> Generator[tuple[Task, Outcome], None, None]:
    waiting = deque(tasks)
    busy: dict[Any, Task] = {}
    with _team() as recruit:
        fresh = [recruit() for _ in range(workers)]  # they load their libraries side by side
        while waiting or busy:
            while waiting and len(busy) < workers:
                pipe = fresh.pop() if fresh else recruit()
                _send(pipe, model)
                busy[pipe] = _handed_over(pipe, waiting.popleft())
            ready: list[Any] = connection.wait(list(busy))
            for pipe in ready:
                task = busy[pipe]
                try:
                    said = pipe.recv()
                except (EOFError, OSError):
                    del busy[pipe]
                    yield task, _ABRUPT
                    continue
                if isinstance(said, tuple):
                    advance(task, *said)
                    continue
                del busy[pipe]
                if waiting:
                    busy[pipe] = _handed_over(pipe, waiting.popleft())
                yield task, said


def _handed_over(pipe: Any, task: Task) -> Task:  # noqa: ANN401
    _send(pipe, task)
    return task


def _send(pipe: Any, what: Model | Task) -> None:  # noqa: ANN401
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
    """Classify images with the model handed over first: the whole life of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settle_memory()
    # What there is to say of an image's file was said when the run looked at it.
    logging.getLogger("riverscape.imagery").setLevel(logging.ERROR)

    def advance(pixels: int, note: str) -> None:
        pipe.send((pixels, note))

    with suppress(EOFError, OSError):  # there is nobody left to work for
        model = pipe.recv()
        while True:
            pipe.send(_attempt(partial(classify_image, pipe.recv(), model, advance)))


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has, however that ended."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _attempt(work: Callable[[], ImageResult]) -> Outcome:
    try:
        return work()
    except OutputError as error:
        return error  # a full disk or a folder that is gone concerns every image
    except RiverscapeError as error:
        return str(error)
    except Exception as error:  # one odd image must not cost all the others
        logger.debug("unforeseen", exc_info=True)
        return f"unforeseen {type(error).__name__}: {' '.join(str(error).split())}"
