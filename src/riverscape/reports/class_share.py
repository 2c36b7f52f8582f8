"""F1 of a class against its share of the labels: rare classes are where maps go wrong."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from riverscape.labels import ClassScheme
from riverscape.reports.compiled import ALL_CLASSES
from riverscape.reports.plot_style import add_legend, titled_figure

__all__ = ["draw_f1_by_share"]

_LEAST_POINTS = 5  # of a median
_BINS_A_DECADE = 3
_EDGE = "#444444"


def draw_f1_by_share(
    table: pd.DataFrame, scheme: ClassScheme, title: str, subtitle: str = ""
) -> Figure:
    """Draw F1 against the share of the class in the labels, a point for each image and class.

    Parameters
    ----------
    table
        A compiled table. What the labels of an image do not hold has no share, and no point.
    scheme
        The classes in the colours they are drawn in.
    """
    rows = table[(table["class"] != ALL_CLASSES) & (table["support"] > 0)]
    figure = titled_figure(10, 4.7, title, subtitle)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    cnn = rows["type"] == "CNN"
    for axis, name, which in zip(axes, ("CNN maps", "CSC maps"), (cnn, ~cnn), strict=True):
        axis.set_title(name, fontsize=10)
        _draw_points(axis, rows[which], scheme)
        _draw_medians(axis, rows[which])
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
        axis.set_xlabel("share of the class in the labels of the image, %")
    axes[0].set_ylabel("F1, %")
    _set_scales(axes[0], rows)
    held = [cover for cover in scheme if (rows["class"] == cover.name).any()]
    marks = [
        Line2D([], [], ls="", marker="o", color=cover.colour, mec=_EDGE, mew=0.5, ms=7)
        for cover in held
    ]
    names = [cover.name for cover in held]
    if any(axis.lines for axis in axes):
        marks.append(Line2D([], [], color="black", lw=1.5))
        names.append(f"median, where {_LEAST_POINTS} points or more")
    add_legend(figure, marks, names)
    return figure


def _draw_points(axis: Axes, rows: pd.DataFrame, scheme: ClassScheme) -> None:
    many = len(rows) > 300
    for cover in scheme:
        points = rows[rows["class"] == cover.name]
        axis.scatter(
            points["share"],
            points["f1_score"],
            s=12 if many else 34,
            color=cover.colour,
            edgecolors=_EDGE,
            linewidths=0.25 if many else 0.5,
            alpha=0.6 if many else 0.9,
            rasterized=many,
            label=cover.name,
        )


def _draw_medians(axis: Axes, rows: pd.DataFrame) -> None:
    places = np.floor(np.log10(rows["share"].to_numpy(float)) * _BINS_A_DECADE)
    points = [
        (rows["share"][places == place].median(), rows["f1_score"][places == place].median())
        for place in np.unique(places)
        if (places == place).sum() >= _LEAST_POINTS
    ]
    if len(points) > 1:
        axis.plot(*zip(*points, strict=True), color="black", lw=1.5, zorder=5)


def _set_scales(axis: Axes, rows: pd.DataFrame) -> None:
    least = float(rows["share"].min())
    axis.set_xscale("log")
    axis.set_xlim(min(1.0, 10 ** np.floor(np.log10(least) - 0.05)), 130)
    axis.xaxis.set_major_locator(LogLocator(10))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(_plain))
    lower = max(0.0, 10 * np.floor((float(rows["f1_score"].min()) - 1) / 10))
    axis.set_ylim(lower - 0.02 * (100 - lower), 100 + 0.02 * (100 - lower))


def _plain(value: float, _: int | None) -> str:
    """Return a number without an exponent.

    Examples
    --------
    >>> _plain(1e-5, None), _plain(10.0, None)
    ('0.00001', '10')
    """
    return f"{value:.10f}".rstrip("0").rstrip(".")
