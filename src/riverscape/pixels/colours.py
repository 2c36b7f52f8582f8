"""Distinct colours found again: by a number that each of them is mixed to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.draws import mixed
from riverscape.pixels.table import SpectralTable

__all__ = ["MOST_COLOURS", "Colours", "TableSum"]

MOST_COLOURS = 1 << 21
"""Most colours that a table of a whole image keeps: all that there are of three bands at 7 bits.

Of images with more, those whose mixed number is least are kept, with all their pixels: a sample
that is the same in whatever order the parts of an image come.
"""


@dataclass(frozen=True, eq=False)
class Colours:
    """Distinct colours, (n, band), in any order.

    Examples
    --------
    >>> colours = Colours(np.array([[3, 9], [4, 0]], np.uint8))
    >>> colours.places_of(np.array([[4, 0], [0, 4], [3, 9]], np.uint8)).tolist()
    [1, -1, 0]
    """

    rows: NDArray[np.uint8]

    @cached_property
    def numbers(self) -> NDArray[np.uint64]:
        """What each colour is mixed to, (n,)."""
        return _numbers(self.rows)

    @cached_property
    def _order(self) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
        order = np.argsort(self.numbers, kind="stable")
        return order, self.numbers[order]

    def places_of(self, wanted: NDArray[np.uint8]) -> NDArray[np.intp]:
        """Return the place of each wanted colour, (m,); -1 where it is not among these."""
        if not len(self.rows):
            return np.full(len(wanted), -1, np.intp)
        order, numbers = self._order
        near = np.searchsorted(numbers, _numbers(wanted)).clip(0, len(numbers) - 1)
        places = order[near]
        found = (self.rows[places] == wanted).all(axis=1)
        return np.asarray(np.where(found, places, -1))


class TableSum:
    """The sum of many tables, added up a few at a time.

    Sums of parts add up in any order and by any groups to the same sum, to the bit, also where
    colours are left out. A colour that is among the `most` of least number in the whole is so in
    each part that holds it, since a part has no colours that the whole lacks: so it is never left
    out on the way, and its count is whole.

    Examples
    --------
    >>> total = TableSum()
    >>> for count in (3, 4):
    ...     total.add(SpectralTable(np.array([[9]], np.uint8), np.array([[count]]), bits=8))
    >>> total.table.counts.tolist()
    [[7]]
    """

    def __init__(self, most: int = MOST_COLOURS) -> None:
        self._most = most
        self._tables: list[SpectralTable] = []

    def add(self, table: SpectralTable) -> None:
        """Add a table of the same bits, bands and classes."""
        self._tables.append(table)
        # Merged when what has come is as much as what is there, so each row is merged a few times.
        if len(self._tables) > 1 and sum(len(t.rows) for t in self._tables[1:]) >= len(
            self._tables[0].rows
        ):
            self._merge()

    def __bool__(self) -> bool:
        """Return whether anything was added."""
        return bool(self._tables)

    @property
    def table(self) -> SpectralTable:
        """The sum so far; of nothing there is none.

        Raises
        ------
        ValueError
            If nothing was added.
        """
        if not self._tables:
            message = "no table was added"
            raise ValueError(message)
        self._merge()
        return self._tables[0]

    def _merge(self) -> None:
        if len(self._tables) > 1:
            rows = np.concatenate([table.rows for table in self._tables])
            counts = np.concatenate([table.counts for table in self._tables])
            self._tables = [SpectralTable(rows, counts, self._tables[0].bits).merged()]
        (table,) = self._tables
        if len(table.rows) > self._most:
            numbers = _numbers(table.rows)
            kept = np.sort(np.argpartition(numbers, self._most)[: self._most])
            self._tables = [SpectralTable(table.rows[kept], table.counts[kept], table.bits)]


def _numbers(rows: NDArray[np.uint8]) -> NDArray[np.uint64]:
    number = np.zeros(len(rows), np.uint64)
    for band in rows.T:
        number = mixed(number ^ band)
    return number
