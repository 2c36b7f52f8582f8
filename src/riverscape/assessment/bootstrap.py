"""How far scores would move with other images of the same kind: bootstrap intervals over images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.assessment.confusion import ConfusionMatrix

__all__ = ["LEAST_IMAGES", "Bootstrap", "Interval"]

LEAST_IMAGES = 5
"""Of fewer images the intervals mean little: too few different surveys can be drawn from them."""

_DRAWS = 2000


@dataclass(frozen=True)
class Interval:
    """From where to where a score lies, with the probability asked for; NaN where unknown."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Surveys drawn from a survey: as many images, with replacement, and their summed matrices.

    Pixels of an image are alike, so images are drawn, not pixels. Intervals are percentiles of
    the score over the draws (Efron and Tibshirani 1993, An Introduction to the Bootstrap,
    chapter 13). Two bootstraps of as many images and one seed draw the same images, so their
    draws can be compared one by one.

    Attributes
    ----------
    counts
        The confusion matrix of each drawn survey, (draw, class, class + 1).

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> good = ConfusionMatrix(np.eye(5, 6, dtype=np.int64) * 90, PUBLISHED_CLASSES)
    >>> poor = ConfusionMatrix(np.full((5, 6), 15), PUBLISHED_CLASSES)
    >>> drawn = Bootstrap.of([good, good, poor, good, good])
    >>> interval = drawn.interval("accuracy")
    >>> round(interval.low, 2), round(interval.high, 2)
    (0.5, 1.0)
    """

    counts: NDArray[np.float64]

    @classmethod
    def of(cls, matrices: Sequence[ConfusionMatrix], *, draws: int = _DRAWS, seed: int = 0) -> Self:
        """Draw surveys from the matrices of images, one each.

        Raises
        ------
        ValueError
            If there is no matrix.
        """
        if not matrices:
            message = "no image has labels: there is nothing to draw from"
            raise ValueError(message)
        images = len(matrices)
        rng = np.random.default_rng(seed)
        times = rng.multinomial(images, np.full(images, 1 / images), size=draws)
        stack = np.stack([matrix.counts for matrix in matrices]).astype(np.float64)
        return cls((times @ stack.reshape(images, -1)).reshape(draws, *stack.shape[1:]))

    def interval(self, score: str, level: float = 0.95) -> Interval:
        """Return the interval of a score of the whole map, by its name in `ConfusionMatrix`.

        Raises
        ------
        KeyError
            If there is no such score.
        """
        return _percentiles(self.values(score), level)

    def gain(self, other: Self, score: str, level: float = 0.95) -> Interval:
        """Return the interval of what this one scores more than `other`, of the same images."""
        return _percentiles(self.values(score) - other.values(score), level)

    def class_interval(self, position: int, level: float = 0.95) -> Interval:
        """Return the interval of the F1 of the class at a position of the scheme.

        It is that of the draws that hold the class: the others say nothing of it.
        """
        return _percentiles(self._f1[:, position], level)

    def values(self, score: str) -> NDArray[np.float64]:
        """Return a score of each draw: f1_weighted, f1_macro, accuracy, kappa or iou_macro."""
        hits, mapped, labelled = self._sums
        total = labelled.sum(axis=1)
        if score == "f1_weighted":
            return _share(np.nansum(self._f1 * labelled, axis=1), total)
        if score == "f1_macro":
            return _share(np.nansum(self._f1, axis=1), (labelled > 0).sum(axis=1))
        accuracy = _share(hits.sum(axis=1), total)
        if score == "accuracy":
            return accuracy
        if score == "kappa":
            chance = _share((labelled * mapped).sum(axis=1), total**2)
            return np.where(chance == 1, 1.0, _share(accuracy - chance, 1 - chance))
        if score == "iou_macro":
            iou = np.where(labelled > 0, _share(hits, mapped + labelled - hits), np.nan)
            return _share(np.nansum(iou, axis=1), (labelled > 0).sum(axis=1))
        raise KeyError(score)

    @property
    def _sums(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Pixels that are right, mapped and labelled by draw and class, (draw, class) each."""
        hits = np.diagonal(self.counts, axis1=1, axis2=2)
        return hits, self.counts[:, :, :-1].sum(axis=1), self.counts.sum(axis=2)

    @property
    def _f1(self) -> NDArray[np.float64]:
        """F1 by draw and class, (draw, class); NaN where a draw does not hold the class."""
        hits, mapped, labelled = self._sums
        return np.where(labelled > 0, _share(2 * hits, mapped + labelled), np.nan)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part of whole, NaN where the whole is nothing."""
    unknown = np.full(np.shape(part), np.nan)
    shares: NDArray[np.float64] = np.divide(part, whole, out=unknown, where=whole > 0)
    return shares


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    known = values[np.isfinite(values)]
    if not known.size:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
