"""Any scikit-learn classifier that takes sample_weight, as a pixel classifier."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.table import SpectralTable, unit_rows

__all__ = ["FittedEstimator", "fit_estimator"]


@dataclass(frozen=True)
class FittedEstimator:
    """A fitted scikit-learn classifier and the standardisation of its colours."""

    estimator: Any
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    classes: int
    bits: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        colours = (unit_rows(rows, self.bits) - self.mean) / self.deviation
        found = self.estimator.predict_proba(colours)
        result = np.zeros((len(rows), self.classes), np.float32)
        result[:, self.estimator.classes_] = found
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


def fit_estimator(estimator: Any, table: SpectralTable) -> FittedEstimator | OneClass:  # noqa: ANN401
    """Fit a scikit-learn classifier on the standardised colours of a table, by their counts."""
    classes = table.counts.shape[1]
    if len(table.present) == 1:
        return OneClass(int(table.present[0]), classes)
    colours, positions, weights = table.samples()
    mean = np.average(colours, axis=0, weights=weights)
    deviation = np.sqrt(np.average((colours - mean) ** 2, axis=0, weights=weights))
    deviation[deviation == 0] = 1
    estimator.fit((colours - mean) / deviation, positions, sample_weight=weights)
    return FittedEstimator(estimator, mean, deviation, classes, table.bits)
