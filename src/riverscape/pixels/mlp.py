"""A multilayer perceptron as pixel classifier."""

import warnings
from dataclasses import dataclass

import numpy as np

from riverscape.pixels.estimators import FittedEstimator, OneClass, fit_estimator
from riverscape.pixels.table import SpectralTable

__all__ = ["Perceptron"]


@dataclass(frozen=True)
class Perceptron:
    """A multilayer perceptron on the distinct colours.

    Parameters
    ----------
    seed
        Same seed, same weights.
    layers
        Units of each hidden layer.
    passes
        Passes over the table; the fit is done well before it converges to the last digit.
    """

    seed: int = 0
    layers: tuple[int, ...] = (64, 32)
    passes: int = 12

    def fit(self, table: SpectralTable) -> FittedEstimator | OneClass:
        """Train the perceptron."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        estimator = MLPClassifier(
            self.layers,
            alpha=1e-3,
            batch_size=min(500, np.count_nonzero(table.counts)),
            learning_rate_init=3e-3,
            max_iter=self.passes,
            random_state=self.seed,
        )
        with warnings.catch_warnings():
            # The number of passes is a choice, not a failure to converge.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return fit_estimator(estimator, table)
