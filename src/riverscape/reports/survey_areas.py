"""Land cover along a survey: the area of each class, image by image."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from riverscape.assessment import MappedImage, RunResults
from riverscape.labels import ClassScheme
from riverscape.reports.lettering import shortened, text_width_pt
from riverscape.reports.plot_style import add_legend, label_ticks, titled_figure
from riverscape.reports.survey_order import Stretch, stretches

__all__ = ["draw_areas"]

_MOST_STRETCHES = 24
_ROW_SLOTS = 200  # of images that stay apart on a page's width
_MOST_ROWS = 24
# Inches.
_PAGE = 11.0
_PANEL_HEIGHT = 1.55
_MARGINS = 0.9
_LEAST_WIDTH = 7.0
_SLOT = 0.42
_LEAST_SLOTS = 3
_LABEL_PT = 52.0  # that an image's name takes at most
_NAME_PT, _TICK_PT = 10.0, 8.0
_APART = 60  # images up to which bars do not touch
_EDGE = "#555555"


def draw_areas(run: RunResults, scheme: ClassScheme, title: str, subtitle: str = "") -> Figure:
    """Draw the area of each class in the CSC maps along the survey, a row or more for each river.

    Images stand in the order of their names, by the numbers in them. Where an image is missing or
    has no valid pixel there is a gap. Areas are square metres, hectares or square kilometres where
    every image has its place on Earth, else shares of the image's valid pixels.

    Parameters
    ----------
    scheme
        The classes in the colours they are drawn in.
    """
    scale = _Scale.of(run)
    rows = _rows(stretches(run, _MOST_STRETCHES))
    slots = max(len(row.slots) for row in rows)
    panel = min(_PAGE, _MARGINS + _SLOT * max(slots, _LEAST_SLOTS))
    columns = min(int(_PAGE // panel), len(rows))
    lines = ceil(len(rows) / columns)
    width = max(_LEAST_WIDTH, columns * panel)
    figure = titled_figure(width, 1.2 + lines * _PANEL_HEIGHT, title, subtitle)
    axes = figure.subplots(lines, columns, sharey=True, squeeze=False).ravel()
    room = 72 * (width / columns - _MARGINS)
    for axis, row in zip(axes, rows, strict=False):
        _draw_row(axis, row, scale, scheme)
        _name_images(axis, row, room / max(slots, _LEAST_SLOTS))
        name = shortened(row.name, room, _NAME_PT)
        axis.set_title(name, loc="left", fontsize=_NAME_PT, parse_math=False)
        axis.set_xlim(-0.6, max(slots, _LEAST_SLOTS) - 0.4)
    for axis in axes[len(rows) :]:
        axis.set_axis_off()
    axes[0].set_ylim(0, scale.top)
    axes[0].yaxis.set_major_locator(MaxNLocator(4))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    for axis in axes[: len(rows) : columns]:
        axis.set_ylabel(scale.name, fontsize=_TICK_PT)
    held = [cover for cover in scheme if any(i.pixels.get(cover.name) for i in run.images)]
    chips = [Patch(facecolor=cover.colour, edgecolor=_EDGE, lw=0.6) for cover in held]
    add_legend(figure, chips, [cover.name for cover in held])
    return figure


@dataclass(frozen=True)
class _Scale:
    """What is measured, in which unit, and how high it goes."""

    name: str
    metric: bool
    unit: float
    top: float

    @classmethod
    def of(cls, run: RunResults) -> "_Scale":
        valid = [image for image in run.images if any(image.pixels.values())]
        if not valid or not all(any(image.areas_m2.values()) for image in valid):
            return cls("valid pixels, %", False, 1.0, 100.0)
        most = max(sum(image.areas_m2.values()) for image in valid)
        units = (("km²", 1e6, 1e7), ("ha", 1e4, 1e5), ("m²", 1.0, 0.0))
        name, unit = next((name, unit) for name, unit, least in units if most >= least)
        return cls(f"area, {name}", True, unit, 1.04 * most / unit)

    def heights(self, image: MappedImage | None, scheme: ClassScheme) -> NDArray[np.float64]:
        """Return the height of each class, (class,); NaN where there is no valid pixel."""
        if image is None or not any(image.pixels.values()):
            return np.full(len(scheme), np.nan)
        source = image.areas_m2 if self.metric else image.pixels
        values = np.array([source.get(name, 0) for name in scheme.names], float)
        return values / self.unit if self.metric else 100 * values / values.sum()


def _rows(found: Sequence[Stretch]) -> list[Stretch]:
    """Break long stretches into rows that a page's width holds."""
    slots = max(_ROW_SLOTS, ceil(sum(len(one.slots) for one in found) / _MOST_ROWS))
    return [row for one in found for row in _broken(one, slots)]


def _broken(one: Stretch, most: int) -> list[Stretch]:
    count = ceil(len(one.slots) / most)
    images = sum(slot is not None for slot in one.slots)
    told = f"{one.name}, {images:,} image{'s' * (images != 1)}"
    if count == 1:
        return [Stretch(told, one.slots)]
    length = ceil(len(one.slots) / count)
    parts = [one.slots[start : start + length] for start in range(0, len(one.slots), length)]
    return [
        Stretch(f"{told}, part {number} of {count}", part) for number, part in enumerate(parts, 1)
    ]


def _draw_row(axis: Axes, row: Stretch, scale: _Scale, scheme: ClassScheme) -> None:
    heights = np.array([scale.heights(image, scheme) for image in row.slots])  # (slot, class)
    tops = np.column_stack([np.zeros(len(heights)), heights]).cumsum(axis=1)
    half = 0.5 if len(row.slots) > _APART else 0.43
    places = np.arange(len(heights))
    # A bar, and the nothing between it and the next one.
    edges = np.append(np.column_stack([places - half, places + half]).ravel(), len(heights) + 0.5)
    edges = np.maximum.accumulate(edges)
    for place, cover in enumerate(scheme):
        if not np.nansum(heights[:, place]):
            continue
        axis.stairs(
            _between(tops[:, place + 1]),
            edges,
            baseline=_between(np.nan_to_num(tops[:, place])),
            fill=True,
            color=cover.colour,
            lw=0,
            label=cover.name,
        )
    axis.tick_params(labelsize=_TICK_PT)


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([values, np.full(len(values), np.nan)]).ravel()


def _name_images(axis: Axes, row: Stretch, slot_pt: float) -> None:
    """Name as many images as there is room for, by what stands after the river's name."""
    names = {place: _own_name(image) for place, image in enumerate(row.slots) if image}
    # The longest in letters is the widest, nearly: measuring a thousand would take seconds.
    longest = text_width_pt(max(names.values(), key=len, default=""), _TICK_PT)
    step = ceil((min(1.1 * longest, _LABEL_PT) + 6) / slot_pt)
    named = [place for place in names if place % step == 0]
    shown = [shortened(names[place], _LABEL_PT, _TICK_PT) for place in named]
    label_ticks(axis, named, shown, _TICK_PT)


def _own_name(image: MappedImage) -> str:
    return image.name.removeprefix(image.river).lstrip("_- ") or image.name
