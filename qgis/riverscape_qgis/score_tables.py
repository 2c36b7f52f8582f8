# SPDX-License-Identifier: GPL-2.0-or-later
"""The worker's tables of scores, read without pandas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["both_scores", "read_table", "weighted_f1"]

_WHOLE = "ALL"


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV by the names of its columns."""
    import csv  # late, here and below: QGIS starts with this module

    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def weighted_f1(path: Path) -> float:
    """Return the F1 of all classes, each weighing as many pixels as are labelled so."""
    return next(float(row["f1_score"]) for row in read_table(path) if row["class"] == _WHOLE)


def both_scores(files: Mapping[str, Path], out: Path) -> Path:
    """Write the scores of several maps as one table, with the map's kind in front; return it."""
    import csv

    rows = [{"map": kind, **row} for kind, path in files.items() for row in read_table(path)]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return out
