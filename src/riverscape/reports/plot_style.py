"""What all plots of a run share: the looks of the CNN and CSC maps, titles and legends."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from riverscape.reports.lettering import shortened, text_width_pt

__all__ = ["GREY", "KINDS", "MapKind", "add_legend", "label_ticks", "titled_figure"]

GREY = "#666666"
_TITLE_PT, _LEGEND_PT = 11.0, 9.0
# What a legend's entry takes besides its name, in points.
_CHIP_PT = 44.0
_LEGEND_ROW = 0.19  # inches
_POINTS = 72


@dataclass(frozen=True)
class MapKind:
    """How what belongs to one kind of map is drawn: told apart in print without colour too."""

    name: str
    colour: str
    marker: str


# An orange and a blue that differ in lightness and for every kind of colour blindness.
KINDS = (MapKind("CNN", "#e08214", "o"), MapKind("CSC", "#1f5fa8", "^"))


def titled_figure(width: float, height: float, title: str, subtitle: str = "") -> Figure:
    """Return a figure, in inches, with a title over it that fits its width."""
    figure = Figure(figsize=(width, height), layout="constrained")
    room = _POINTS * (width - 0.4)
    lines = [shortened(line, room, _TITLE_PT) for line in (title, subtitle) if line]
    figure.suptitle("\n".join(lines), fontsize=_TITLE_PT, parse_math=False)
    return figure


def add_legend(figure: Figure, handles: Sequence[Artist], names: Sequence[str]) -> None:
    """Put a legend beneath the plots, in as many columns as fit; the page grows by its rows."""
    if not handles:
        return
    width, height = (float(length) for length in figure.get_size_inches())
    room = _POINTS * width - 20
    shown = [shortened(name, room - _CHIP_PT, _LEGEND_PT) for name in names]
    widest = max(text_width_pt(name, _LEGEND_PT) for name in shown) + _CHIP_PT
    columns = max(1, min(len(shown), int(room // widest)))
    figure.set_figheight(height + _LEGEND_ROW * ceil(len(shown) / columns))
    legend = figure.legend(
        handles,
        shown,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=_LEGEND_PT,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def label_ticks(axis: Axes, places: Sequence[float], names: Sequence[str], size_pt: float) -> None:
    """Name places along the x axis; names are taken as they are, never as formulas."""
    axis.set_xticks(places, names, fontsize=size_pt)
    for text in axis.get_xticklabels():
        text.set_parse_math(False)
