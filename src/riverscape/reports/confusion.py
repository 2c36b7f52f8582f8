"""The confusion matrix as a picture: shares and counts, and the scores of each class."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from riverscape.assessment import ConfusionMatrix
from riverscape.outputs import whole_file
from riverscape.reports.lettering import wrapped
from riverscape.reports.page import page_axes

__all__ = ["draw_confusion", "save_confusion"]

_DPI = 150
_GREY = "#666666"
_RULE = "#d4d4d4"
_NOTHING = "#f0f0f0"
# All lengths in inches.
_EDGE = 0.3
_AXIS_NAME = 0.3
_NAMES = 1.6  # of the classes, left of the matrix
_HEADS = 0.55  # of the columns, above it
_CELL_HEIGHT = 0.56
_SCORE = 0.8  # width of a column of scores, right of it
_GAP = 0.15
_LINE = 0.155
_TITLE_LINE = 0.28
_CHIP = 0.12
_TITLE_PT = 14.0
_TEXT_PT = 9.0
_HEAD_PT = 8.5
_SHARE_PT = 10.0
_COUNT_PT = 7.5

_SCORES = ("precision", "recall", "F1", "labelled")
_KEY = "share of the reference class, and count; blue is right, orange is wrong"


def save_confusion(path: Path, matrix: ConfusionMatrix, title: str) -> Path:
    """Draw the confusion matrix with the scores of its classes and write it, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figure = draw_confusion(matrix, title)
    with whole_file(path) as aside:
        figure.savefig(aside, dpi=_DPI)
    return path


def draw_confusion(matrix: ConfusionMatrix, title: str) -> Figure:
    """Draw the matrix: a row for each reference class, a column for each predicted class.

    A cell holds its share of the row and its count. Right of the matrix stand precision, recall
    and F1 of each class and how much of it the reference holds; beneath it, how much of each was
    predicted, and the means weighted by the reference. A score that nothing stands behind is a
    dash.
    """
    rows = len(matrix.scheme)
    columns = rows + int(matrix.counts[:, -1].any())
    cell_width = min(max(9 / columns, 0.92), 1.1)
    left = _EDGE + _AXIS_NAME + _NAMES
    width = left + columns * cell_width + _GAP + len(_SCORES) * _SCORE + _EDGE
    titles = wrapped(title, 72 * (width - 2 * _EDGE), _TITLE_PT, lines=2)
    top = _EDGE + len(titles) * _TITLE_LINE + 2 * _LINE + 0.25 + _AXIS_NAME + _HEADS
    figure = Figure(figsize=(width, top + (rows + 1) * _CELL_HEIGHT + _EDGE))
    plan = _Plan(page_axes(figure), left, top, cell_width, rows, columns)
    for place, text in enumerate(titles):
        plan.write(_EDGE, _EDGE + (place + 0.5) * _TITLE_LINE, text, ha="left", size=_TITLE_PT)
    under = _EDGE + len(titles) * _TITLE_LINE
    plan.write(_EDGE, under + 0.5 * _LINE, _summary(matrix), ha="left", color=_GREY)
    plan.write(_EDGE, under + 1.5 * _LINE, _KEY, ha="left", color=_GREY)
    _draw_names(plan, matrix)
    _draw_cells(plan, matrix)
    _draw_scores(plan, matrix)
    return figure


@dataclass(frozen=True)
class _Plan:
    """Where rows and columns stand on the page, in inches; cells are counted from 0."""

    page: Axes
    left: float
    top: float
    cell_width: float
    rows: int
    columns: int

    def x(self, column: float) -> float:
        return self.left + column * self.cell_width

    def y(self, row: float) -> float:
        return self.top + row * _CELL_HEIGHT

    def score_x(self, score: float) -> float:
        return self.x(self.columns) + _GAP + score * _SCORE

    def write(self, x: float, y: float, text: str, **look: Any) -> None:  # noqa: ANN401
        usual: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": _TEXT_PT}
        self.page.text(x, y, text, parse_math=False, **usual | look)

    def write_lines(self, x: float, y: float, lines: list[str], **look: Any) -> None:  # noqa: ANN401
        """Write lines whose middle is at y."""
        for place, text in enumerate(lines):
            self.write(x, y + (place - (len(lines) - 1) / 2) * _LINE, text, **look)


def _draw_names(plan: _Plan, matrix: ConfusionMatrix) -> None:
    middle = (plan.x(0) + plan.x(plan.columns)) / 2
    plan.write(middle, plan.top - _HEADS - _AXIS_NAME / 2, "predicted", size=11)
    reference = (plan.y(0) + plan.y(plan.rows)) / 2
    plan.write(_EDGE + _AXIS_NAME / 3, reference, "reference", size=11, rotation=90, va="center")
    names = [*matrix.scheme.names, "no class"][: plan.columns]
    for column, name in enumerate(names):
        lines = wrapped(name, 72 * (plan.cell_width - 0.06), _HEAD_PT, lines=3)
        plan.write_lines(plan.x(column + 0.5), plan.top - _HEADS / 2, lines, size=_HEAD_PT)
    for row, cover in enumerate(matrix.scheme):
        lines = wrapped(cover.name, 72 * (_NAMES - _CHIP - 0.25), _TEXT_PT, lines=2)
        plan.write_lines(plan.left - _CHIP - 0.2, plan.y(row + 0.5), lines, ha="right")
        corner = (plan.left - _CHIP - 0.1, plan.y(row + 0.5) - _CHIP / 2)
        plan.page.add_patch(
            Rectangle(corner, _CHIP, _CHIP, facecolor=cover.colour, edgecolor=_GREY, lw=0.6)
        )


def _draw_cells(plan: _Plan, matrix: ConfusionMatrix) -> None:
    for row, counts in enumerate(matrix.counts[:, : plan.columns]):
        support = int(counts.sum())
        for column, count in enumerate(counts.tolist()):
            share = count / support if support else 0.0
            face = _colour(share, right=row == column) if support else _NOTHING
            plan.page.add_patch(
                Rectangle(
                    (plan.x(column), plan.y(row)),
                    plan.cell_width,
                    _CELL_HEIGHT,
                    facecolor=face,
                    edgecolor=_RULE if support else face,
                    lw=0.8,
                )
            )
            if count:
                ink = "white" if share > 0.6 else "black"
                middle = plan.x(column + 0.5)
                plan.write(middle, plan.y(row + 0.37), _percent(share), size=_SHARE_PT, color=ink)
                plan.write(middle, plan.y(row + 0.73), f"{count:,}", size=_COUNT_PT, color=ink)
        if not support:
            middle = (plan.x(0) + plan.x(plan.columns)) / 2
            plan.write(middle, plan.y(row + 0.5), "none in the reference", color=_GREY)


def _draw_scores(plan: _Plan, matrix: ConfusionMatrix) -> None:
    for score, name in enumerate(_SCORES):
        plan.write(plan.score_x(score + 0.5), plan.top - _HEADS / 2, name)
    mapped = matrix.counts.sum(axis=0)[: plan.columns].tolist()
    for row, found in enumerate(matrix.classes):
        held = found.support > 0
        texts = [
            _score(found.precision, bool(mapped[row])),
            _score(found.recall, held),
            _score(found.f1, held),
            f"{found.support:,}",
        ]
        for score, text in enumerate(texts):
            plan.write(plan.score_x(score + 0.5), plan.y(row + 0.5), text)
    last = plan.y(plan.rows + 0.5)
    plan.write(plan.left - _CHIP - 0.2, last, "all", ha="right")
    for column, count in enumerate(mapped):
        plan.write(plan.x(column + 0.5), last, f"{count:,}", size=_COUNT_PT + 0.5)
    means = matrix.scores().iloc[-1]
    for score, name in enumerate(("precision", "recall", "f1_score")):
        plan.write(plan.score_x(score + 0.5), last, _score(means[name], matrix.support > 0))
    plan.write(plan.score_x(3.5), last, f"{matrix.support:,}")


def _summary(matrix: ConfusionMatrix) -> str:
    if not matrix.support:
        return "nothing of the reference is labelled"
    return (
        f"weighted F1 {matrix.f1_weighted:.4f}, mean F1 of the classes {matrix.f1_macro:.4f}, "
        f"accuracy {matrix.accuracy:.4f}, kappa {matrix.kappa:.4f}"
    )


def _colour(share: float, right: bool) -> str:
    if not share:
        return "white"
    # A root: one of a hundred in the wrong class is to be seen.
    return str(to_hex(colormaps["Blues" if right else "Oranges"](0.03 + 0.85 * share**0.5)))


def _percent(share: float) -> str:
    """Return the share as a percentage; only what is nothing or all is 0.0 or 100.0 %.

    Examples
    --------
    >>> _percent(0.9786), _percent(0.0001), _percent(0.9999), _percent(1.0)
    ('97.9 %', '<0.1 %', '>99.9 %', '100.0 %')
    """
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def _score(value: float, known: bool) -> str:
    return f"{value:.3f}" if known else "–"
