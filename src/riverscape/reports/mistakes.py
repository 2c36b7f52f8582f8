"""The sheet of mistakes: tiles that the network takes for another class than their labels say."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from riverscape.assessment.mistakes import Mistake
from riverscape.outputs import whole_file
from riverscape.reports.lettering import shortened, text_width_pt, wrapped
from riverscape.reports.page import page_axes

__all__ = ["draw_mistakes", "save_mistakes"]

_DPI = 120
_MAX_COLUMNS = 7
_MIN_COLUMNS = 3  # beneath which the title has no room
# All lengths in inches.
_PICTURE = 2.45
_CAPTION = 2.68  # a little wider than the picture: "predicted senescent vegetation 0.98" fits
_GAP = 0.35
_EDGE = 0.3
_LINE = 0.17
_TITLE_LINE = 0.26
_CHIP = 0.11
_INDENT = 0.17
_OUTLINE = 4 / _DPI
_CASING = 2 / _DPI
_TITLE_PT = 14.0
_TEXT_PT = 9.0
_GREY = "#555555"
_KEY = "outer outline: what the labels say; inner outline: what the network says, with certainty"
_NONE = "No mistakes on the images kept out: every tile is predicted as its labels say."


@dataclass(frozen=True)
class _Line:
    """A line of a caption, with a chip of colour before it where it names a class."""

    text: str
    colour: str = "black"
    chip: str = ""
    indent: float = 0.0


def save_mistakes(path: Path, mistakes: Sequence[Mistake], title: str) -> Path:
    """Draw the sheet of mistakes and write it, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figure = draw_mistakes(mistakes, title)
    with whole_file(path) as aside:
        figure.savefig(aside, dpi=_DPI)
    return path


def draw_mistakes(mistakes: Sequence[Mistake], title: str) -> Figure:
    """Draw the sheet: a picture of each mistake, in the order given, and what it is taken for.

    The tile is outlined in two colours, that of its label outside, that of the prediction
    inside. Of the bands the first three are shown, or the first alone where there are fewer.
    """
    captions = [_caption(mistake) for mistake in mistakes]
    longest = max(map(len, captions), default=0)
    columns = min(max(ceil(sqrt(1.3 * len(mistakes))), _MIN_COLUMNS), _MAX_COLUMNS)
    rows = ceil(len(mistakes) / columns)
    across, down = _PICTURE + _GAP, _PICTURE + longest * _LINE + 1.2 * _GAP
    width = columns * across - _GAP + 2 * _EDGE
    titles = wrapped(title, 72 * (width - 2 * _EDGE), _TITLE_PT, lines=2)
    top = _EDGE + len(titles) * _TITLE_LINE + 2.5 * _LINE
    figure = Figure(figsize=(width, top + rows * down + _EDGE))
    axis = page_axes(figure)
    _write(axis, _EDGE, _EDGE, [_Line(text) for text in titles], _TITLE_PT, _TITLE_LINE)
    _write(axis, _EDGE, top - 2.5 * _LINE, [_Line(_KEY, _GREY) if mistakes else _Line(_NONE)])
    for place, (mistake, caption) in enumerate(zip(mistakes, captions, strict=True)):
        left, upper = _EDGE + place % columns * across, top + place // columns * down
        _draw_tile(axis, left, upper, mistake)
        _write(axis, left, upper + _PICTURE + 0.14, caption)
    return figure


def _caption(mistake: Mistake) -> list[_Line]:
    lines: list[_Line] = []
    for text, cover in (
        (f"labelled {mistake.labelled.name}", mistake.labelled),
        (f"predicted {mistake.predicted.name} {mistake.certainty:.2f}", mistake.predicted),
    ):
        first, *more = wrapped(text, 72 * (_CAPTION - _INDENT), _TEXT_PT, lines=2)
        lines.append(_Line(first, chip=cover.colour, indent=_INDENT))
        lines += [_Line(rest, indent=_INDENT) for rest in more]
    image, place = " ".join(mistake.image.split()), f"row {mistake.row_px} col {mistake.col_px}"
    if text_width_pt(f"{image} {place}", _TEXT_PT) <= 72 * _CAPTION:
        return [*lines, _Line(f"{image} {place}", _GREY)]
    return [*lines, _Line(shortened(image, 72 * _CAPTION, _TEXT_PT), _GREY), _Line(place, _GREY)]


def _write(
    axis: Axes,
    left: float,
    upper: float,
    lines: Sequence[_Line],
    size_pt: float = _TEXT_PT,
    spacing: float = _LINE,
) -> None:
    for place, line in enumerate(lines):
        middle = upper + (place + 0.5) * spacing
        if line.chip:
            corner = (left + 0.01, middle - _CHIP / 2)
            chip = Rectangle(corner, _CHIP, _CHIP, facecolor=line.chip, edgecolor=_GREY, lw=0.6)
            axis.add_patch(chip)
        axis.text(
            left + line.indent,
            middle,
            line.text,
            size=size_pt,
            color=line.colour,
            verticalalignment="center_baseline",
            parse_math=False,
        )


def _draw_tile(axis: Axes, left: float, upper: float, mistake: Mistake) -> None:
    height, width = mistake.pixels.shape[1:]
    scale = _PICTURE / max(height, width)
    # What an image at its edge has less of stands in the middle of the square.
    left, upper = left + (_PICTURE - scale * width) / 2, upper + (_PICTURE - scale * height) / 2
    axis.imshow(
        _as_rgb(mistake.pixels),
        extent=(left, left + scale * width, upper + scale * height, upper),
        interpolation="bicubic",
        aspect="auto",
    )
    row, col = mistake.tile_at
    corner = _whole(left + scale * col), _whole(upper + scale * row)
    side = _whole(scale * mistake.tile_px)
    _outline(axis, corner, side, 2 * (_OUTLINE + _CASING), "black")
    _outline(axis, corner, side, 2 * _OUTLINE + _CASING, mistake.labelled.colour)
    _outline(axis, corner, side, _OUTLINE + _CASING, "black")
    _outline(axis, corner, side, _OUTLINE, mistake.predicted.colour)


def _outline(
    axis: Axes, corner: tuple[float, float], side: float, width: float, colour: str
) -> None:
    """Draw a square around the tile whose line touches it, so that its pixels stay visible."""
    left, upper = (start - width / 2 for start in corner)
    axis.add_patch(
        Rectangle(
            (left, upper),
            side + width,
            side + width,
            fill=False,
            edgecolor=colour,
            linewidth=72 * width,
            joinstyle="miter",
            snap=False,
        )
    )


def _whole(length: float) -> float:
    """Return the length that is nearest in whole pixels: lines are crisp and of one width."""
    return round(length * _DPI) / _DPI


def _as_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (row, col, 3) of (band, row, col): the first three bands, or the first alone."""
    bands = pixels[:3] if len(pixels) >= 3 else pixels[[0, 0, 0]]
    return np.moveaxis(bands, 0, 2)
