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
        if not len(self.rows):
            return self
        # By band, last first, each a stable sort of bytes: several times faster than np.unique.
        order = np.lexsort(self.rows.T[::-1])
        rows = self.rows[order]
        first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
        counts = np.add.reduceat(self.counts[order], first, axis=0)
        return type(self)(rows[first], counts, self.bits)

    def sampled(self, most: int, seed: int) -> Self:
        """Return a table of at most `most` colours: this one, or a random draw from it.

        Each class takes part with about as many colours as the others, or with all of its
        colours where it has fewer. A class's pixels are cut, in the order of their colours, into
        equal runs; of each run one pixel is drawn, and its colour counts for the run. So the
        totals of the classes stay exactly what they are, and a colour's count is right on
        average. Colours that no class has are left out of a draw.

        Raises
        ------
        ValueError
            If `most` is less than the number of classes.

        Examples
        --------
        >>> rows, counts = np.arange(100, dtype=np.uint8)[:, None], np.full((100, 1), 7)
        >>> table = SpectralTable(rows, counts, bits=8)
        >>> few = table.sampled(10, seed=0)
        >>> len(few.rows), few.class_totals.tolist(), table.sampled(100, seed=0) is table
        (10, [700], True)
        """
        if most < self.counts.shape[1]:
            message = f"{most} colours are too few for {self.counts.shape[1]} classes"
            raise ValueError(message)
        if len(self.rows) <= most:
            return self
        generator = np.random.default_rng(seed)
        counts = self.counts.copy()
        occurring = np.count_nonzero(counts, axis=0)
        for position, share in enumerate(_even_shares(occurring, most)):
            if share < occurring[position]:
                counts[:, position] = _one_of_each_run(counts[:, position], share, generator)
        kept = counts.any(axis=1)
        return type(self)(self.rows[kept], counts[kept], self.bits)

    @property
    def class_totals(self) -> NDArray[np.int64]:
        """Pixels of each class."""
        return np.asarray(self.counts.sum(axis=0))

    @property
    def present(self) -> NDArray[np.intp]:
        """Positions of the classes that occur."""
        return np.flatnonzero(self.class_totals)

    def entries(
        self, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Return rows (n,), positions of their classes (n,) and what they count for (n,).

        A colour that occurs in two classes stands twice. An entry counts for its pixels times
        the weight of a pixel of its class; the mean over all entries is 1.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).

        Examples
        --------
        >>> table = SpectralTable(np.array([[3], [9]], np.uint8), np.array([[4, 0], [4, 2]]), 8)
        >>> [part.tolist() for part in table.entries(np.array([1.0, 2.0]))]
        [[0, 1, 1], [0, 0, 1], [1.0, 1.0, 1.0]]
        """
        row, position = np.nonzero(self.counts)
        counted = self.counts[row, position] * weights[position]
        return row, position, counted / counted.mean()


def unit_rows(rows: NDArray[np.uint8], bits: int) -> NDArray[np.float64]:
    """Return colours of `bits` bits at the middle of their bins, 0..1."""
    return (rows + 0.5) / (1 << bits)


def _even_shares(wanted: NDArray[np.intp], most: int) -> list[int]:
    """Share `most` out alike; who wants less leaves the rest to the others."""
    shares, left = [0] * len(wanted), most
    for done, position in enumerate(np.argsort(wanted, kind="stable")):
        shares[position] = min(int(wanted[position]), left // (len(wanted) - done))
        left -= shares[position]
    return shares


def _one_of_each_run(
    counts: NDArray[np.int64], runs: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Cut pixels into runs, draw one pixel of each, and let its row count for the run."""
    ends = np.cumsum(counts)
    bounds = np.arange(runs + 1) * ends[-1] // runs
    drawn = np.searchsorted(ends, generator.integers(bounds[:-1], bounds[1:]), side="right")
    result = np.zeros_like(counts)
    np.add.at(result, drawn, np.diff(bounds))
    return result
