"""Splits by image, never by tile: neighbouring tiles are alike, so a split of tiles leaks."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["hold_out", "leave_one_out"]

Item = TypeVar("Item")


def hold_out(items: Sequence[Item], share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """Split whole images into those to train on and those to validate on.

    At least one image stays on either side where the share is above 0 and there are two.

    Examples
    --------
    >>> train, validation = hold_out(["a", "b", "c", "d", "e"], share=0.2, seed=0)
    >>> len(train), len(validation)
    (4, 1)
    """
    if share == 0 or len(items) < 2:
        return list(items), []
    count = min(max(1, round(share * len(items))), len(items) - 1)
    chosen = set(np.random.default_rng(seed).permutation(len(items))[:count].tolist())
    return (
        [item for index, item in enumerate(items) if index not in chosen],
        [item for index, item in enumerate(items) if index in chosen],
    )


def leave_one_out(items: Sequence[Item]) -> Iterator[tuple[list[Item], Item]]:
    """Yield each item with all the others before it.

    Examples
    --------
    >>> list(leave_one_out(["a", "b"]))
    [(['b'], 'a'), (['a'], 'b')]
    """
    for index, item in enumerate(items):
        yield [other for place, other in enumerate(items) if place != index], item
