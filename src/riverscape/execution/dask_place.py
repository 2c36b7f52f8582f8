"""A Dask cluster as the place where a survey is worked on."""

import asyncio
import logging
import queue
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from riverscape.errors import ClusterError
from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.execution.dask_worker import Answer, RunOnCluster, packed, problem_of_worker, work
from riverscape.execution.depot import Depot
from riverscape.execution.faults import Failure
from riverscape.execution.places import Advance, Job
from riverscape.execution.run_depot import run_depot
from riverscape.tiles import Model
from riverscape.workflow import Resources

__all__ = ["DaskPlace", "limit_s"]

logger = logging.getLogger(__name__)

# How often a job is tried that says why it failed, and one that ends its worker each time: Dask
# has then tried the latter four times already.
_TRIES, _ABRUPT_TRIES = 3, 2
# Jobs that the scheduler knows of at a time, and that it is told of together: so it never holds a
# whole survey, and always has work for a thousand workers.
_WINDOW, _BATCH = 4000, 500
# After which a run gives up: without its scheduler, and with no worker left.
_LOST_S, _ALONE_S, _LOOK_S = 60.0, 300.0, 1.0
_GONE = "the Dask scheduler is gone"
# A cluster counts as so many workers at least: a large image is shared out even so.
_LEAST_WORKERS = 2
# Of a worker's memory, the part that a job may plan with; what one may take that has no limit.
_PLANNED, _USUAL_MB = 0.7, 2000.0


def limit_s(size_px: int) -> float:
    """Return the seconds after which a job of so many pixels counts as hanging.

    Ten minutes, and a minute for each million pixels: by default it takes less than a second for
    as many. Chosen to be generous, not measured for every classifier and feature.

    Examples
    --------
    >>> limit_s(24_000_000)
    2040.0
    """
    return 600.0 + 60.0 * size_px / 1e6


@dataclass
class _Try:
    """A job on the cluster, and how it went so far: what we tried, and Dask for us."""

    job: Job
    tries: int = 0
    attempts: int = 0
    where: tuple[str, ...] = ()
    among: tuple[str, ...] = ()  # the workers that it is left to, if any


class DaskPlace:
    """Works on a Dask cluster: each thread of its workers does one job at a time.

    Parameters
    ----------
    choice
        Which cluster.
    max_ram_mb
        Memory for each job, in 10^6 bytes; without it what the workers have.
    announce
        Told the address of the dashboard.
    limit
        Seconds that a job of so many pixels may take.
    scratch
        Storage that all machines reach, by which jobs hand back what they make; without it all
        must see the folder of the maps.
    """

    def __init__(
        self,
        choice: ClusterChoice,
        max_ram_mb: float | None = None,
        announce: Callable[[str], None] = lambda _: None,
        limit: Callable[[int], float] = limit_s,
        scratch: Depot | None = None,
    ) -> None:
        self._choice, self._max_ram_mb = choice, max_ram_mb
        self._announce, self._limit, self.is_far = announce, limit, True
        self._scratch, self.depot = scratch, scratch
        # Of the tasks sent: how many, their bytes, and seconds to tell the scheduler of them.
        self.sent = {"tasks": 0.0, "bytes": 0.0, "seconds": 0.0}

    @property
    def workers(self) -> int:
        """How many jobs are done at a time, at the moment or soon."""
        there: int = sum(self._client.nthreads().values())
        return max(_LEAST_WORKERS, there, self._choice.workers or 0)

    @contextmanager
    def opened(self, model: Model, out: Path) -> Iterator[None]:
        """Connect to the cluster, and lay the model where its workers find it.

        Raises
        ------
        ClusterError
            If there is no such cluster, or none of its workers can be used.
        MissingExtraError
            If Dask is not installed.
        OutputError
            If the model cannot be written.
        """
        with (
            self._choice.connected() as self._client,
            run_depot(out, self._scratch, model) as depot,
        ):
            self._run = RunOnCluster(depot, model.sha256)
            self.depot = depot if self._scratch else None
            self._check_workers()
            if link := _dashboard(self._client):
                self._announce(link)
            yield

    def share(self, resources: Resources) -> Resources:
        """Return one thread, and the memory that the smallest worker has for each of its own."""
        mb = self._max_ram_mb
        if mb is None:
            each = [
                worker["memory_limit"] / worker["nthreads"] / 1e6 * _PLANNED
                for worker in self._workers().values()
                if worker["memory_limit"]
            ]
            mb = min(each, default=_USUAL_MB)
        return Resources(1, mb, resources.window_px)

    def outcomes(
        self,
        jobs: Iterable[Job],
        advance: Advance = lambda *_: None,  # noqa: ARG002
    ) -> Generator[tuple[Any, Any], None, None]:
        """Yield each job and what came of it, or a `Failure`, as they come.

        A job that fails is tried again elsewhere, three times in all. The scheduler is told of a
        few thousand at a time.

        Raises
        ------
        ClusterError
            If the scheduler is gone, or all workers are.
        """
        crowd = _Crowd(self._client, self._run, self._limit, self.sent)
        waiting = iter(jobs)
        try:
            while True:
                while len(crowd) <= _WINDOW - _BATCH:
                    if not (batch := list(islice(waiting, _BATCH))):
                        break
                    crowd.submit([_Try(job) for job in batch])
                if not len(crowd):
                    return
                yield from crowd.ended()
        except (OSError, asyncio.CancelledError, futures.CancelledError) as error:
            raise ClusterError(_GONE) from error
        finally:
            crowd.cancel()

    def _workers(self) -> dict[str, Any]:
        workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _check_workers(self) -> None:
        said = self._client.run(problem_of_worker, self._run, on_error="return")
        problems = {
            where: f"riverscape cannot be used there ({answer})"
            if isinstance(answer, BaseException)
            else answer
            for where, answer in said.items()
            if answer
        }
        for where, problem in problems.items():
            message = f"the worker {where} cannot be used: {problem}"
            if len(problems) == len(said):
                raise ClusterError(message)
            logger.warning("%s", message)


class _Crowd:
    """The jobs that the scheduler knows of."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        run: RunOnCluster,
        limit: Callable[[int], float],
        sent: dict[str, float],
    ) -> None:
        self._client, self._run, self._limit, self._sent = client, run, limit, sent
        self._tries: dict[str, tuple[_Try, Any]] = {}
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._seen = time.monotonic()

    def __len__(self) -> int:
        return len(self._tries)

    def submit(self, tries: Sequence[_Try], workers: list[str] | None = None) -> None:
        """Tell the scheduler of jobs, which are to be done by some workers if these are there."""
        began = time.perf_counter()
        tasks = [packed(self._run, one.job, self._limit(one.job.size_px)) for one in tries]
        self._sent["tasks"] += len(tasks)
        self._sent["bytes"] += sum(map(len, tasks))
        keys = [f"riverscape-{uuid4().hex}" for _ in tries]
        told = self._client.map(
            work, tasks, key=keys, pure=False, workers=workers,
            allow_other_workers=workers is not None,
        )  # fmt: skip
        for one, future in zip(tries, told, strict=True):
            one.among = tuple(workers or ())
            self._tries[future.key] = one, future
            future.add_done_callback(self._done.put)
        self._sent["seconds"] += time.perf_counter() - began

    def ended(self) -> Iterator[tuple[Job, Any]]:
        """Wait until some have ended; yield those that are over, and try the others again."""
        ended = [future for future in self._next() if future.key in self._tries]
        finished = [future for future in ended if future.status == "finished"]
        answers = dict(
            zip([f.key for f in finished], self._client.gather(finished), strict=True)
        )  # fmt: skip
        for future in ended:
            one, _ = self._tries.pop(future.key)
            if future.status == "cancelled" or future.status == "lost":
                self._await_scheduler()
                self.submit([replace(one, job=one.job.again())])
                continue
            answer = answers.get(future.key) or _killed(future)
            one.where += (answer.where,) if answer.where else ()
            if not isinstance(answer.outcome, Failure):
                yield one.job, answer.outcome
                continue
            one.tries += 1
            one.attempts += answer.outcome.attempts
            if one.tries >= (_ABRUPT_TRIES if answer.outcome.attempts > 1 else _TRIES):
                yield one.job, replace(answer.outcome, attempts=one.attempts, where=one.where)
            else:
                self.submit([replace(one, job=one.job.again())], self._elsewhere(one.where))

    def cancel(self) -> None:
        """Let the scheduler forget all that has not ended."""
        left = [future for _, future in self._tries.values()]
        self._tries.clear()
        if left and self._client.status == "running":
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel(left, force=True)

    def _next(self) -> list[Any]:
        """Return futures that have ended, one at least."""
        while True:
            try:
                ended = [self._done.get(timeout=_LOOK_S)]
            except queue.Empty:
                self._look()
                continue
            self._seen = time.monotonic()
            while len(ended) < _BATCH and not self._done.empty():
                ended.append(self._done.get())
            return ended

    def _look(self) -> None:
        """Look whether there is still somebody to do the jobs."""
        self._await_scheduler()
        if alive := set(self._client.nthreads()):
            self._seen = time.monotonic()
            self._free_stranded(alive)
        elif time.monotonic() - self._seen > _ALONE_S:
            message = f"the Dask cluster has had no worker for {_ALONE_S:.0f} s"
            raise ClusterError(message)

    def _free_stranded(self, alive: set[str]) -> None:
        """Leave to any worker what was left to some that are all gone.

        Dask would wait for one of them, though it may take others, where they ended while they
        had it.
        """
        stranded = [
            (key, one)
            for key, (one, future) in self._tries.items()
            if one.among and not alive & set(one.among) and future.status == "pending"
        ]
        for key, one in stranded:
            _, future = self._tries.pop(key)
            self._client.cancel([future], force=True)
            self.submit([replace(one, job=one.job.again())])

    def _await_scheduler(self) -> None:
        limit = time.monotonic() + _LOST_S
        while self._client.status != "running":
            if time.monotonic() > limit or self._client.status == "closed":
                raise ClusterError(_GONE)
            time.sleep(_LOOK_S)

    def _elsewhere(self, tried: tuple[str, ...]) -> list[str] | None:
        """Return the workers of other machines than those that tried, else other workers."""
        every = list(self._client.nthreads())
        hosts = {urlsplit(where).hostname for where in tried}
        others = [where for where in every if urlsplit(where).hostname not in hosts]
        return others or [where for where in every if where not in tried] or None


def _killed(future: Any) -> Answer:  # noqa: ANN401
    """Return what is known of a job that ended without an answer."""
    from distributed.scheduler import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        reason = (
            f"{times} workers ended while they had it, for lack of memory or because it took "
            "longer than it may; give workers more memory, or leave it out"
        )
        return Answer(Failure(reason, attempts=times), str(error.last_worker.address))
    text = " ".join(str(error).split())
    return Answer(Failure(f"unforeseen {type(error).__name__}: {text}"), "")


def _dashboard(client: Any) -> str:  # noqa: ANN401
    """Return the address of the cluster's dashboard, empty where it has none."""
    services = client.scheduler_info(n_workers=0).get("services", {})
    return str(client.dashboard_link) if "dashboard" in services else ""
