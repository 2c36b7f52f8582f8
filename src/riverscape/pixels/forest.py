"""A random forest as pixel classifier."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.estimators import FittedEstimator, OneClass, fit_estimator
from riverscape.pixels.table import SpectralTable

__all__ = ["Forest"]


@dataclass(frozen=True)
class Forest:
    """A random forest on the distinct colours.

    Parameters
    ----------
    seed
        Same seed, same forest.
    trees
        Number of trees.
    min_leaf_share
        Least share of the weight of all pixels in a leaf: what keeps the trees from learning
        the tile labels' mistakes by heart.
    """

    seed: int = 0
    trees: int = 50
    min_leaf_share: float = 0.0005

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> FittedEstimator | OneClass:
        """Grow the trees.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).
        """
        from sklearn.ensemble import RandomForestClassifier

        estimator = RandomForestClassifier(
            self.trees,
            min_weight_fraction_leaf=self.min_leaf_share,
            max_features=1,
            random_state=self.seed,
            n_jobs=1,
        )
        return fit_estimator(estimator, table, weights, self.seed)
