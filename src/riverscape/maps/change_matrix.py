"""How much of each class has become how much of each, and how that is shown."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.labels import ClassScheme, LandCover
from riverscape.outputs import whole_file

__all__ = ["ChangeMatrix", "save_matrix"]

# What stays is shown pale, what changes in the colour of what it has become, with a touch of what
# it was.
_PALE, _PALE_SHARE, _WAS_SHARE = 225, 0.75, 0.25


@dataclass(frozen=True, eq=False)
class ChangeMatrix:
    """How much of each class has become how much of each.

    Attributes
    ----------
    scheme
        The classes of both maps.
    pixels
        (from, to), in the order of the classes; what has no data in either map is not counted.
    square_metres
        The same in square metres; None where the maps have no place on Earth.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> two = ClassScheme(PUBLISHED_CLASSES.classes[:2])
    >>> matrix = ChangeMatrix(two, np.array([[90, 10], [0, 5]]), None)
    >>> [cover.name for cover in matrix.legend()]
    ['water, unchanged', 'water to dry sediment', 'dry sediment, unchanged']
    """

    scheme: ClassScheme
    pixels: NDArray[np.int64]
    square_metres: NDArray[np.float64] | None

    @property
    def changed_share(self) -> float:
        """The share of pixels that have become another class."""
        return 1 - float(np.trace(self.pixels)) / max(int(self.pixels.sum()), 1)

    def legend(self) -> ClassScheme:
        """Return the classes of the change raster: one of each pair that occurs, from 1 on."""
        classes = self.scheme.classes
        pairs = np.argwhere(self.pixels).tolist()
        return ClassScheme(
            tuple(
                LandCover(code, _name(classes[was], classes[now]), _colour(was, now, self.scheme))
                for code, (was, now) in enumerate(pairs, start=1)
            )
        )


def save_matrix(
    path: Path, scheme: ClassScheme, values: NDArray[np.int64] | NDArray[np.float64]
) -> None:
    """Write a matrix as CSV with named rows and columns, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with whole_file(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["from \\ to", *scheme.names])
        for name, row in zip(scheme.names, values.tolist(), strict=True):
            writer.writerow(
                [name, *(f"{value:.3f}" if value % 1 else f"{value:.0f}" for value in row)]
            )


def _name(was: LandCover, now: LandCover) -> str:
    return f"{was.name}, unchanged" if was == now else f"{was.name} to {now.name}"


def _colour(was: int, now: int, scheme: ClassScheme) -> str:
    first, last = (np.array(scheme.classes[place].rgb) for place in (was, now))
    share, base = (_PALE_SHARE, np.full(3, _PALE)) if was == now else (_WAS_SHARE, first)
    return "#{:02x}{:02x}{:02x}".format(*np.rint(share * base + (1 - share) * last).astype(int))
