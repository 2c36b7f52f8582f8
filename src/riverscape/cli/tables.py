"""Tables for the terminal."""

import math
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from riverscape.assessment import ConfusionMatrix
from riverscape.execution import ImageResult

__all__ = [
    "MOST_ROWS",
    "assessment_table",
    "image_table",
    "left_out",
    "matrix_table",
    "print_table",
    "score_table",
]

MOST_ROWS = 20
"""Images that a table shows; of more, the worst."""

_UNBOUND = 10_000


def print_table(table: Table) -> None:
    """Print a table on stdout; as wide as it needs where that is no terminal."""
    console = Console(width=None if Console().is_terminal else _UNBOUND)
    console.print(table)


def left_out(images: int, where: str) -> str:
    """Return what to say of images that a table does not show.

    Examples
    --------
    >>> left_out(1100, "run.json holds them all")
    '... and 1,080 more; run.json holds them all'
    """
    return f"... and {images - MOST_ROWS:,} more; {where}"


def image_table(results: Mapping[str, ImageResult]) -> Table:
    """Return one row an image: its scores, the seconds from begin to end, the share of each class.

    Of more than `MOST_ROWS` images those are shown whose CSC map scores worst, the worst first.
    """
    scored = [result for result in results.values() if result.cnn and result.csc]
    table = Table(box=None, pad_edge=False)
    table.add_column("image")
    if scored:
        table.add_column("F1 CNN", justify="right")
        table.add_column("F1 CSC", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("land cover")
    f1 = {name: one.csc.f1_weighted if one.csc else math.nan for name, one in results.items()}
    for name in _shown(f1):
        result = results[name]
        scores = [_number(m.f1_weighted if m else math.nan) for m in (result.cnn, result.csc)]
        table.add_row(
            escape(name),
            *(scores if scored else []),
            f"{result.seconds['total']:.2f}",
            escape(_shares(result.pixels)),
        )
    if len(scored) > 1:
        kinds = [one.cnn for one in scored], [one.csc for one in scored]
        means = (ConfusionMatrix.mean_f1(filter(None, matrices)) for matrices in kinds)
        table.add_row("mean", *map(_number, means), "", "", style="bold")
    return table


def assessment_table(matrices: Mapping[str, ConfusionMatrix]) -> Table:
    """Return one row a map: its scores, and the labelled pixels that they rest on.

    Of more than `MOST_ROWS` maps those are shown that score worst, the worst first.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("image")
    for name in ("weighted F1", "macro F1", "accuracy", "kappa", "labelled pixels"):
        table.add_column(name, justify="right")
    for name in _shown({name: matrix.f1_weighted for name, matrix in matrices.items()}):
        one = matrices[name]
        values = map(_number, (one.f1_weighted, one.f1_macro, one.accuracy, one.kappa))
        table.add_row(escape(name), *values, f"{one.support:,}")
    return table


def _shown(f1: Mapping[str, float]) -> list[str]:
    """Return the names by which images are shown, in order, by how well each one is mapped.

    Examples
    --------
    >>> _shown({"b": 0.5, "a": 0.9})
    ['a', 'b']
    >>> _shown({f"{number:02}": 0.9 if number % 2 else 0.1 for number in range(30)})[:3]
    ['00', '02', '04']
    """
    names = sorted(f1)
    if len(names) <= MOST_ROWS:
        return names
    worst = sorted(names, key=lambda name: math.inf if math.isnan(f1[name]) else f1[name])
    return worst[:MOST_ROWS]


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
