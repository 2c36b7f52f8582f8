"""Confusion matrices as a report shows them: rows of finished cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from riverscape.assessment import ConfusionMatrix
from riverscape.reports.html.numbers import count, percent

__all__ = ["MatrixRow", "MatrixTable", "matrix_table"]


@dataclass(frozen=True)
class MatrixRow:
    """A reference class: its position and name, pixels, and cells of share, count, depth, right.

    Depth is how strongly a cell is tinted, 0..9; share and count are "" where no pixel is.
    """

    position: int
    name: str
    support: str
    cells: tuple[tuple[str, str, int, bool], ...]


@dataclass(frozen=True)
class MatrixTable:
    """A confusion matrix: what its columns are headed by, and its rows."""

    heads: tuple[str, ...]
    rows: tuple[MatrixRow, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for JSON, a row as a list of the fields of `MatrixRow` but the name."""
        rows = [[row.position, row.support, row.cells] for row in self.rows]
        return {"heads": self.heads, "rows": rows}


def matrix_table(matrix: ConfusionMatrix) -> MatrixTable:
    """Return the confusion matrix for a table: a row for each reference class.

    Classes that neither labels nor map hold are left out; the last column, of pixels without a
    class, is there where it counts any.

    Examples
    --------
    >>> from riverscape.labels import ClassScheme, LandCover
    >>> scheme = ClassScheme((LandCover(1, "water", "#0000ff"), LandCover(2, "sand", "#ffff00")))
    >>> found = matrix_table(ConfusionMatrix(np.array([[90, 0, 0], [3, 6, 1]]), scheme))
    >>> found.heads
    ('water', 'sand', 'no class')
    >>> [share for share, *_ in found.rows[1].cells]
    ['30.0 %', '60.0 %', '10.0 %']
    """
    held = {found.name for found in matrix.held}
    kept = [position for position, name in enumerate(matrix.scheme.names) if name in held]
    columns = [*kept, *([len(matrix.scheme)] if matrix.counts[:, -1].any() else [])]
    names = (*matrix.scheme.names, "no class")
    rows = []
    for row in kept:
        counts = matrix.counts[row]
        support = int(counts.sum())
        cells = tuple(_cell(int(counts[column]), support, row == column) for column in columns)
        rows.append(MatrixRow(row, names[row], count(support), cells))
    return MatrixTable(tuple(names[column] for column in columns), tuple(rows))


def _cell(pixels: int, support: int, right: bool) -> tuple[str, str, int, bool]:
    if not pixels:
        return "", "", 0, right
    # A root: one in a hundred of the wrong class is to be seen.
    depth = min(9, int(np.ceil(9 * (pixels / support) ** 0.5)))
    return percent(pixels / support), count(pixels), depth, right
