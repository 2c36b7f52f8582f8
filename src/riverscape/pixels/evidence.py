"""What the pixels themselves say, whatever it was learned from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import STRIP_PX
from riverscape.pixels.context import LEAST_PROBABILITY

__all__ = ["ColourEvidence", "Evidence"]


class Evidence(Protocol):
    """Says, for any rows of an image, how probable each class is by the pixels alone."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""

    @property
    def taught(self) -> NDArray[np.intp]:
        """Positions of the classes that were taught, ascending: no other class is answered."""

    @property
    def strip_px(self) -> int:
        """Rows that are best asked for at a time."""

    def probabilities(self, rows: slice) -> NDArray[np.float32]:
        """Return the probabilities of the taught classes, (class, row, col), none of them 0."""


@dataclass(frozen=True, eq=False)
class ColourEvidence:
    """Each pixel looks up what was learned of its colour.

    Attributes
    ----------
    index
        Which colour each pixel has, (row, col).
    colours
        Class probabilities of each colour, (n, class).
    taught
        Positions of the classes that were taught.

    Examples
    --------
    >>> colours = np.array([[0.5, 0.5, 0], [0.1, 0.9, 0]], np.float32)
    >>> evidence = ColourEvidence(np.array([[0, 1]], np.int32), colours, np.array([0, 1]))
    >>> evidence.probabilities(slice(None))[:, 0]
    array([[0.5, 0.1],
           [0.5, 0.9]], dtype=float32)
    """

    index: NDArray[np.int32]
    colours: NDArray[np.float32]
    taught: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        height_px, width_px = self.index.shape
        return height_px, width_px

    @property
    def strip_px(self) -> int:
        """Rows that are best asked for at a time."""
        return STRIP_PX

    @cached_property
    def _by_class(self) -> NDArray[np.float32]:
        taught = self.colours[:, self.taught]
        return np.ascontiguousarray(np.maximum(taught, np.float32(LEAST_PROBABILITY)).T)

    def probabilities(self, rows: slice) -> NDArray[np.float32]:
        """Return the probabilities of the taught classes, (class, row, col), none of them 0."""
        # Class by class, by indices of the machine's own width: several times as fast as at once.
        places = self.index[rows].astype(np.intp)
        result = np.empty((len(self.taught), *places.shape), np.float32)
        for colours, found in zip(self._by_class, result, strict=True):
            np.take(colours, places, out=found, mode="clip")
        return result
