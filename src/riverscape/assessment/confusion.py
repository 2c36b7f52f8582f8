"""The confusion matrix and the scores that derive from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.labels import ClassScheme

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassScore", "ConfusionMatrix"]


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class, each 0..1; support is its number of labelled pixels."""

    name: str
    precision: float
    recall: float
    f1: float
    iou: float
    support: int


@dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """Pixels by reference class (row) and predicted class (column).

    The last column counts labelled pixels for which the map holds no class. Unlabelled pixels do
    not count. Matrices of parts add up to that of the whole.

    Raises
    ------
    ValueError
        If the counts are not (class, class + 1).

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> reference = np.array([[1, 1, 3, 0]], np.uint8)
    >>> predicted = np.array([[1, 3, 3, 1]], np.uint8)
    >>> matrix = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    >>> matrix.support, round(matrix.accuracy, 3), round(matrix.f1_weighted, 3)
    (3, 0.667, 0.667)
    """

    counts: NDArray[np.int64]
    scheme: ClassScheme

    def __post_init__(self) -> None:
        expected = (len(self.scheme), len(self.scheme) + 1)
        if self.counts.shape != expected:
            message = f"a confusion matrix of shape {self.counts.shape} is not {expected}"
            raise ValueError(message)

    @classmethod
    def of(
        cls, reference: NDArray[np.uint8], predicted: NDArray[np.uint8], scheme: ClassScheme
    ) -> Self:
        """Count the pixels of two rasters of class codes, (row, col) each.

        Raises
        ------
        ValueError
            If they differ in shape.
        """
        if reference.shape != predicted.shape:
            message = f"rasters of {reference.shape} and {predicted.shape} cannot be compared"
            raise ValueError(message)
        # Counted by code first: 256 x 256 pairs need no work per pixel but one sum.
        keys = reference.astype(np.uint16).ravel() << 8
        keys |= predicted.ravel()
        pairs = np.bincount(keys, minlength=1 << 16).reshape(256, 256)
        codes = list(scheme.codes)
        known = pairs[np.ix_(codes, codes)]
        missed = pairs[codes].sum(axis=1) - known.sum(axis=1)
        return cls(np.column_stack([known, missed]).astype(np.int64), scheme)

    def __add__(self, other: Self) -> Self:
        if self.scheme != other.scheme:
            message = "confusion matrices of different classes do not add up"
            raise ValueError(message)
        return type(self)(self.counts + other.counts, self.scheme)

    @property
    def support(self) -> int:
        """Labelled pixels."""
        return int(self.counts.sum())

    @property
    def classes(self) -> list[ClassScore]:
        """Scores of each class of the scheme, in order."""
        hits = np.diag(self.counts).astype(float)
        labelled = self.counts.sum(axis=1).astype(float)
        mapped = self.counts[:, :-1].sum(axis=0).astype(float)
        precision, recall = _share(hits, mapped), _share(hits, labelled)
        f1 = _share(2 * hits, mapped + labelled)
        iou = _share(hits, mapped + labelled - hits)
        return [
            ClassScore(
                name,
                float(precision[index]),
                float(recall[index]),
                float(f1[index]),
                float(iou[index]),
                int(labelled[index]),
            )
            for index, name in enumerate(self.scheme.names)
        ]

    @property
    def held(self) -> list[ClassScore]:
        """Scores of the classes that the labels or the map hold."""
        mapped = self.counts[:, :-1].sum(axis=0)
        return [
            score
            for score, pixels in zip(self.classes, mapped, strict=True)
            if score.support or pixels
        ]

    @property
    def accuracy(self) -> float:
        """Share of labelled pixels whose class is right."""
        return float(np.trace(self.counts) / self.support) if self.support else float("nan")

    @property
    def f1_weighted(self) -> float:
        """Mean F1 over the classes, weighted by support: the score of the published results."""
        return self._mean("f1", weighted=True)

    @property
    def f1_macro(self) -> float:
        """Mean F1 over the classes that the labels hold."""
        return self._mean("f1", weighted=False)

    @property
    def iou_macro(self) -> float:
        """Mean intersection over union, over the classes that the labels hold."""
        return self._mean("iou", weighted=False)

    @property
    def kappa(self) -> float:
        """Cohen's kappa: agreement beyond chance (Cohen 1960)."""
        total = self.support
        if not total:
            return float("nan")
        labelled = self.counts.sum(axis=1) / total
        mapped = self.counts[:, :-1].sum(axis=0) / total
        chance = float(labelled @ mapped)
        return (self.accuracy - chance) / (1 - chance) if chance < 1 else 1.0

    def frame(self) -> "pd.DataFrame":
        """Return the matrix as a table with named axes."""
        import pandas as pd  # late: it takes a quarter of a second

        rows = pd.Index(self.scheme.names, name="reference")
        columns = pd.Index([*self.scheme.names, "no class"], name="predicted")
        table = pd.DataFrame(self.counts, index=rows, columns=columns)
        return table if table["no class"].any() else table.drop(columns="no class")

    def scores(self) -> "pd.DataFrame":
        """Return the original's table: class, precision, recall, f1_score, support.

        Only classes that the labels or the map hold have a row. The last row, ALL, holds the
        means weighted by support.
        """
        rows = [(s.name, s.precision, s.recall, s.f1, s.support) for s in self.held]
        precision, recall, f1 = (
            self._mean(name, weighted=True) for name in ("precision", "recall", "f1")
        )
        rows.append(("ALL", precision, recall, f1, self.support))
        import pandas as pd

        return pd.DataFrame(rows, columns=["class", "precision", "recall", "f1_score", "support"])

    def summary(self) -> dict[str, Any]:
        """Return the scores of the whole map by name."""
        return {
            "f1_weighted": self.f1_weighted,
            "f1_macro": self.f1_macro,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "iou_macro": self.iou_macro,
            "support": self.support,
        }

    @staticmethod
    def mean_f1(matrices: "Iterable[ConfusionMatrix]") -> float:
        """Return the mean over images of weighted F1, of those that have labelled pixels.

        NaN where there is none.
        """
        known = [matrix.f1_weighted for matrix in matrices if matrix.support]
        return sum(known) / len(known) if known else float("nan")

    def _mean(self, name: str, weighted: bool) -> float:
        held = [score for score in self.classes if score.support]
        if not held:
            return float("nan")
        weights = [score.support if weighted else 1 for score in held]
        return float(np.average([getattr(score, name) for score in held], weights=weights))

    def _repr_html_(self) -> str:
        """Show scores and matrix in a notebook."""
        summary = (
            f"weighted F1 {self.f1_weighted:.4f}, macro F1 {self.f1_macro:.4f}, accuracy "
            f"{self.accuracy:.4f}, kappa {self.kappa:.4f}; {self.support:,} labelled pixels"
        )
        scores = self.scores().to_html(index=False, float_format="{:.4f}".format)
        return f"<p>{escape(summary)}</p>{scores}{self.frame().to_html()}"


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
