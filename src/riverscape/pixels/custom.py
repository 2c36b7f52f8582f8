"""A scikit-learn style classifier of the user's own, named module:Class."""

import inspect
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.pixels.estimators import FittedEstimator, OneClass, fit_estimator
from riverscape.pixels.table import SpectralTable

__all__ = ["CustomClassifier"]


@dataclass(frozen=True)
class CustomClassifier:
    """Any classifier class that is built without arguments and takes sample_weight.

    It learns standardised colours, (n, band) float32; its `random_state` is the seed, where it
    takes one. Naming a module runs what stands in it.

    Parameters
    ----------
    name
        module:Class; the module is looked for where Python looks.
    seed
        Same seed, same answer, where the class keeps to its random_state.

    Raises
    ------
    SettingsError
        If there is no such class, or it cannot be used.

    Examples
    --------
    >>> CustomClassifier("sklearn.naive_bayes:GaussianNB", seed=0)
    CustomClassifier(name='sklearn.naive_bayes:GaussianNB', seed=0)
    >>> CustomClassifier("sklearn.neighbors:KNeighborsClassifier", seed=0)
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: pixel classifier sklearn.neighbors:KNeighborsClassifier: its \
fit takes no sample_weight, which says how many pixels have a colour; choose another class
    """

    name: str
    seed: int

    def __post_init__(self) -> None:
        # Asked before any image is read, so that a wrong name costs nobody an hour.
        estimator = self._built()
        if not callable(getattr(estimator, "predict_proba", None)):
            self._refuse("it has no predict_proba, which a map is made of; choose another class")
        if not _takes(getattr(estimator, "fit", None), "sample_weight"):
            self._refuse(
                "its fit takes no sample_weight, which says how many pixels have a colour; choose "
                "another class"
            )

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> FittedEstimator | OneClass:
        """Let it learn the table.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).

        Raises
        ------
        SettingsError
            If it cannot, or its answer is none.
        """
        try:
            fitted = fit_estimator(self._built(), table, weights, self.seed)
            probabilities = fitted.probabilities(table.rows)
        except Exception as error:  # whatever somebody else's class may raise
            self._refuse(f"it cannot learn the colours of this image: {_said(error)}")
        answered = probabilities[:, table.present].sum(axis=1)
        if not (np.all(probabilities >= 0) and np.allclose(answered, 1, atol=1e-3)):
            self._refuse(
                "what its predict_proba answers are no probabilities of the classes taught"
            )
        return fitted

    def _built(self) -> Any:  # noqa: ANN401
        module, _, class_name = self.name.partition(":")
        if not class_name.isidentifier() or not all(map(str.isidentifier, module.split("."))):
            self._refuse("write module:Class, as in sklearn.naive_bayes:GaussianNB")
        found: Any = getattr(self._module(module), class_name, None)
        if not isinstance(found, type):
            self._refuse(f"module {module} has no class {class_name}; check its spelling")
        arguments = {"random_state": self.seed} if _takes(found, "random_state") else {}
        try:
            return found(**arguments)
        except Exception as error:  # whatever somebody else's class may raise
            self._refuse(
                f"it cannot be built without arguments: {_said(error)}; give them defaults in a "
                "class of your own"
            )

    def _module(self, name: str) -> ModuleType:
        try:
            return import_module(name)
        except Exception as error:  # whatever somebody else's module may raise
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            if missing and f"{name}.".startswith(f"{missing}."):
                self._refuse(
                    f"there is no module {missing}; install it or put its folder into PYTHONPATH"
                )
            self._refuse(f"module {name} cannot be imported: {_said(error)}")

    def _refuse(self, problem: str) -> NoReturn:
        message = f"pixel classifier {self.name}: {problem}"
        raise SettingsError(message)


def _takes(function: Any, argument: str) -> bool:  # noqa: ANN401
    try:
        return argument in inspect.signature(function).parameters
    except (TypeError, ValueError):  # not callable, or written in C and silent about it
        return False


def _said(error: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
