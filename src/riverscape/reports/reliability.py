"""The reliability curve: whether a map is right as often as it says."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from riverscape.assessment import Reliability
from riverscape.reports.plot_style import GREY, KINDS, MapKind, add_legend, titled_figure

__all__ = ["draw_reliability"]

_BIN = 10.0  # per cent


def draw_reliability(curves: Mapping[str, Reliability], title: str, subtitle: str = "") -> Figure:
    """Draw accuracy against confidence, and how many labelled pixels stand behind each point.

    Parameters
    ----------
    curves
        By the kind of map, "CNN" or "CSC".
    """
    figure = titled_figure(6, 7.3, title, subtitle)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 100], [0, 100], color=GREY, ls="--", lw=1)
    look = {"transform": upper.transAxes, "color": GREY, "fontsize": 9}
    upper.text(0.03, 0.97, "right more often than it says", va="top", **look)
    upper.text(0.97, 0.03, "right less often than it says", ha="right", **look)
    shown = [kind for kind in KINDS if kind.name in curves and curves[kind.name].pixels.size]
    for place, kind in enumerate(shown):
        curve = curves[kind.name]
        upper.plot(
            100 * curve.confidence,
            100 * curve.accuracy,
            color=kind.colour,
            marker=kind.marker,
            ms=6,
            clip_on=False,
            zorder=5,
        )
        _draw_counts(lower, curve, kind, place, len(shown))
    upper.set(xlim=(0, 100), ylim=(0, 100), ylabel="accuracy: labelled pixels that are right, %")
    lower.set(xlabel="confidence of the map, %", ylabel="labelled pixels", yscale="log")
    lower.set_ylim(bottom=0.8)
    lower.yaxis.set_major_formatter(FuncFormatter(_thousands))
    for axis in (upper, lower):
        axis.set_xticks(np.arange(0, 101, _BIN))
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
    marks = [Line2D([], [], color=kind.colour, marker=kind.marker, ms=6) for kind in shown]
    names = [
        f"{kind.name}, calibration error {100 * curves[kind.name].calibration_error:.1f} %"
        for kind in shown
    ]
    add_legend(figure, [*marks, Line2D([], [], color=GREY, ls="--", lw=1)], [*names, "ideal"])
    return figure


def _draw_counts(axis: Axes, curve: Reliability, kind: MapKind, place: int, count: int) -> None:
    width = 0.8 * _BIN / count
    left = _BIN * np.arange(len(curve.counts)) + 0.1 * _BIN + place * width
    pixels = curve.counts[:, 1]
    held = pixels > 0
    axis.bar(left[held], pixels[held], width, align="edge", color=kind.colour)


def _thousands(value: float, _: int | None) -> str:
    for size, unit in ((1e9, " billion"), (1e6, " million")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:,.0f}"
