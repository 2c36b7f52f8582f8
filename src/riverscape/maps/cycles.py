"""Putting what follows one another in order: closed chains, of all at once."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Numbers", "cycles"]

Numbers = NDArray[np.integer]


def cycles(successor: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return the members of each cycle one after another, and where each cycle begins.

    Every cycle begins with its least member, and cycles come by their least members. It takes as
    many rounds as the longest cycle has doublings, over all at once.

    Parameters
    ----------
    successor
        Who follows each member, (member,): each is followed by one and follows one.

    Examples
    --------
    >>> order, starts = cycles(np.array([2, 1, 4, 0, 3]))
    >>> order.tolist(), starts.tolist()
    ([0, 2, 4, 3, 1], [0, 4, 5])
    """
    members = np.arange(len(successor), dtype=successor.dtype)
    least, jump = members, successor
    while not np.array_equal(wider := np.minimum(least, least[jump]), least):
        least, jump = wider, jump[jump]
    is_first = least == members
    to_first = _steps_to(is_first, successor)
    lengths = np.bincount(least, minlength=len(members))[is_first]
    starts = np.append(0, np.cumsum(lengths))
    cycle = np.cumsum(is_first)[least] - 1
    order = np.empty_like(members)
    order[starts[cycle] + (lengths[cycle] - to_first) % lengths[cycle]] = members
    return order, starts


def _steps_to(is_end: NDArray[np.bool_], successor: Numbers) -> Numbers:
    """Return how many steps each is from the next end."""
    steps = (~is_end).astype(successor.dtype)
    jump = np.where(is_end, np.arange(len(successor), dtype=successor.dtype), successor)
    while not is_end[jump].all():
        steps, jump = steps + steps[jump], jump[jump]
    return steps
