"""The spectral table: how often each distinct colour occurs in each class.

A pixel classifier that sees only a pixel's band values needs no list of pixels. Fitting on
distinct colours with their counts as weights is the same fit, a hundred times smaller.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["SpectralTable"]


@dataclass(frozen=True, eq=False)
class SpectralTable:
    """Distinct colours and their counts per class; adding two tables gives the table of both.

    Attributes
    ----------
    rows
        Distinct colours, (n, band), of `bits` bits a band.
    counts
        Pixels of each colour in each class, (n, class); whole numbers, also where pixels are
        weighted, so that sums are exact in any order.
    bits
        Bits of a band.

    Raises
    ------
    ValueError
        If rows and counts differ in length, or counts are not whole numbers.

    Examples
    --------
    >>> left = SpectralTable(np.array([[3], [9]], np.uint8), np.array([[1, 0], [0, 2]]), bits=8)
    >>> right = SpectralTable(np.array([[9]], np.uint8), np.array([[4, 0]]), bits=8)
    >>> both = left + right
    >>> both.rows.tolist(), both.counts.tolist()
    ([[3], [9]], [[1, 0], [4, 2]])
    """

    rows: NDArray[np.uint8]
    counts: NDArray[np.int64]
    bits: int

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.counts.ndim != 2 or len(self.rows) != len(self.counts):
            message = f"rows {self.rows.shape} and counts {self.counts.shape} do not fit"
            raise ValueError(message)
        if not np.issubdtype(self.counts.dtype, np.integer):
            message = f"counts are whole numbers, not {self.counts.dtype}"
            raise ValueError(message)

    def __add__(self, other: Self) -> Self:
        if (self.bits, self.rows.shape[1], self.counts.shape[1]) != (
            other.bits,
            other.rows.shape[1],
            other.counts.shape[1],
        ):
            message = "tables of different bits, bands or classes do not add up"
            raise ValueError(message)
        return type(self)(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.counts, other.counts]),
            self.bits,
        ).merged()

    def merged(self) -> Self:
        """Return the same table with each colour once, in ascending order."""
        rows, index = np.unique(self.rows, axis=0, return_inverse=True)
        counts = np.zeros((len(rows), self.counts.shape[1]), np.int64)
        np.add.at(counts, index.ravel(), self.counts)
        return type(self)(rows, counts, self.bits)

    @property
    def class_totals(self) -> NDArray[np.int64]:
        """Pixels of each class."""
        return np.asarray(self.counts.sum(axis=0))

    @property
    def present(self) -> NDArray[np.intp]:
        """Positions of the classes that occur."""
        return np.flatnonzero(self.class_totals)

    def class_weights(self) -> NDArray[np.float64]:
        """Return weights that balance the classes by the square root of their counts.

        Without them a class of one per cent of the image disappears; with full balance it
        spreads over colours that it shares with others. Classes that do not occur weigh 0.

        Examples
        --------
        >>> table = SpectralTable(np.array([[0]], np.uint8), np.array([[1, 100, 0]]), bits=8)
        >>> (table.class_weights() * table.class_totals).tolist()  # was 1 to 100
        [1.0, 10.0, 0.0]
        """
        totals = self.class_totals.astype(np.float64)
        return np.divide(1, np.sqrt(totals), out=np.zeros_like(totals), where=totals > 0)

    def samples(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
        """Return colours 0..1 (n, band), positions of their classes (n,) and weights (n,).

        A colour that occurs in two classes stands twice. Weights balance the classes and have a
        mean of 1.
        """
        row, position = np.nonzero(self.counts)
        weights = self.counts[row, position] * self.class_weights()[position]
        return self.unit_rows()[row], position, weights / weights.mean()

    def unit_rows(self) -> NDArray[np.float64]:
        """Return the colours at the middle of their bins, 0..1, (n, band)."""
        return unit_rows(self.rows, self.bits)


def unit_rows(rows: NDArray[np.uint8], bits: int) -> NDArray[np.float64]:
    """Return colours of `bits` bits at the middle of their bins, 0..1."""
    return (rows + 0.5) / (1 << bits)
