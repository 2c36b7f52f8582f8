"""Small charts of a report: where their marks stand, for the page to draw as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

import numpy as np

from riverscape.assessment import Reliability
from riverscape.reports.html.facts import Cover
from riverscape.reports.html.numbers import score

__all__ = ["Column", "Curve", "Spread", "bands", "curve", "spread"]

_BINS = 50
# Beyond so many images of one score their marks are too small to be dots.
_DOTS = 7
_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_MOST_TICKS = 6


@dataclass(frozen=True)
class Column:
    """Images of about the same score: where on the axis, 0..1, how many, and which at first."""

    at: float
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Spread:
    """The scores of all images, by map.

    Attributes
    ----------
    ticks
        Place on the axis, 0..1, and what it is.
    rows
        By map, "CNN" and "CSC": columns of images.
    medians
        By map: place on the axis, and what it is.
    most
        Images in the fullest column.
    """

    ticks: tuple[tuple[float, str], ...]
    rows: Mapping[str, tuple[Column, ...]]
    medians: Mapping[str, tuple[float, str]]
    most: int

    @property
    def dots(self) -> bool:
        """Whether each image can be a dot of its own."""
        return self.most <= _DOTS


@dataclass(frozen=True)
class Curve:
    """A reliability curve: points of confidence and accuracy, each 0..1."""

    points: tuple[tuple[float, float], ...]
    error: float


def spread(scores: Mapping[str, Mapping[str, float]]) -> Spread | None:
    """Return how the scores of images spread, each map's by image name; None where there is none.

    Examples
    --------
    >>> found = spread({"CNN": {"a": 0.91, "b": 0.97}, "CSC": {"a": 0.953, "b": 0.9535}})
    >>> [text for _, text in found.ticks]
    ['0.90', '0.92', '0.94', '0.96', '0.98', '1.00']
    >>> [(column.count, column.names) for column in found.rows["CSC"]]
    [(2, ('a', 'b'))]
    """
    known = {
        kind: {name: value for name, value in values.items() if isfinite(value)}
        for kind, values in scores.items()
    }
    every = [value for values in known.values() for value in values.values()]
    if not every:
        return None
    span = max(1 - min(every), 0.02)
    step = next((step for step in _STEPS if span / step < _MOST_TICKS), _STEPS[-1])
    low = max(0.0, floor(round((1 - span) / step, 6)) * step)
    length = 1 - low
    medians = {
        kind: float(np.median(list(values.values()))) for kind, values in known.items() if values
    }
    rows = {kind: _columns(values, low, length) for kind, values in known.items()}
    decimals = 3 if step < 0.01 else 2
    marks = [low + step * place for place in range(ceil(round(length / step, 6)))] + [1.0]
    return Spread(
        tuple(((mark - low) / length, f"{mark:.{decimals}f}") for mark in marks),
        rows,
        {kind: ((middle - low) / length, score(middle)) for kind, middle in medians.items()},
        max(column.count for columns in rows.values() for column in columns),
    )


def _columns(values: Mapping[str, float], low: float, length: float) -> tuple[Column, ...]:
    found: dict[int, list[str]] = {}
    for name, value in values.items():
        place = min(int((value - low) / length * _BINS), _BINS - 1)
        found.setdefault(place, []).append(name)
    return tuple(
        Column((place + 0.5) / _BINS, len(names), tuple(names[:_DOTS]))
        for place, names in sorted(found.items())
    )


def bands(cover: Sequence[Cover]) -> list[tuple[Cover, float]]:
    """Return each class of a bar with where it begins, 0..1.

    Examples
    --------
    >>> water, road = (Cover(0, "water", 0.75, "", ""), Cover(4, "road", 0.25, "", ""))
    >>> [start for _, start in bands([water, road])]
    [0.0, 0.75]
    """
    starts = np.cumsum([0.0, *(held.share for held in cover)])
    return [(held, float(start)) for held, start in zip(cover, starts[:-1], strict=True)]


def curve(reliability: Reliability | None) -> Curve | None:
    """Return the curve of a map's reliability, None where that is not known."""
    if reliability is None or not reliability.pixels.size:
        return None
    points = zip(reliability.confidence.tolist(), reliability.accuracy.tolist(), strict=True)
    return Curve(tuple(points), reliability.calibration_error)
