"""Pixel classifiers: one interface, one small module each."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.pixels import mlp
from riverscape.pixels.balance import class_weights, resampled
from riverscape.pixels.boosting import Boosting
from riverscape.pixels.custom import CustomClassifier
from riverscape.pixels.forest import Forest
from riverscape.pixels.gaussian import Gaussian
from riverscape.pixels.kde import KernelDensity
from riverscape.pixels.logistic import Logistic
from riverscape.pixels.settings import Balance, PixelSettings
from riverscape.pixels.table import SpectralTable

__all__ = [
    "CLASSIFIER_NAMES",
    "PIXEL_CLASSIFIERS",
    "FittedClassifier",
    "PixelClassifier",
    "fit_colours",
    "pixel_classifier",
]


class FittedClassifier(Protocol):
    """Knows the colours of one image."""

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""


class PixelClassifier(Protocol):
    """Learns the colours of one image."""

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> FittedClassifier:
        """Learn a table in which at least one class occurs.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).
        """


PIXEL_CLASSIFIERS: dict[str, Callable[[int], PixelClassifier]] = {
    "logistic": lambda _seed: Logistic(),
    "kde": lambda _seed: KernelDensity(),
    "gaussian": lambda _seed: Gaussian(),
    "forest": Forest,
    "boosting": Boosting,
    "mlp": mlp.Perceptron,
    "mlp-small": lambda seed: mlp.Perceptron(seed, mlp.SMALL),
    "mlp-deep": lambda seed: mlp.Perceptron(seed, mlp.DEEP),
    "mlp-very-deep": lambda seed: mlp.Perceptron(seed, mlp.VERY_DEEP),
}
"""Those that learn a table of colours."""

# "patch" sees a pixel's surroundings, which no table holds: it is built from the image.
CLASSIFIER_NAMES = (*PIXEL_CLASSIFIERS, "patch")
"""All that the setting `classifier` takes, besides module:Class."""


def pixel_classifier(name: str, seed: int) -> PixelClassifier:
    """Return the pixel classifier of that name, one that learns a table of colours.

    Parameters
    ----------
    name
        A key of `PIXEL_CLASSIFIERS`, or module:Class of a scikit-learn style classifier.

    Raises
    ------
    SettingsError
        If there is none, the message lists those that there are; or if the class cannot be used.

    Examples
    --------
    >>> pixel_classifier("forest", seed=1)
    Forest(seed=1, trees=50, min_leaf_share=0.0005)
    """
    if ":" in name:
        return CustomClassifier(name, seed)
    if name not in PIXEL_CLASSIFIERS:
        known = ", ".join(CLASSIFIER_NAMES)
        message = f"no pixel classifier is called {name!r}; known: {known}, or module:Class"
        raise SettingsError(message)
    return PIXEL_CLASSIFIERS[name](seed)


def fit_colours(
    table: SpectralTable, settings: PixelSettings, balance: Balance
) -> FittedClassifier | None:
    """Fit the pixel classifier of the settings to a table; None where no pixel teaches.

    Parameters
    ----------
    balance
        How the classes are weighed against each other.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier, or a class of the user's own cannot learn.
    InputError
        If the classifier cannot learn so many bands.
    MissingExtraError
        If the balance needs a package that is not installed.

    Examples
    --------
    >>> rows, counts = np.array([[40], [200]], np.uint8), np.array([[90, 0], [0, 10]])
    >>> table = SpectralTable(rows, counts, bits=8)
    >>> fitted = fit_colours(table, PixelSettings(classifier="gaussian"), "root")
    >>> fitted.probabilities(rows).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    classifier = pixel_classifier(settings.classifier, settings.seed)
    if not len(table.present):
        return None
    taught = resampled(table, settings.seed) if balance == "smote-enn" else table
    return classifier.fit(taught, class_weights(taught.class_totals, balance))
