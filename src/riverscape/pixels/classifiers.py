"""Pixel classifiers: one interface, one small module each."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.pixels.forest import Forest
from riverscape.pixels.gaussian import Gaussian
from riverscape.pixels.kde import KernelDensity
from riverscape.pixels.mlp import Perceptron
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.table import SpectralTable

__all__ = [
    "PIXEL_CLASSIFIERS",
    "FittedClassifier",
    "PixelClassifier",
    "learn_colours",
    "pixel_classifier",
]


class FittedClassifier(Protocol):
    """Knows the colours of one image."""

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""


class PixelClassifier(Protocol):
    """Learns the colours of one image."""

    def fit(self, table: SpectralTable) -> FittedClassifier:
        """Learn a table in which at least one class occurs."""


PIXEL_CLASSIFIERS: dict[str, Callable[[int], PixelClassifier]] = {
    "kde": lambda _seed: KernelDensity(),
    "mlp": Perceptron,
    "forest": Forest,
    "gaussian": lambda _seed: Gaussian(),
}


def pixel_classifier(name: str, seed: int) -> PixelClassifier:
    """Return the pixel classifier of that name.

    Raises
    ------
    SettingsError
        If there is none; the message lists those that there are.

    Examples
    --------
    >>> pixel_classifier("forest", seed=1)
    Forest(seed=1, trees=50, min_leaf_share=0.0005)
    """
    if name not in PIXEL_CLASSIFIERS:
        message = f"no pixel classifier is called {name!r}; known: {', '.join(PIXEL_CLASSIFIERS)}"
        raise SettingsError(message)
    return PIXEL_CLASSIFIERS[name](seed)


def learn_colours(table: SpectralTable, settings: PixelSettings) -> NDArray[np.float32]:
    """Return the class probabilities (n, class) of each colour of a table.

    They are all zero where the table holds no pixel of any class.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier.
    InputError
        If the classifier cannot learn so many bands.
    """
    classifier = pixel_classifier(settings.classifier, settings.seed)
    if not len(table.present):
        return np.zeros(table.counts.shape, np.float32)
    return classifier.fit(table).probabilities(table.rows)
