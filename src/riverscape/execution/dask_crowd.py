"""The jobs of a run that a Dask scheduler knows of: sent, awaited, tried again elsewhere."""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from riverscape.errors import ClusterError
from riverscape.execution.dask_gpu import GPU_JOB, gpu_workers
from riverscape.execution.dask_worker import Answer, RunOnCluster, packed, work
from riverscape.execution.faults import Failure
from riverscape.execution.places import Job

__all__ = ["BATCH", "GONE", "Crowd", "Try"]


BATCH = 500
"""Jobs that the scheduler is told of together."""

GONE = "the Dask scheduler is gone"

# How often a job is tried that says why it failed, and one that ends its worker each time: Dask
# has then tried the latter four times already.
_TRIES, _ABRUPT_TRIES = 3, 2
# After which a run gives up: without its scheduler, and with no worker left.
_LOST_S, _ALONE_S, _LOOK_S = 60.0, 300.0, 1.0
# So long a small answer is awaited of a worker that may be gone.
_ANSWER_S = 10.0


@dataclass
class Try:
    """A job on the cluster, and how it went so far: what we tried, and Dask for us."""

    job: Job
    tries: int = 0
    attempts: int = 0
    where: tuple[str, ...] = ()
    among: tuple[str, ...] = ()  # the workers that it is left to, if any


class Crowd:
    """The jobs that the scheduler knows of, and those suspected of ending their workers.

    Dask blames all jobs that a worker had been given for the worker's end. So who has been blamed
    too often is tried again when all others are over, and by itself: then it is to blame or not.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        run: RunOnCluster,
        limit: Callable[[int], float],
        sent: dict[str, float],
        may_grow: bool,
    ) -> None:
        self._client, self._run, self._limit, self._sent = client, run, limit, sent
        self._may_grow = may_grow
        self._tries: dict[str, tuple[Try, Any]] = {}
        self._suspects: deque[Try] = deque()
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._seen = time.monotonic()

    def __len__(self) -> int:
        """Return how many jobs the scheduler knows of."""
        return len(self._tries)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to await."""
        return not self._tries and not self._suspects

    def submit(self, tries: Sequence[Try], workers: list[str] | None = None) -> None:
        """Tell the scheduler of jobs, which are to be done by some workers if these are there."""
        for on_gpu in (False, True):
            if some := [one for one in tries if self._is_for_gpu(one.job) == on_gpu]:
                self._send(some, workers, GPU_JOB if on_gpu else None)

    def _send(
        self, tries: Sequence[Try], workers: list[str] | None, resources: dict[str, float] | None
    ) -> None:
        began = time.perf_counter()
        tasks = [packed(self._run, one.job, self._limit(one.job.size_px)) for one in tries]
        self._sent["tasks"] += len(tasks)
        self._sent["bytes"] += sum(map(len, tasks))
        keys = [f"riverscape-{uuid4().hex}" for _ in tries]
        # Where other workers are allowed and none of these is left, Dask takes any: also those
        # without what a job needs. Such jobs wait, and are freed when these are seen to be gone.
        told = self._client.map(
            work, tasks, key=keys, pure=False, workers=workers, resources=resources,
            allow_other_workers=workers is not None and resources is None,  # see `_is_bound`
        )  # fmt: skip
        for one, future in zip(tries, told, strict=True):
            one.among = tuple(workers or ())
            self._tries[future.key] = one, future
            future.add_done_callback(self._done.put)
        self._sent["seconds"] += time.perf_counter() - began

    def ended(self) -> Iterator[tuple[Job, Any]]:
        """Wait until some have ended; yield those that are over, and try the others again."""
        if not self._tries:
            suspect = self._suspects.popleft()
            self.submit([suspect], self._elsewhere(suspect))
        ended = [future for future in self._next() if future.key in self._tries]
        finished = [future for future in ended if future.status == "finished"]
        answers = self._answers(finished)
        for future in ended:
            one, _ = self._tries.pop(future.key)
            # Also one that had ended, and whose answer was lost with its worker since.
            if future.key not in answers and future.status != "error":
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
            was_abrupt = answer.outcome.attempts > 1
            if one.tries >= (_ABRUPT_TRIES if was_abrupt else _TRIES):
                yield one.job, replace(answer.outcome, attempts=one.attempts, where=one.where)
            elif was_abrupt:
                self._suspects.append(replace(one, job=one.job.again()))
            else:
                self.submit([replace(one, job=one.job.again())], self._elsewhere(one))

    def _answers(self, finished: list[Any]) -> dict[str, Answer]:
        """Return what has come of jobs, by their keys."""
        bound = [f for f in finished if self._is_bound(self._tries[f.key][0])]
        free = [f for f in finished if f not in bound]
        answers = dict(zip([f.key for f in free], self._client.gather(free), strict=True))
        for future in bound:
            # An answer that was lost with its worker can be made again by no other: not awaited.
            with suppress(Exception):
                answers[future.key] = future.result(_ANSWER_S)
        return answers

    def cancel(self) -> None:
        """Let the scheduler forget all that has not ended."""
        left = [future for _, future in self._tries.values()]
        self._tries.clear()
        self._suspects.clear()
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
            while len(ended) < BATCH and not self._done.empty():
                ended.append(self._done.get())
            return ended

    def _look(self) -> None:
        """Look whether there is still somebody to do the jobs."""
        self._await_scheduler()
        if alive := set(self._client.nthreads()):
            self._free_stranded(alive)
        all_for_gpu = all(self._is_for_gpu(one.job) for one, _ in self._tries.values())
        lacks_gpu = all_for_gpu and not self._may_grow and not gpu_workers(self._client)
        if alive and not lacks_gpu:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > _ALONE_S:
            what = "worker with a GPU" if alive else "worker"
            message = f"the Dask cluster has had no {what} for {_ALONE_S:.0f} s"
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
                raise ClusterError(GONE)
            time.sleep(_LOOK_S)

    def _elsewhere(self, one: Try) -> list[str] | None:
        """Return the workers of other machines than those that tried, else other workers."""
        on_gpu, tried = self._is_for_gpu(one.job), one.where
        every = sorted(gpu_workers(self._client)) if on_gpu else list(self._client.nthreads())
        hosts = {urlsplit(where).hostname for where in tried}
        others = [where for where in every if urlsplit(where).hostname not in hosts]
        return others or [where for where in every if where not in tried] or None

    def _is_for_gpu(self, job: Job) -> bool:
        return self._run.device == "gpu" and job.runs_network

    def _is_bound(self, one: Try) -> bool:
        """Return whether Dask may leave a job to no other workers than those it was left to."""
        return bool(one.among) and self._is_for_gpu(one.job)


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
