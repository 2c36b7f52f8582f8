"""Tables for the terminal."""

import math
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from riverscape.assessment import ConfusionMatrix
from riverscape.execution import ImageResult

__all__ = ["image_table", "matrix_table", "print_table", "score_table"]

_UNBOUND = 10_000


def print_table(table: Table) -> None:
    """Print a table on stdout; as wide as it needs where that is no terminal."""
    console = Console(width=None if Console().is_terminal else _UNBOUND)
    console.print(table)


def image_table(results: Mapping[str, ImageResult]) -> Table:
    """Return one row an image: its scores, the share of each class and the time."""
    scored = [result for result in results.values() if result.cnn and result.csc]
    table = Table(box=None, pad_edge=False)
    table.add_column("image")
    if scored:
        table.add_column("F1 CNN", justify="right")
        table.add_column("F1 CSC", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("land cover")
    for name, result in sorted(results.items()):
        scores = [_number(m.f1_weighted if m else math.nan) for m in (result.cnn, result.csc)]
        table.add_row(
            escape(name),
            *(scores if scored else []),
            f"{sum(result.seconds.values()):.2f}",
            escape(_shares(result.pixels)),
        )
    if len(scored) > 1:
        means = (
            sum(matrix.f1_weighted for matrix in matrices if matrix) / len(scored)
            for matrices in (
                [result.cnn for result in scored],
                [result.csc for result in scored],
            )
        )
        table.add_row("mean", *map(_number, means), "", "", style="bold")
    return table


def score_table(matrix: ConfusionMatrix) -> Table:
    """Return one row a class: precision, recall, F1, IoU and support."""
    table = Table(box=None, pad_edge=False)
    table.add_column("class")
    for name in ("precision", "recall", "F1", "IoU", "support"):
        table.add_column(name, justify="right")
    for score in matrix.held:
        values = map(_number, (score.precision, score.recall, score.f1, score.iou))
        table.add_row(escape(score.name), *values, f"{score.support:,}")
    return table


def matrix_table(matrix: ConfusionMatrix) -> Table:
    """Return the confusion matrix with named axes."""
    frame = matrix.frame()
    table = Table(title="pixels: rows are the reference, columns the prediction", pad_edge=False)
    table.add_column("reference \\ predicted")
    for name in frame.columns:
        table.add_column(escape(str(name)), justify="right")
    for reference, row in frame.iterrows():
        table.add_row(escape(str(reference)), *(f"{count:,}" for count in row))
    return table


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _shares(pixels: dict[str, int]) -> str:
    total = sum(pixels.values())
    if not total:
        return "no valid pixel"
    return ", ".join(f"{name} {100 * n / total:.1f} %" for name, n in pixels.items() if n)
