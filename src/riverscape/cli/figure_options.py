"""The options of `riverscape classify` that shape the figures."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from riverscape.reports.figure_style import FigureStyle

__all__ = ["Dpi", "FigureFormat", "Figures", "Palette", "PaletteName", "figure_style"]

_FIGURES = "Figures"


class PaletteName(StrEnum):
    """Names of the palettes, which the program knows before it loads them."""

    original = "original"
    accessible = "accessible"


Figures = Annotated[
    bool,
    typer.Option(
        "--figures/--no-figures", help="Draw a figure of each image.", rich_help_panel=_FIGURES
    ),
]
FigureFormat = Annotated[
    str,
    typer.Option(
        metavar="png,pdf,svg",
        help="What the figure is written as: one format or several.",
        rich_help_panel=_FIGURES,
    ),
]
Palette = Annotated[
    PaletteName,
    typer.Option(
        help="Colours of figures and reports: the classes' own, or such as colour-blind readers "
        "tell apart. The maps keep theirs.",
        rich_help_panel=_FIGURES,
    ),
]
Dpi = Annotated[
    int,
    typer.Option(
        metavar="DPI",
        min=50,
        max=1200,
        help="Pixels an inch of the figure, which is about ten inches wide.",
        rich_help_panel=_FIGURES,
    ),
]


def figure_style(formats: str, palette: PaletteName, dpi: int) -> "FigureStyle":
    """Return how figures are drawn, as the options say it.

    Raises
    ------
    BadParameter
        If there is no such format.

    Examples
    --------
    >>> figure_style("PDF, svg", PaletteName.accessible, 300).formats
    ('pdf', 'svg')
    """
    from riverscape.labels.palettes import Palette as Colours
    from riverscape.reports.figure_style import FIGURE_FORMATS, FigureStyle

    asked = [name.strip().lower() for name in formats.split(",")]
    known = tuple(name for one in asked for name in FIGURE_FORMATS if name == one)
    if len(known) < len(asked):
        strange = next(name for name in asked if name not in FIGURE_FORMATS)
        message = f"no figure format is called {strange!r}; known: {', '.join(FIGURE_FORMATS)}"
        raise typer.BadParameter(message, param_hint="--figure-format")
    try:
        return FigureStyle(known, Colours(palette.value), dpi)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--figure-format") from error
