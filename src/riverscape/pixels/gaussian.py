"""Gaussian maximum likelihood: the traditional classifier of remote sensing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.table import SpectralTable, unit_rows

__all__ = ["Gaussian"]

# Added to the diagonal of each covariance, of colours 0..1: half a level of 8 bits squared, so
# that a class of one colour has a width too.
_RIDGE = (0.5 / 255) ** 2


@dataclass(frozen=True)
class Gaussian:
    """One normal distribution of colour for each class, equal priors (maximum likelihood)."""

    def fit(self, table: SpectralTable) -> "FittedGaussian":
        """Compute each class's mean and covariance from whole-number sums."""
        # Sums of whole numbers are exact in any order: a table of distinct colours and a list
        # of all pixels give the same bits.
        rows = table.rows.astype(np.int64)
        bands = rows.shape[1]
        totals = table.class_totals
        sums = table.counts.T @ rows  # (class, band)
        products = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
        squares = (table.counts.T @ products).reshape(-1, bands, bands)
        cells = 1 << table.bits
        means, covariances = [], []
        for position in table.present:
            mean = sums[position] / totals[position]
            covariance = squares[position] / totals[position] - np.outer(mean, mean)
            means.append((mean + 0.5) / cells)
            covariances.append(covariance / cells**2 + _RIDGE * np.eye(bands))
        return FittedGaussian(
            np.array(means), np.array(covariances), table.present, len(totals), table.bits
        )


@dataclass(frozen=True)
class FittedGaussian:
    """Means (class, band) and covariances (class, band, band) of the classes that occur."""

    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    present: NDArray[np.intp]
    classes: int
    bits: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        colours = unit_rows(rows, self.bits)
        scores = np.full((len(rows), self.classes), -np.inf)
        for position, mean, covariance in zip(
            self.present, self.means, self.covariances, strict=True
        ):
            # Solved by an explicit inverse of a tiny matrix and sums in a fixed order, so that a
            # colour scores the same whatever other colours stand beside it.
            inverse = np.linalg.inv(covariance)
            away = colours - mean
            distance = np.zeros(len(rows))
            for first in range(len(mean)):
                for second in range(len(mean)):
                    distance += away[:, first] * inverse[first, second] * away[:, second]
            scores[:, position] = -0.5 * (distance + np.linalg.slogdet(covariance)[1])
        likelihood = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True), np.float32)
