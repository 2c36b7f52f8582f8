"""The contact sheet of a survey's labels: each image, and beside it its labels over it."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from riverscape.assessment.label_look import LabelLook
from riverscape.labels import ClassScheme
from riverscape.outputs import whole_file
from riverscape.reports.lettering import shortened, text_width_pt, wrapped
from riverscape.reports.page import page_axes

__all__ = ["draw_contact_sheet", "save_contact_sheets", "sheet_paths"]

_PAGE_IMAGES = 24
_DPI = 120
_COLUMNS = 3
# All lengths in inches.
_PICTURE = 2.2
_BETWEEN = 0.06
_GAP = 0.4
_EDGE = 0.3
_LINE = 0.18
_TITLE_LINE = 0.3
_CHIP = 0.12
_TITLE_PT, _NAME_PT, _TEXT_PT = 14.0, 10.0, 9.0
_GREY, _RED = "#555555", "#c00000"
_TALLEST = 1.3  # of a picture's width: a narrow strip of a river would else fill the page
_SHOWN = 0.55  # of the label's colour; the rest is the image's
_WIDTH = 2 * _PICTURE + _BETWEEN
_PROBLEM_LINES = 3
_APART_PX = 4  # between labels and the frame around them, in pixels of the small copy

Line = tuple[str, float, str]  # text, size in points, colour


def sheet_paths(folder: Path, images: int) -> list[Path]:
    """Return where the contact sheets of so many images go, 24 a sheet.

    Examples
    --------
    >>> [path.name for path in sheet_paths(Path("check"), 10)]
    ['contact_sheet.png']
    >>> [path.name for path in sheet_paths(Path("check"), 30)]
    ['contact_sheet_1.png', 'contact_sheet_2.png']
    """
    count = ceil(images / _PAGE_IMAGES)
    if count == 1:
        return [folder / "contact_sheet.png"]
    digits = len(str(count))
    return [folder / f"contact_sheet_{page:0{digits}}.png" for page in range(1, count + 1)]


def save_contact_sheets(
    paths: Sequence[Path], looks: Sequence[LabelLook], scheme: ClassScheme, title: str
) -> None:
    """Draw the contact sheets and write each, whole or not at all.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    for page, path in enumerate(paths):
        shown = looks[_PAGE_IMAGES * page : _PAGE_IMAGES * (page + 1)]
        heading = title if len(paths) == 1 else f"{title}, sheet {page + 1} of {len(paths)}"
        figure = draw_contact_sheet(shown, scheme, heading)
        with whole_file(path) as aside:
            figure.savefig(aside, dpi=_DPI)


def draw_contact_sheet(looks: Sequence[LabelLook], scheme: ClassScheme, title: str) -> Figure:
    """Draw images and, beside each, its labels over it; beneath, what there is to look at.

    Where nothing is labelled the image is shown darker and without colour. A red frame is around
    labels whose class has other colours elsewhere.
    """
    captions = [_caption(look) for look in looks]
    columns = max(min(_COLUMNS, len(looks)), 1)
    rows = [
        range(start, min(start + columns, len(looks))) for start in range(0, len(looks), columns)
    ]
    heights = [
        max(_height(looks[place]) for place in row)
        + _LINE * max(len(captions[place]) for place in row)
        + _GAP
        for row in rows
    ]
    width = max(columns * (_WIDTH + _GAP) - _GAP + 2 * _EDGE, 8.0)
    top = _EDGE + _TITLE_LINE + 2 * _LINE
    figure = Figure(figsize=(width, top + sum(heights) + _EDGE))
    axis = page_axes(figure)
    heading = shortened(" ".join(title.split()), 72 * (width - 2 * _EDGE), _TITLE_PT)
    _write(axis, _EDGE, _EDGE, [(heading, _TITLE_PT, "black")], _TITLE_LINE)
    _draw_key(axis, scheme, looks)
    for row, upper in zip(rows, top + np.cumsum([0.0, *heights]), strict=False):
        for column, place in enumerate(row):
            left = _EDGE + column * (_WIDTH + _GAP)
            _draw_pair(axis, left, float(upper), looks[place], scheme)
            beneath = float(upper) + max(_height(looks[other]) for other in row) + 0.05
            _write(axis, left, beneath, captions[place])
    return figure


def _caption(look: LabelLook) -> list[Line]:
    name = shortened(look.name, 72 * _WIDTH, _NAME_PT)
    lines: list[Line] = [(name, _NAME_PT, "black")]
    if look.labels:
        said = f"{100 * look.labelled_share:.1f} % labelled"
    else:
        said = "no labels"
    if look.faults:
        said = "labels that cannot be used"
    lines.append((said, _TEXT_PT, _GREY))
    for problem in (*look.faults, *look.doubts):
        for text in wrapped(problem, 72 * _WIDTH, _TEXT_PT, _PROBLEM_LINES):
            lines.append((text, _TEXT_PT, _RED))
    return lines


def _height(look: LabelLook) -> float:
    height, width = look.picture.shape[:2]
    return _PICTURE * min(height / width, _TALLEST) if width else _PICTURE / 2


def _draw_pair(axis: Axes, left: float, upper: float, look: LabelLook, scheme: ClassScheme) -> None:
    high = _height(look)
    if not look.picture.size:
        frame = Rectangle((left, upper), _WIDTH, high, fill=False, edgecolor=_RED, linewidth=1)
        axis.add_patch(frame)
        return
    wide = high * look.picture.shape[1] / look.picture.shape[0]
    inset = (_PICTURE - wide) / 2
    for place, picture in enumerate((look.picture, _overlaid(look, scheme))):
        start = left + inset + place * (_PICTURE + _BETWEEN)
        axis.imshow(
            picture,
            extent=(start, start + wide, upper + high, upper),
            interpolation="antialiased",
            aspect="auto",
        )

    corner = left + inset + _PICTURE + _BETWEEN, upper
    for code in look.doubtful:
        _frame(axis, corner, wide / look.picture.shape[1], look.codes == code)


def _frame(axis: Axes, corner: tuple[float, float], scale: float, here: NDArray[np.bool_]) -> None:
    """Draw a red frame around the pixels of a small copy that are meant, a little apart."""
    rows, cols = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
    if not len(rows):
        return  # too few for the small copy
    left, top = cols[0] - _APART_PX, rows[0] - _APART_PX
    wide, high = cols[-1] - left + 1 + _APART_PX, rows[-1] - top + 1 + _APART_PX
    place = corner[0] + scale * left, corner[1] + scale * top
    axis.add_patch(
        Rectangle(place, scale * wide, scale * high, fill=False, edgecolor=_RED, linewidth=1.5)
    )


def _overlaid(look: LabelLook, scheme: ClassScheme) -> NDArray[np.uint8]:
    """Return the image with its labels over it, (row, col, 3)."""
    grey = look.picture.mean(axis=2, keepdims=True)
    coloured = (1 - _SHOWN) * grey + _SHOWN * scheme.palette[look.codes]
    mixed = np.where(look.codes[..., None] > 0, coloured, 0.5 * grey)
    return np.asarray(mixed.clip(0, 255), np.uint8)


def _draw_key(axis: Axes, scheme: ClassScheme, looks: Sequence[LabelLook]) -> None:
    left, middle = _EDGE, _EDGE + _TITLE_LINE + 0.5 * _LINE
    for cover in scheme:
        if not any(look.counts[cover.code] for look in looks):
            continue
        corner = (left, middle - _CHIP / 2)
        axis.add_patch(
            Rectangle(corner, _CHIP, _CHIP, facecolor=cover.colour, edgecolor=_GREY, linewidth=0.6)
        )
        _write(axis, left + 1.5 * _CHIP, middle - 0.5 * _LINE, [(cover.name, _TEXT_PT, "black")])
        left += 3.5 * _CHIP + text_width_pt(cover.name, _TEXT_PT) / 72


def _write(
    axis: Axes, left: float, upper: float, lines: Sequence[Line], spacing: float = _LINE
) -> None:
    for place, (text, size_pt, colour) in enumerate(lines):
        axis.text(
            left,
            upper + (place + 0.5) * spacing,
            text,
            size=size_pt,
            color=colour,
            verticalalignment="center_baseline",
            parse_math=False,
        )
