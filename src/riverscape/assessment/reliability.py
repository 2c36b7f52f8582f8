"""Whether a map is right as often as it says: what a reliability curve is drawn from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reliability"]

_BINS = 10
_PERCENTAGES = 101


@dataclass(frozen=True, eq=False)
class Reliability:
    """Labelled pixels by how sure a map was of them, and how many of these were right.

    Counted in ten bins of 10 per cent each. Those of parts add up to that of the whole.

    Attributes
    ----------
    counts
        By bin: the sum of the pixels' confidence in per cent, the pixels, and those of them whose
        class is right; (10, 3).

    Raises
    ------
    ValueError
        If the counts are not (10, 3).

    Examples
    --------
    >>> reference = np.array([[1, 1, 3, 0]], np.uint8)
    >>> predicted = np.array([[1, 3, 3, 1]], np.uint8)
    >>> confidence = np.array([[90, 60, 65, 60]], np.uint8)
    >>> found = Reliability.of(reference, predicted, confidence)
    >>> found.counts[6].tolist(), found.counts[9].tolist()
    ([125, 2, 1], [90, 1, 1])
    """

    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.counts.shape != (_BINS, 3):
            message = f"reliability is counted as ({_BINS}, 3), not {self.counts.shape}"
            raise ValueError(message)

    @classmethod
    def of(
        cls,
        reference: NDArray[np.uint8],
        predicted: NDArray[np.uint8],
        confidence: NDArray[np.uint8],
    ) -> Self:
        """Count pixels of class codes and their confidence in per cent, (row, col) each.

        Pixels without label or class, or without confidence (more than 100), do not count.
        """
        counted = (reference > 0) & (predicted > 0) & (confidence < _PERCENTAGES)
        pixels, right = (
            np.bincount(confidence[which], minlength=_PERCENTAGES)
            for which in (counted, counted & (reference == predicted))
        )
        percent = np.arange(_PERCENTAGES)
        places = np.minimum(percent * _BINS // (_PERCENTAGES - 1), _BINS - 1)
        counts = np.zeros((_BINS, 3), np.int64)
        np.add.at(counts, places, np.column_stack([pixels * percent, pixels, right]))
        return cls(counts)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.counts + other.counts)

    @property
    def pixels(self) -> NDArray[np.int64]:
        """Labelled pixels of the bins that hold any."""
        pixels: NDArray[np.int64] = self.counts[self._held, 1]
        return pixels

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Mean confidence in the bins that hold any pixels, each 0..1."""
        mean: NDArray[np.float64] = self.counts[self._held, 0] / self.pixels / 100
        return mean

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of the pixels of these bins whose class is right."""
        share: NDArray[np.float64] = self.counts[self._held, 2] / self.pixels
        return share

    @property
    def calibration_error(self) -> float:
        """Mean distance of confidence and accuracy over the bins, weighted by pixels, 0..1.

        The expected calibration error of Guo et al. (2017), On calibration of modern neural
        networks.
        """
        if not self.pixels.size:
            return float("nan")
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.pixels))

    @property
    def _held(self) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = self.counts[:, 1] > 0
        return held
