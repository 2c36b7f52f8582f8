"""Logistic regression on polynomials of colour: smooth borders between classes, quickly learned."""

from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.estimators import FittedEstimator, OneClass, fit_estimator
from riverscape.pixels.table import SpectralTable

__all__ = ["Logistic"]

# Terms of the polynomial at most: of degree four up to four features, cubic up to five, quadratic
# up to ten.
_MOST_TERMS = 70
_HIGHEST_DEGREE = 4
# Standard deviations beyond which a colour counts as at that distance: powers of rare colours, the
# glint of a wave, would else be all that the fit looks at.
_FARTHEST = 3.0
# Bits a band that are enough to fit on: within 0.0001 of the F1 of 7, on a quarter of the rows.
_FIT_BITS = 6
_MOST_STEPS = 60


@dataclass(frozen=True)
class Logistic:
    """Multinomial logistic regression on the polynomial terms of the standardised features.

    The borders between classes are surfaces of degree four in colour space: bent enough for what
    tiles can teach, and too stiff to learn their mistakes by heart.

    Parameters
    ----------
    ridge
        Weight of the squared coefficients against the mean loss of a pixel.
    """

    ridge: float = 1e-3

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> FittedEstimator | OneClass:
        """Find the coefficients by Newton's method.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).
        """
        bits = min(table.bits, _FIT_BITS)
        rows = (table.rows >> (table.bits - bits)).astype(np.uint8)
        coarse = SpectralTable(rows, table.counts, bits).merged()
        fitted = fit_estimator(_Polynomial(self.ridge), coarse, weights, seed=0)
        if isinstance(fitted, OneClass):
            return fitted
        return replace(fitted, scale=replace(fitted.scale, bits=table.bits))


class _Polynomial:
    """Logistic regression on polynomial terms, as scikit-learn's classifiers look."""

    def __init__(self, ridge: float) -> None:
        self._ridge = ridge

    @property
    def classes_(self) -> NDArray[np.intp]:
        return np.asarray(self._regression.classes_)

    def fit(
        self,
        colours: NDArray[np.float32],
        positions: NDArray[np.intp],
        sample_weight: NDArray[np.float64],
    ) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import PolynomialFeatures

        self._terms = PolynomialFeatures(_degree(colours.shape[1]), include_bias=False)
        self._regression = LogisticRegression(
            C=1 / (self._ridge * sample_weight.sum()),
            solver="newton-cholesky",
            max_iter=_MOST_STEPS,
        )
        self._regression.fit(self._bent(colours), positions, sample_weight=sample_weight)

    def predict_proba(self, colours: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(self._regression.predict_proba(self._bent(colours)))

    def _bent(self, colours: NDArray[np.float32]) -> NDArray[np.float64]:
        near = np.clip(colours.astype(np.float64), -_FARTHEST, _FARTHEST)
        return np.asarray(self._terms.fit_transform(near))


def _degree(features: int) -> int:
    """Return the highest degree whose polynomial has few enough terms.

    Examples
    --------
    >>> [_degree(features) for features in (1, 3, 4, 5, 9, 40)]
    [4, 4, 4, 3, 2, 1]
    """
    degree = _HIGHEST_DEGREE
    while degree > 1 and comb(features + degree, degree) - 1 > _MOST_TERMS:
        degree -= 1
    return degree
