"""Getting hold of a Dask cluster: one that runs, or one that is started for this run."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from riverscape.errors import ClusterError, MissingExtraError, SettingsError

__all__ = ["ClusterChoice"]

_SCHEDULERS = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}
# A scheduler answers at once, a worker that was started with it soon; what a batch system starts
# may wait for days.
_ANSWER_S, _WORKERS_S = 30, 60


@dataclass(frozen=True)
class ClusterChoice:
    """Which cluster to work on.

    Attributes
    ----------
    name
        The address of a scheduler; "local", "slurm" or "pbs" for a cluster that is started and
        ended with the run; a .yaml file that says how to start one (`module`, `class`, `kwargs`,
        as dask-ctl has it); a .json file that `dask scheduler --scheduler-file` wrote.
    workers
        How many workers to start; as many as there are cores, or jobs of one, without it.

    Raises
    ------
    SettingsError
        If it is none of these.

    Examples
    --------
    >>> ClusterChoice("tcp://10.0.0.1:8786").is_started_here
    False
    >>> ClusterChoice("slurm", workers=20).is_started_here
    True
    >>> ClusterChoice("slrum")
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: --dask takes the address of a scheduler as \
tcp://10.0.0.1:8786, local, slurm, pbs, or a .yaml or .json file, not 'slrum'
    """

    name: str
    workers: int | None = None

    def __post_init__(self) -> None:
        if not (self.is_started_here or self._is_scheduler_file or ":" in self.name):
            message = (
                "--dask takes the address of a scheduler as tcp://10.0.0.1:8786, local, slurm, "
                f"pbs, or a .yaml or .json file, not {self.name!r}"
            )
            raise SettingsError(message)

    @property
    def is_started_here(self) -> bool:
        """Whether the cluster lives only as long as the run."""
        return self.name in ("local", *_SCHEDULERS) or self._is_recipe

    @property
    def may_grow(self) -> bool:
        """Whether workers may still start that nobody waits for at the begin."""
        return self.is_started_here and self.name != "local"

    @property
    def _is_recipe(self) -> bool:
        return self.name.endswith((".yaml", ".yml"))

    @property
    def _is_scheduler_file(self) -> bool:
        return self.name.endswith(".json")

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """Yield a client of the cluster, which has a worker at least.

        Raises
        ------
        MissingExtraError
            If Dask is not installed.
        ClusterError
            If the cluster cannot be started, or does not answer.
        """
        if find_spec("distributed") is None:
            purpose = "working on a Dask cluster"
            raise MissingExtraError(purpose, "cluster")
        import distributed

        with ExitStack() as stack:
            stack.enter_context(_quiet())
            try:
                client = stack.enter_context(self._client(distributed, stack))
                client.wait_for_workers(1, None if self.name in _SCHEDULERS else _WORKERS_S)
            except TimeoutError as error:
                message = f"{self._said} has no worker after {_WORKERS_S} s; start one"
                raise ClusterError(message) from error
            yield client

    @property
    def _said(self) -> str:
        return f"the Dask cluster {self.name}"

    def _client(self, distributed: Any, stack: ExitStack) -> Any:  # noqa: ANN401
        options = {"set_as_default": False, "timeout": _ANSWER_S}
        try:
            if self.is_started_here:
                return distributed.Client(
                    stack.enter_context(self._cluster(distributed)), **options
                )
            if self._is_scheduler_file:
                return distributed.Client(scheduler_file=self.name, **options)
            return distributed.Client(self.name, **options)
        except (OSError, ValueError, TypeError, ImportError, AttributeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            what = "cannot be started" if self.is_started_here else "does not answer"
            message = f"{self._said} {what}: {reason}"
            raise ClusterError(message) from error

    def _cluster(self, distributed: Any) -> Any:  # noqa: ANN401
        if self.name == "local":
            return distributed.LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=":0",
            )
        if self._is_recipe:
            cluster = _by_recipe(Path(self.name))
        else:
            if find_spec("dask_jobqueue") is None:
                purpose = f"starting workers through {self.name}"
                raise MissingExtraError(purpose, "cluster")
            cluster = getattr(import_module("dask_jobqueue"), _SCHEDULERS[self.name])()
        if self.workers or self.name in _SCHEDULERS:
            cluster.scale(self.workers or 1)
        return cluster


def _by_recipe(path: Path) -> Any:  # noqa: ANN401
    """Start the cluster that a file describes, as dask-ctl would."""
    yaml = import_module("yaml")  # comes with Dask

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        module, name = content["module"], content["class"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        message = f"{path} does not say which cluster to start: it needs module, class and kwargs"
        raise ClusterError(message) from error
    return getattr(import_module(module), name)(
        *content.get("args", ()), **content.get("kwargs", {})
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the run, not Dask, say what is wrong with the cluster."""
    names = ["distributed", "dask_jobqueue", "tornado"]
    names += [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
