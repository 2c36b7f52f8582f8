"""A Dask cluster as the place where a survey is worked on."""

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from riverscape.errors import ClusterError
from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.execution.dask_crowd import BATCH, GONE, Crowd, Try
from riverscape.execution.dask_gpu import check_gpus
from riverscape.execution.dask_worker import RunOnCluster, problem_of_worker
from riverscape.execution.depot import Depot
from riverscape.execution.places import Advance, Job
from riverscape.execution.run_depot import run_depot
from riverscape.tiles import Model
from riverscape.workflow import Resources

__all__ = ["DaskPlace", "limit_s"]

logger = logging.getLogger(__name__)

# Jobs that the scheduler knows of at a time: so it never holds a whole survey, and always has work
# for a thousand workers.
_WINDOW = 4000
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
            self._run = RunOnCluster(depot, model.sha256, model.device)
            self.depot = depot if self._scratch else None
            self._check_workers()
            if model.device == "gpu":
                check_gpus(self._client, self._choice)
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

        A job that fails is tried again elsewhere, three times in all; one that may have ended its
        workers once more, by itself and after all others. The scheduler is told of a few thousand
        at a time.

        Raises
        ------
        ClusterError
            If the scheduler is gone, or all workers are.
        """
        crowd = Crowd(self._client, self._run, self._limit, self.sent, self._choice.may_grow)
        waiting = iter(jobs)
        try:
            while True:
                while len(crowd) <= _WINDOW - BATCH:
                    if not (batch := list(islice(waiting, BATCH))):
                        break
                    crowd.submit([Try(job) for job in batch])
                if crowd.is_over:
                    return
                yield from crowd.ended()
        except (OSError, asyncio.CancelledError, futures.CancelledError) as error:
            raise ClusterError(GONE) from error
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


def _dashboard(client: Any) -> str:  # noqa: ANN401
    """Return the address of the cluster's dashboard, empty where it has none."""
    services = client.scheduler_info(n_workers=0).get("services", {})
    return str(client.dashboard_link) if "dashboard" in services else ""
