"""Gaussian maximum likelihood: the traditional classifier of remote sensing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.table import SpectralTable, unit_rows

__all__ = ["Gaussian"]

# Added to the diagonal of each covariance, of colours 0..1: half a level of 8 bits squared, so
# that a class of one colour has a width too.
_RIDGE = (0.5 / 255) ** 2
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Gaussian:
    """One normal distribution of colour for each class, equal priors (maximum likelihood)."""

    def fit(
        self,
        table: SpectralTable,
        weights: NDArray[np.float64],  # noqa: ARG002
    ) -> "FittedGaussian":
        """Compute each class's mean and covariance from whole-number sums.

        Parameters
        ----------
        weights
            Of no effect: equal priors are what maximum likelihood means, and within a class all
            pixels weigh the same.
        """
        # Sums of whole numbers are exact in any order: a table of distinct colours and a list
        # of all pixels give the same bits.
        bands = table.rows.shape[1]
        totals = table.class_totals
        sums = np.zeros((len(totals), bands), np.int64)
        squares = np.zeros((len(totals), bands**2), np.int64)
        for start in range(0, len(table.rows), _CHUNK):  # a table can have millions of rows
            rows = table.rows[start : start + _CHUNK].astype(np.int64)
            counts = table.counts[start : start + _CHUNK].T
            sums += counts @ rows
            squares += counts @ (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
        cells = 1 << table.bits
        means, covariances = [], []
        for position in table.present:
            mean = sums[position] / totals[position]
            product = squares[position].reshape(bands, bands) / totals[position]
            covariance = product - np.outer(mean, mean)
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
