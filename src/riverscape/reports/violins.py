"""Violin plots of F1: by class and river, or by class and run, CNN maps beside CSC maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from riverscape.reports.compiled import ALL_CLASSES
from riverscape.reports.lettering import shortened, wrapped
from riverscape.reports.plot_style import (
    GREY,
    KINDS,
    MapKind,
    add_legend,
    label_ticks,
    titled_figure,
)
from riverscape.reports.survey_order import image_order

__all__ = ["MOST_GROUPS", "ViolinPanel", "draw_violins", "river_panels", "run_panels"]

MOST_GROUPS = 24
"""The most rivers, or runs, that a page tells apart."""

# Below so many points a density is made up.
_LEAST_POINTS = 5
_HALF_WIDTH = 0.42  # of a violin, in widths of a group
_PANEL_HEIGHT = 1.75  # inches, as the next six
_HEAD = 0.45
_GROUP = 0.95
_MARGINS = 1.1
_LEAST_WIDTH = 7.0
_HALF_PAGE = 8.0
_PAGE_HEIGHT = 18.0
_MOST_LINES = 8
# Where the axis of F1 begins, and its steps, in per cent.
_SCALES = ((90.0, 2.0), (80.0, 5.0), (70.0, 10.0), (50.0, 10.0), (0.0, 25.0))
_NAME_PT, _NUMBER_PT, _TICK_PT = 10.0, 7.5, 8.5
_GOLDEN = 0.6180339887498949

# By group, by kind of map: F1 in per cent, one value an image.
_Scores = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class ViolinPanel:
    """F1 in per cent, one value an image, by group and by kind of map ("CNN", "CSC")."""

    name: str
    groups: _Scores


def river_panels(table: pd.DataFrame, classes: Sequence[str]) -> list[ViolinPanel]:
    """Return a panel for each class with a group for each river, of a compiled table.

    One river, or more than `MOST_GROUPS`, makes a single panel with a group for each class. What
    the labels of an image do not hold has no F1 there.
    """
    rivers = sorted(table["RiverName"].unique(), key=image_order)
    by_class = _split(table, "class", [ALL_CLASSES, *classes])
    if 1 < len(rivers) <= MOST_GROUPS:
        return [
            ViolinPanel(_shown(name), _groups(_split(rows, "RiverName", rivers, empty=True)))
            for name, rows in by_class.items()
        ]
    name = rivers[0] if len(rivers) == 1 else f"all {len(rivers):,} rivers together"
    groups = {"all classes" if n == ALL_CLASSES else n: rows for n, rows in by_class.items()}
    return [ViolinPanel(name, _groups(groups))]


def run_panels(table: pd.DataFrame, classes: Sequence[str]) -> list[ViolinPanel]:
    """Return a panel for each class with a group for each run, of a compiled table."""
    runs = list(dict.fromkeys(table["experiment"]))
    return [
        ViolinPanel(_shown(name), _groups(_split(rows, "experiment", runs, empty=True)))
        for name, rows in _split(table, "class", [ALL_CLASSES, *classes]).items()
    ]


def draw_violins(panels: Sequence[ViolinPanel], title: str, subtitle: str = "") -> Figure:
    """Draw F1 of the images: CNN maps on the left of each group, CSC maps on its right.

    Every image is a point. The shape about the points is their density; fewer than five have none.
    A bar marks the median, whose figure stands above. Each panel has its own scale.
    """
    names = list(panels[0].groups)
    width = max(_LEAST_WIDTH, _MARGINS + _GROUP * len(names))
    columns = 2 if len(panels) > _MOST_LINES and width <= _HALF_PAGE else 1
    lines = ceil(len(panels) / columns)
    height = 1.2 + lines * (min(_PANEL_HEIGHT, _PAGE_HEIGHT / lines) + _HEAD)
    figure = titled_figure(columns * width, height, title, subtitle)
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for place, (axis, panel) in enumerate(zip(axes, panels, strict=False)):
        _draw_panel(axis, panel, 72 * (width - _MARGINS))
        lowest = place + columns >= len(panels)
        _name_groups(axis, names if lowest else [""] * len(names), 72 * (width - _MARGINS))
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    shown = [kind for kind in KINDS if _has(panels, kind)]
    marks = [Line2D([], [], ls="", marker=k.marker, color=k.colour, ms=5) for k in shown]
    median = Line2D([], [], color="black", lw=2)
    add_legend(
        figure, [*marks, median], [*(f"{kind.name} map of an image" for kind in shown), "median"]
    )
    return figure


def _draw_panel(axis: Axes, panel: ViolinPanel, room_pt: float) -> None:
    name = shortened(panel.name, room_pt, _NAME_PT)
    axis.set_title(name, loc="left", fontsize=_NAME_PT, pad=28, parse_math=False)
    axis.set_ylabel("F1, %", fontsize=9)
    lower, step = _scale(panel)
    margin = (100 - lower) / 40
    axis.set_ylim(lower - margin, 100 + margin)
    axis.yaxis.set_major_locator(MultipleLocator(step))
    axis.tick_params(labelsize=_TICK_PT)
    axis.grid(axis="y", alpha=0.3)
    axis.set_axisbelow(True)
    for place, scores in enumerate(panel.groups.values()):
        for kind, side in zip(KINDS, (-1, 1), strict=True):
            values = np.asarray(scores.get(kind.name, ()), float)
            if values.size:
                _draw_half(axis, place, side, values, kind)
        count = max(map(len, scores.values()), default=0)
        text = f"{count:,} image{'s' * (count != 1)}" if count else "not in the labels"
        _write_above(axis, place, 13.5, text, GREY, "center")
    for place in range(1, len(panel.groups)):
        axis.axvline(place - 0.5, color="#dddddd", lw=0.6, zorder=0)


def _name_groups(axis: Axes, names: Sequence[str], room_pt: float) -> None:
    room = room_pt / len(names) - 5
    lines = ["\n".join(wrapped(name, room, _TICK_PT, lines=2)) for name in names]
    label_ticks(axis, range(len(names)), lines, _TICK_PT)
    axis.set_xlim(-0.5, len(names) - 0.5)


def _draw_half(axis: Axes, place: float, side: int, values: np.ndarray, kind: MapKind) -> None:
    if values.size >= _LEAST_POINTS and np.ptp(values) > 0:
        drawn = axis.violinplot(
            [values],
            [place],
            widths=2 * _HALF_WIDTH,
            showextrema=False,
            side="low" if side < 0 else "high",
        )
        for body in drawn["bodies"]:  # type: ignore[attr-defined]
            body.set(facecolor=kind.colour, edgecolor=kind.colour, alpha=0.3)
    many = values.size > 40
    # The golden ratio's multiples spread evenly, however many they are.
    spread = 0.06 + 0.28 * ((1 + np.arange(values.size)) * _GOLDEN % 1)
    axis.scatter(
        place + side * spread,
        values,
        s=6 if many else 14,
        marker=kind.marker,
        color=kind.colour,
        alpha=0.45 if many else 0.9,
        linewidths=0,
        zorder=3,
        rasterized=many,
    )
    median = float(np.median(values))
    ends = [place + side * 0.02, place + side * _HALF_WIDTH]
    # Above the points where these are a cloud, beneath them where each one counts.
    over = 4 if many else 2
    axis.plot(ends, [median] * 2, color="black", lw=2, solid_capstyle="butt", zorder=over)
    align = "right" if side < 0 else "left"
    _write_above(axis, place + side * 0.04, 3.0, f"{median:.1f}", kind.colour, align)


def _write_above(axis: Axes, x: float, up_pt: float, text: str, colour: str, align: str) -> None:
    axis.annotate(
        text,
        (x, 1),
        (0, up_pt),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha=align,
        va="bottom",
        fontsize=_NUMBER_PT,
        color=colour,
        annotation_clip=False,
    )


def _scale(panel: ViolinPanel) -> tuple[float, float]:
    """Return where the axis begins and the step between its ticks."""
    values = [
        value for scores in panel.groups.values() for some in scores.values() for value in some
    ]
    # A few scales, not one for each panel: they are compared at a glance.
    return next(scale for scale in _SCALES if scale[0] <= min(values, default=0.0))


def _has(panels: Sequence[ViolinPanel], kind: MapKind) -> bool:
    return any(scores.get(kind.name) for panel in panels for scores in panel.groups.values())


def _split(
    table: pd.DataFrame, column: str, values: Sequence[str], empty: bool = False
) -> dict[str, pd.DataFrame]:
    """Return the rows by the value of a column, of what the labels hold."""
    held = table[table["support"] > 0]
    found = {value: held[held[column] == value] for value in values}
    return {value: rows for value, rows in found.items() if empty or len(rows)}


def _groups(rows: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, list[float]]]:
    return {name: _by_kind(one) for name, one in rows.items()}


def _by_kind(rows: pd.DataFrame) -> dict[str, list[float]]:
    # Whatever is not phase 1's is the map of the pixel classifier that the column names.
    cnn = rows["type"] == "CNN"
    return {
        kind: rows.loc[which, "f1_score"].tolist()
        for kind, which in (("CNN", cnn), ("CSC", ~cnn))
        if which.any()
    }


def _shown(name: str) -> str:
    return "all classes, weighted by support" if name == ALL_CLASSES else name
