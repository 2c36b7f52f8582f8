"""What runs on the workers of a Dask cluster: a job, with the model of its run.

A task carries its job and where the run's model lies, a few kB. The model is read once by each
worker, from the depot that all of them reach; images and maps never pass through the scheduler.
"""

import faulthandler
import io
import logging
import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riverscape._version import __version__
from riverscape.allocation import settle_memory
from riverscape.errors import InputError, OutputError, RiverscapeError
from riverscape.execution.depot import Depot
from riverscape.execution.faults import Failure
from riverscape.execution.places import Job, attempt
from riverscape.execution.run_depot import MODEL_NAME
from riverscape.execution.threads import settle_threads
from riverscape.tiles import Device, Model

__all__ = ["Answer", "RunOnCluster", "packed", "problem_of_worker", "work"]


@dataclass(frozen=True)
class RunOnCluster:
    """What all tasks of a run have in common.

    Attributes
    ----------
    depot
        Where its model lies, reached by all workers. It is gone when the run has ended: who still
        works for it stops.
    model_sha256
        What tells the model from all others.
    device
        What the network is to compute on, in jobs that run it.
    version
        The version of riverscape that began the run.
    """

    depot: Depot
    model_sha256: str
    device: Device = "cpu"
    version: str = __version__

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended.

        Raises
        ------
        InputError
            If that cannot be told.
        """
        return self.depot.has(MODEL_NAME)


@dataclass(frozen=True)
class Answer:
    """What came of a job on a worker.

    Attributes
    ----------
    outcome
        Its result, or a `Failure`.
    where
        The address of the worker.
    """

    outcome: Any
    where: str


def packed(run: RunOnCluster, job: Job, limit_s: float) -> bytes:
    """Return a task as it is sent: a few kB."""
    return pickle.dumps((run, job, limit_s))


def work(task: bytes) -> Answer:
    """Do a job on a worker of Dask.

    A job that takes longer than its limit ends the whole process: nothing else ends a thread that
    hangs in a library. Dask then starts another one, and the job elsewhere.
    """
    from distributed import get_worker

    where = str(get_worker().address)
    try:
        run, job, limit_s = pickle.loads(task)  # made by the run it works for
        if run.version != __version__:
            return Answer(Failure(_other_version(run)), where)
        _settle_once()
        device = run.device if job.runs_network else "cpu"
        model = _model(run.depot, run.model_sha256, device)
    except Exception as error:
        text = " ".join(str(error).split())
        return Answer(Failure(f"the worker could not begin: {text or type(error).__name__}"), where)
    with _limits.kept(limit_s):
        return Answer(attempt(job, model, _Watch(run)), where)


def problem_of_worker(run: RunOnCluster) -> str:
    """Return why this worker cannot work for a run, empty if it can.

    Examples
    --------
    >>> from riverscape.execution.folder_depot import FolderDepot
    >>> problem_of_worker(RunOnCluster(FolderDepot(Path("not/shared")), ""))
    'it does not see not/shared, which all workers must share'
    """
    if run.version != __version__:
        return _other_version(run)
    try:
        unseen = not run.goes_on
    except RiverscapeError as error:
        return str(error)
    return f"it does not see {run.depot.url}, which all workers must share" if unseen else ""


@contextmanager
def local_folder() -> Iterator[Path]:
    """Yield an empty folder of a worker of Dask, removed afterwards, also with a killed worker."""
    from distributed import get_worker

    folder = get_worker().local_directory  # which Dask removes with it
    with TemporaryDirectory(prefix="riverscape-", dir=folder) as made:
        yield Path(made)


def _other_version(run: RunOnCluster) -> str:
    return f"it has riverscape {__version__}, the run {run.version}"


class _Watch:
    """Takes what a job tells of its progress, and ends a job whose run has ended."""

    def __init__(self, run: RunOnCluster) -> None:
        self._run, self._looked = run, time.monotonic()

    def __call__(self, pixels: int, note: str) -> None:  # noqa: ARG002
        now = time.monotonic()
        if now - self._looked > self._run.depot.look_s:
            self._looked = now
            with suppress(InputError):  # who cannot look, works on
                if not self._run.goes_on:
                    message = f"the run that kept {self._run.depot.url} has ended"
                    raise OutputError(message)


class _Limits:
    """Ends the process when one of the jobs in it takes longer than it may.

    By a timer of faulthandler, which needs nothing of Python: it ends also what hangs in a library
    with Python's lock held, and prints where it hung.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[object, float] = {}

    @contextmanager
    def kept(self, limit_s: float) -> Iterator[None]:
        """Give what is done inside so many seconds."""
        job = object()
        with self._lock:
            self._ends[job] = time.monotonic() + limit_s
            self._set()
        try:
            yield
        finally:
            with self._lock:
                del self._ends[job]
                self._set()

    def _set(self) -> None:
        if self._ends:
            left = max(min(self._ends.values()) - time.monotonic(), 0.01)
            # Where standard error is no file, nothing is printed and nothing watched.
            with suppress(io.UnsupportedOperation, OSError, RuntimeError, AttributeError):
                faulthandler.dump_traceback_later(left, exit=True)
        else:
            faulthandler.cancel_dump_traceback_later()


_limits = _Limits()


@lru_cache(maxsize=2)
def _model(depot: Depot, sha256: str, device: Device) -> Model:
    """Return the model of a run, read when the first job of it comes that wants it on a device."""
    with depot.opened(MODEL_NAME) as path:
        model = Model.load(path)
    if model.sha256 != sha256:
        message = f"{depot.url} holds another model than that of the run"
        raise OutputError(message)
    return model.on(device)


@lru_cache(maxsize=1)
def _settle_once() -> None:
    """Let each job take one core: Dask gives a worker as many jobs at a time as it has threads."""
    settle_memory()
    settle_threads(1)
    # What there is to say of an image's file was said when the run looked at it.
    logging.getLogger("riverscape.imagery").setLevel(logging.ERROR)
