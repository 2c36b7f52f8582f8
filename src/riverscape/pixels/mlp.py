"""Multilayer perceptrons as pixel classifiers: the published ones, and a small one.

Published (Carbonneau et al. 2020): layers of 256-128-64-32-32 units, l2 of 0.001, Adam at 0.001,
35 epochs of all pixels in batches of 250,000, which for a photograph of 5.9 million pixels is 840
updates. An update needs no such batch. Here it sees a few pixels drawn from the spectral table, in
proportion to what each entry counts for: 840 updates by the same gradient on average, at a small
part of the cost. Other images take 840 updates too, whatever their size.

What differs: scikit-learn has neither dropout (published after the first three layers) nor batch
normalisation (in the very deep one). With dropout, on every pixel and in PyTorch, the published
form scored 0.9850 where this one scores 0.984 on the same tile labels (docs/phase-2.md). Its Adam
has no amsgrad, its weights start by Glorot's rule, and l2 holds for the last layer too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from riverscape.pixels.estimators import FittedEstimator, OneClass, Standardisation
from riverscape.pixels.table import SpectralTable

__all__ = ["DEEP", "PUBLISHED", "SMALL", "VERY_DEEP", "Architecture", "Perceptron"]

# On four photographs, 32 to 512 pixels an update gave the same F1 within what the seed changes (up
# to 0.006 without context, 0.003 with it); 128 take two thirds of the time of 256.
_BATCH_PX = 128
# 35 epochs of 24 batches: 5.9 million pixels, 250,000 a batch.
_UPDATES = 35 * 24


@dataclass(frozen=True)
class Architecture:
    """The shape of a perceptron and how it is trained.

    Attributes
    ----------
    layers
        Units of each hidden layer.
    learning_rate
        Adam's.
    l2
        Weight of the sum of squared weights, as Keras counts it: l2 * sum(w^2) is added to the
        mean loss of a batch.
    updates
        Steps of Adam.
    """

    layers: tuple[int, ...]
    learning_rate: float = 1e-3
    l2: float = 1e-3
    updates: int = _UPDATES


PUBLISHED = Architecture((256, 128, 64, 32, 32))
# The authors' GIS script: 15 epochs; batches and l2 are taken to be those of the paper.
DEEP = Architecture((512, 256, 128, 64, 32), learning_rate=5e-3, updates=15 * 24)
VERY_DEEP = Architecture((512, 256, 128, 128, 64, 32, 32))
# Ours: as good on three bands with context, a fifth of the time.
SMALL = Architecture((64, 32), learning_rate=3e-3, l2=1e-6)


@dataclass(frozen=True)
class Perceptron:
    """A multilayer perceptron on pixels drawn from the table.

    Parameters
    ----------
    seed
        Same seed, same weights.
    architecture
        Shape and training.
    """

    seed: int = 0
    architecture: Architecture = PUBLISHED

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> FittedEstimator | OneClass:
        """Train the perceptron, on one thread.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).
        """
        from sklearn.neural_network import MLPClassifier

        classes, shape = table.counts.shape[1], self.architecture
        if len(table.present) == 1:
            return OneClass(int(table.present[0]), classes)
        scale = Standardisation.of(table)
        row, position, counted = table.entries(weights)
        drawn = _drawn(counted, shape.updates * _BATCH_PX, np.random.default_rng(self.seed))
        estimator = MLPClassifier(
            shape.layers,
            # Keras adds l2 * sum(w^2) to the mean loss; scikit-learn adds
            # 0.5 * alpha * sum(w^2) / batch. So alpha is 2 * l2 * batch.
            alpha=2 * shape.l2 * _BATCH_PX,
            batch_size=_BATCH_PX,
            learning_rate_init=shape.learning_rate,
            shuffle=False,  # drawn in random order already
            random_state=self.seed,
        )
        # A single pass over whole batches, so exactly so many updates; and it learns that a class
        # is there also where none of its pixels was drawn.
        with threadpool_limits(1):
            estimator.partial_fit(
                scale.applied(table.rows[row[drawn]]), position[drawn], classes=table.present
            )
        return FittedEstimator(estimator, scale, classes)


def _drawn(
    counted: NDArray[np.float64], pixels: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Draw entries with replacement, in proportion to what they count for, in random order."""
    ends = np.cumsum(counted)
    places = np.searchsorted(ends, generator.random(pixels) * ends[-1], side="right")
    return np.asarray(np.minimum(places, len(counted) - 1))
