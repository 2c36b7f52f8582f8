"""Logistic regression on polynomials of colour: smooth borders between classes, quickly learned."""

from dataclasses import dataclass, replace
from itertools import chain, combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from riverscape.pixels.estimators import MOST_ROWS, OneClass, Standardisation
from riverscape.pixels.table import SpectralTable

__all__ = ["FittedLogistic", "Logistic"]

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
# Newton's method has arrived where no coefficient changes the mean loss faster than this.
_FLAT = 1e-6
# Halvings of a step that does not lessen the loss.
_MOST_HALVINGS = 20
# Of several classes the constants may all move together; this keeps them where they are.
_CONSTANT_RIDGE = 1e-9
# Colours asked at a time.
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Logistic:
    """Multinomial logistic regression on the polynomial terms of the standardised features.

    The borders between classes are surfaces of degree four in colour space: bent enough for what
    tiles can teach, and too stiff to learn their mistakes by heart.

    Parameters
    ----------
    ridge
        Weight of half the squared coefficients against the mean loss of a pixel.
    """

    ridge: float = 1e-3

    def fit(
        self, table: SpectralTable, weights: NDArray[np.float64]
    ) -> "FittedLogistic | OneClass":
        """Find the coefficients by Newton's method, on the colours' counts.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).
        """
        bits = min(table.bits, _FIT_BITS)
        rows = (table.rows >> (table.bits - bits)).astype(np.uint8)
        coarse = SpectralTable(rows, table.counts, bits).merged()
        present, classes = coarse.present, coarse.counts.shape[1]
        if len(present) == 1:
            return OneClass(int(present[0]), classes)
        scale, part = Standardisation.of(coarse), coarse.sampled(MOST_ROWS, seed=0)
        counted = part.counts[:, present] * weights[present]
        taught = counted.any(axis=1)
        # One thread: images are worked on side by side, and sums of several threads depend on
        # their number.
        with threadpool_limits(1):
            terms = _terms(scale.applied(part.rows[taught]))
            coefficients = _minimised(terms, counted[taught] / counted.sum(), self.ridge)
        return FittedLogistic(coefficients, replace(scale, bits=table.bits), present, classes)


@dataclass(frozen=True, eq=False)
class FittedLogistic:
    """A fitted regression.

    Attributes
    ----------
    coefficients
        Of each term for each class that occurs, (term, class); of two classes the first has
        none, (term, 1).
    scale
        The standardisation of the colours.
    present
        Positions of the classes that occur.
    classes
        Number of all classes.
    """

    coefficients: NDArray[np.float64]
    scale: Standardisation
    present: NDArray[np.intp]
    classes: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        result = np.zeros((len(rows), self.classes), np.float32)
        with threadpool_limits(1):
            for start in range(0, len(rows), _CHUNK):
                part = slice(start, start + _CHUNK)
                terms = _terms(self.scale.applied(rows[part]))
                result[part, self.present], _ = _softmax(terms @ self.coefficients)
        return result


def _terms(colours: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 and the polynomial terms of standardised colours (n, band), (n, term)."""
    near = np.clip(colours.astype(np.float64), -_FARTHEST, _FARTHEST)
    bands = near.shape[1]
    degrees = range(_degree(bands) + 1)
    factors = [combinations_with_replacement(range(bands), degree) for degree in degrees]
    return np.stack([near[:, term].prod(axis=1) for term in chain(*factors)], axis=1)


def _minimised(
    terms: NDArray[np.float64], shares: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Return the coefficients, (term, class), with the least mean loss of all pixels.

    Parameters
    ----------
    terms
        Of each colour, (n, term); the first is 1.
    shares
        The share of all pixels that are of a colour and a class, (n, class).
    """
    # Of two classes one is enough: what speaks for the second speaks against the first.
    free = shares.shape[1] if shares.shape[1] > 2 else 1
    taught, colours = shares[:, -free:], shares.sum(axis=1)
    penalty = np.full((terms.shape[1], free), ridge)
    penalty[0] = _CONSTANT_RIDGE

    def answer(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        scores = terms @ coefficients
        probabilities, total = _softmax(scores)
        loss = colours @ total - (taught * scores).sum()
        return probabilities[:, -free:], float(loss + (penalty * coefficients**2).sum() / 2)

    coefficients = np.zeros(penalty.shape)
    probabilities, loss = answer(coefficients)
    for _ in range(_MOST_STEPS):
        expected = colours[:, None] * probabilities
        slope = terms.T @ (expected - taught) + penalty * coefficients
        if np.abs(slope).max() < _FLAT:
            break
        step = np.linalg.solve(
            _curvature(terms, expected, probabilities, penalty), slope.T.ravel()
        ).reshape(free, -1).T  # fmt: skip
        for halvings in range(_MOST_HALVINGS):
            tried = coefficients - step / 2**halvings
            found, found_loss = answer(tried)
            if found_loss < loss:
                break
        else:  # nothing nearby is better, as far as numbers tell
            break
        coefficients, probabilities, loss = tried, found, found_loss
    return coefficients


def _curvature(
    terms: NDArray[np.float64],
    expected: NDArray[np.float64],
    probabilities: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the second derivatives of the loss, class by class, (class * term, class * term)."""
    count, free = penalty.shape
    result = np.diag(penalty.T.ravel())
    for one in range(free):
        for other in range(one + 1):
            shared = expected[:, one] * (float(one == other) - probabilities[:, other])
            block = terms.T @ (terms * shared[:, None])
            here, there = (slice(place * count, (place + 1) * count) for place in (one, other))
            result[here, there] += block
            if one != other:
                result[there, here] += block
    return result


def _softmax(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities (n, class), and the logarithm of what they were divided by, (n,).

    Of two classes there are the scores of the second, against 0.
    """
    if scores.shape[1] == 1:
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    most = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - most)
    total = powers.sum(axis=1, keepdims=True)
    return powers / total, (most + np.log(total))[:, 0]


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
