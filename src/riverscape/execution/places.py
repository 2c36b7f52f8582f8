"""Where a survey is worked on: pieces of work go in, what comes of them comes out.

There are three places with one interface: this process (`Here`), processes of this machine
(`workers.Processes`) and a Dask cluster (`dask_place.DaskPlace`).
"""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from riverscape.errors import ClusterError, OutputError, RiverscapeError
from riverscape.execution.depot import Depot
from riverscape.execution.faults import Failure, FaultError
from riverscape.tiles import Model
from riverscape.workflow import Resources

__all__ = ["ABRUPT", "Advance", "Here", "Job", "Place", "Told", "attempt"]

logger = logging.getLogger(__name__)

Told = Callable[[int, str], None]
"""Told how many pixels more are done, and what is being done."""

ABRUPT = "a worker process ended abruptly, perhaps for lack of memory; try fewer --workers"


class Job(Protocol):
    """A piece of work that any process can do that has the model and sees the files."""

    @property
    def name(self) -> str:
        """What it is called, for people."""

    @property
    def size_px(self) -> int:
        """About how many pixels it works through."""

    @property
    def runs_network(self) -> bool:
        """Whether it runs the network of phase 1, on a graphics card if the model does."""

    def __call__(self, model: Model, told: Told) -> Any:  # noqa: ANN401
        """Do it; what it returns is small."""

    def again(self) -> "Job":
        """Return the job as it is tried again: it goes on with what was kept."""


Advance = Callable[[Any, int, str], None]
"""Told of which job how many pixels more are done, and what is being done."""


class Place(Protocol):
    """Where jobs are done."""

    @property
    def workers(self) -> int:
        """How many jobs are done at a time."""

    @property
    def is_far(self) -> bool:
        """Whether jobs must name files in full, as they are done in another folder."""

    @property
    def depot(self) -> Depot | None:
        """Where jobs leave what they make; None where they see the folder of the maps."""

    @contextmanager
    def opened(self, model: Model, out: Path) -> Iterator[None]:
        """Get ready for jobs that want this model and write into a folder; clear up after.

        Raises
        ------
        ClusterError
            If it cannot be had.
        """

    def share(self, resources: Resources) -> Resources:
        """Return what one job may take, of what the run may take; the place is open."""

    def outcomes(
        self, jobs: Iterable[Job], advance: Advance = lambda *_: None
    ) -> Generator[tuple[Any, Any], None, None]:
        """Yield each job and what came of it, or a `Failure`, as they come.

        Raises
        ------
        OutputError
            If outputs cannot be written: that concerns every job.
        ClusterError
            If the place is lost.
        """


class Here:
    """The process itself, one job after another."""

    workers = 1
    is_far = False
    depot: Depot | None = None

    @contextmanager
    def opened(self, model: Model, out: Path) -> Iterator[None]:  # noqa: ARG002
        """Take the model."""
        self._model = model
        yield

    def share(self, resources: Resources) -> Resources:
        """Return all of it."""
        return resources

    def outcomes(
        self, jobs: Iterable[Job], advance: Advance = lambda *_: None
    ) -> Generator[tuple[Any, Any], None, None]:
        """Yield each job and what came of it, or a `Failure`."""
        for job in jobs:
            outcome = attempt(job, self._model, partial(advance, job))
            if isinstance(outcome, Failure) and outcome.is_output:
                raise OutputError(outcome.reason)
            yield job, outcome


def attempt(job: Callable[[Model, Told], Any], model: Model, told: Told) -> Any:  # noqa: ANN401
    """Do a job; return what came of it, or why nothing did.

    Raises
    ------
    ClusterError
        If others were to do parts of it, and cannot be reached.
    """
    try:
        return job(model, told)
    except ClusterError:
        raise
    except FaultError as error:
        return error.failure
    except OutputError as error:
        return Failure(str(error), is_output=True)
    except RiverscapeError as error:
        return Failure(str(error))
    except Exception as error:  # one odd image must not cost all the others
        logger.debug("unforeseen", exc_info=True)
        return Failure(f"unforeseen {type(error).__name__}: {' '.join(str(error).split())}")
