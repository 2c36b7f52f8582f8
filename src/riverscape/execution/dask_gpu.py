"""Workers of a Dask cluster that announce a graphics card, and jobs that only these may take."""

import logging
from typing import Any

from riverscape.errors import ClusterError
from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.tiles.session import has_gpu

__all__ = ["GPU_JOB", "check_gpus", "gpu_workers"]

logger = logging.getLogger(__name__)

_GPU = "GPU"

GPU_JOB: dict[str, float] = {_GPU: 1}
"""What a job that runs the network takes of a worker: a card has one job at a time."""


def gpu_workers(client: Any) -> set[str]:  # noqa: ANN401
    """Return the addresses of the workers that announce a card."""
    workers: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return {
        where
        for where, worker in workers.items()
        if worker.get("resources", {}).get(_GPU, 0) >= GPU_JOB[_GPU]
    }


def check_gpus(client: Any, choice: ClusterChoice) -> None:  # noqa: ANN401
    """Check that a cluster has workers for jobs that run the network on a card.

    Those that another system starts may come later: they are waited for.

    Raises
    ------
    ClusterError
        If none announces a card and none is to come.
    """
    announced = sorted(gpu_workers(client))
    if not announced:
        none = f"no worker of the Dask cluster {choice.name} announces a GPU"
        advice = "start workers with `dask worker ADDRESS --nthreads 1 --resources GPU=1`"
        if not choice.may_grow:
            message = f"{none}; {advice}, or leave --device gpu out"
            raise ClusterError(message)
        logger.warning("%s yet: phase 1 waits for one; %s", none, advice)
        return
    found = client.run(has_gpu, workers=announced, on_error="return")
    without = [where for where, has in found.items() if has is not True]
    if without:
        logger.warning(
            "%d of %d workers that announce a GPU have none that ONNX Runtime can use, %s among "
            "them: there phase 1 computes on the processor",
            len(without), len(announced), without[0],
        )  # fmt: skip
