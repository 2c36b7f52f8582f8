"""Tiles on their way to the device, read ahead so that the device need not wait."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from riverscape.tiles.tile_set import TileSet

__all__ = ["Feed"]

# Reading is waiting for the disk wherever the tiles are not in memory yet.
_READERS, _AHEAD = 2, 6


class Feed:
    """The batches of a tile set, step by step.

    Parameters
    ----------
    batch
        Gives the positions of a step's tiles.
    step
        The step to begin with.
    """

    def __init__(
        self,
        tiles: TileSet,
        batch: Callable[[int], NDArray[np.intp]],
        step: int,
        device: torch.device,
    ) -> None:
        self._tiles, self._batch, self._device = tiles, batch, device
        self._local = tiles.local_classes()
        self._next = step
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="feed")
        self._coming: deque[Future[tuple[Tensor, Tensor, Tensor]]] = deque()
        self.waited_seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def take(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the next batch: pixels (n, band, row, col), local classes and classes (n,)."""
        while len(self._coming) < _AHEAD:
            self._coming.append(self._pool.submit(self._read, self._next))
            self._next += 1
        started = time.perf_counter()
        batch = self._coming.popleft().result()
        self.waited_seconds += time.perf_counter() - started
        pixels, local, classes = (part.to(self._device, non_blocking=True) for part in batch)
        return pixels, local, classes

    def _read(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        positions = self._batch(step)
        batch = tuple(
            torch.from_numpy(part)
            for part in (
                self._tiles.pixels(positions),
                self._local[positions],
                self._tiles.classes[positions],
            )
        )
        if self._device.type == "cuda":
            batch = tuple(part.pin_memory() for part in batch)
        pixels, local, classes = batch
        return pixels, local, classes
