"""Where a network is trained: this process and its device, alone or one of several.

``torchrun --nproc-per-node 4 -m riverscape train ...`` starts one process for each GPU; each
computes its share of every batch, and all hold the same network after every step.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

from riverscape.errors import SettingsError

__all__ = ["Team", "join_team"]

# Cutting the tiles of a large survey is done by one process while the others wait.
_PATIENCE = timedelta(hours=12)


@dataclass(frozen=True)
class Team:
    """One of `size` processes that train together; `rank` 0 speaks and writes for all."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process speaks and writes."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Return the sum over all processes."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def share(self, values: Tensor) -> None:
        """Give all the values of the process that leads."""
        if self.size > 1:
            distributed.broadcast(values, 0)

    def any(self, flag: bool) -> bool:
        """Return whether any of the processes raises the flag."""
        if self.size == 1:
            return flag
        return bool(self.total(torch.tensor([float(flag)], device=self.device)).item())

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            distributed.barrier()


@contextmanager
def join_team(device: str = "auto") -> Iterator[Team]:
    """Yield this process's place among those that torchrun started, or alone.

    Raises
    ------
    SettingsError
        If there is no such device here.

    Examples
    --------
    >>> with join_team("cpu") as team:
    ...     team.device.type, team.size, team.leads
    ('cpu', 1, True)
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or "RANK" not in os.environ:
        yield Team(_device(device, 0))
        return
    rank, place = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if device == "auto" and not torch.cuda.is_available():
        device = "cpu"  # what the processes of a team exchange cannot lie on other devices
    team = Team(_device(device, place), rank, size)
    backend = "nccl" if team.device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield team
    finally:
        distributed.destroy_process_group()


def _device(name: str, place: int) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            name = "cuda"
        else:
            name = "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(f"cuda:{place}" if name == "cuda" else name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        message = f"no device {name} to train on here ({reason}); try --device cpu"
        raise SettingsError(message) from error
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return device
