"""Any scikit-learn classifier that takes sample_weight, as a pixel classifier."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from riverscape.pixels.table import SpectralTable, unit_rows

__all__ = ["FittedEstimator", "OneClass", "Standardisation", "fit_estimator"]

MOST_ROWS = 100_000
"""Colours that an estimator learns from at most; a table of more is drawn from.

A photograph's table of three bands and 7 bits is fitted whole. With six features two photographs
had 3.9 and 4.6 million colours: F1 of the forest was the same from 25,000 to 200,000 of them
(0.9854 and 0.9931), that of boosting rose (0.9848 and 0.9890 with 25,000, 0.9851 and 0.9896 with
100,000, 0.9854 and 0.9912 with 200,000), and the forest took twice as long.
"""

# Colours asked at a time. What the widest perceptron keeps of them, 512 units, takes 32 MB.
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Standardisation:
    """The mean and deviation of the colours of all pixels, 0..1, each (band,).

    Of all pixels as they come, not of balanced classes: so it is published (Carbonneau et al.
    2020).

    Examples
    --------
    >>> rows, counts = np.array([[0], [1]], np.uint8), np.array([[3, 0], [0, 1]])
    >>> scale = Standardisation.of(SpectralTable(rows, counts, bits=1))
    >>> scale.mean.tolist(), scale.deviation.round(3).tolist()  # levels are at 0.25 and 0.75
    ([0.375], [0.217])
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    bits: int

    @classmethod
    def of(cls, table: SpectralTable) -> Self:
        """Compute them from whole-number sums, which are exact in any order."""
        pixels = table.counts.sum(axis=1)
        total, cells = int(pixels.sum()), 1 << table.bits
        bands = table.rows.shape[1]
        mean, variance = np.zeros(bands), np.zeros(bands)
        for band in range(bands):  # one at a time: a table can have millions of rows
            level = table.rows[:, band].astype(np.int64)
            mean[band] = int(pixels @ level) / total
            # n * sum(x^2) - sum(x)^2 in Python's whole numbers, which do not overflow.
            squares, first = int(pixels @ level**2), int(pixels @ level)
            variance[band] = (total * squares - first**2) / total**2
        deviation = np.sqrt(variance) / cells
        deviation[deviation == 0] = 1
        return cls((mean + 0.5) / cells, deviation, table.bits)

    def applied(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return standardised colours (n, band)."""
        return ((unit_rows(rows, self.bits) - self.mean) / self.deviation).astype(np.float32)


@dataclass(frozen=True)
class FittedEstimator:
    """A fitted scikit-learn classifier and the standardisation of its colours."""

    estimator: Any
    scale: Standardisation
    classes: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band).

        Raises
        ------
        ValueError
            If the estimator's answer is not one probability for each colour and class.
        """
        result = np.zeros((len(rows), self.classes), np.float32)
        with threadpool_limits(1):
            for start in range(0, len(rows), _CHUNK):
                part = slice(start, start + _CHUNK)
                found = self.estimator.predict_proba(self.scale.applied(rows[part]))
                expected = (len(rows[part]), len(self.estimator.classes_))
                if np.shape(found) != expected:
                    message = f"predict_proba answers {np.shape(found)} instead of {expected}"
                    raise ValueError(message)
                result[part, self.estimator.classes_] = found
        return result


@dataclass(frozen=True)
class OneClass:
    """The answer where a single class occurs: that class, for every colour."""

    position: int
    classes: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        result = np.zeros((len(rows), self.classes), np.float32)
        result[:, self.position] = 1
        return result


def fit_estimator(
    estimator: Any,  # noqa: ANN401
    table: SpectralTable,
    weights: NDArray[np.float64],
    seed: int,
) -> FittedEstimator | OneClass:
    """Fit a scikit-learn classifier on the standardised colours of a table, by their counts.

    It learns on one thread: images are worked on side by side, and sums of several threads
    depend on their number.

    Parameters
    ----------
    weights
        What a pixel of each class counts for, (class,).
    seed
        Draws the colours where the table has more than `MOST_ROWS`.
    """
    classes = table.counts.shape[1]
    if len(table.present) == 1:
        return OneClass(int(table.present[0]), classes)
    scale = Standardisation.of(table)
    part = table.sampled(MOST_ROWS, seed)
    row, position, counted = part.entries(weights)
    with threadpool_limits(1):
        estimator.fit(scale.applied(part.rows)[row], position, sample_weight=counted)
    return FittedEstimator(estimator, scale, classes)
