"""What a report says of a whole run: key figures, scores with intervals, classes and rivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from typing import Any

import numpy as np

from riverscape.assessment import ConfusionMatrix, RunResults
from riverscape.assessment.bootstrap import LEAST_IMAGES, Bootstrap, Interval
from riverscape.reports.html.facts import Cover, land_cover
from riverscape.reports.html.numbers import area, count, duration, percent, score

__all__ = [
    "Figure",
    "Scores",
    "figures",
    "rivers",
    "scores",
    "survey_cover",
    "warnings",
    "working_time",
]

_SCORES = (
    ("weighted F1", "f1_weighted", "mean over the classes, weighted by their labelled pixels"),
    ("mean F1 of the classes", "f1_macro", "each class counts the same, however rare"),
    ("accuracy", "accuracy", "share of labelled pixels whose class is right"),
    ("kappa", "kappa", "agreement beyond chance"),
    ("mean IoU", "iou_macro", "overlap of map and labels, each class counts the same"),
)


@dataclass(frozen=True)
class Figure:
    """A key figure: what, how much, and a word more."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True)
class Scores:
    """The scores of all images together.

    Attributes
    ----------
    images
        How many have labels.
    rows
        Name, what it means, CNN, its interval, CSC, its interval, gain of phase 2, its interval.
    classes
        Position, name, F1 of CNN, F1 of CSC, its interval, precision, recall, IoU, support, images
        whose labels hold it.
    certain
        Whether there are images enough for the intervals to mean something.
    """

    images: int
    rows: tuple[tuple[str, ...], ...]
    classes: tuple[tuple[int, tuple[str, ...]], ...]
    certain: bool


def figures(run: RunResults) -> list[Figure]:
    """Return the key figures of a run."""
    rivers_found = len({image.river for image in run.images})
    pixels = sum(image.shape[0] * image.shape[1] for image in run.images)
    found = [
        Figure(
            "images",
            f"{len(run.images):,}",
            f"of {rivers_found:,} {'river' if rivers_found == 1 else 'rivers'}",
        ),
        Figure("pixels", count(pixels), _classified(run, pixels)),
    ]
    placed = [image for image in run.images if image.areas_m2]
    if placed:
        total = sum(sum(image.areas_m2.values()) for image in placed)
        more = "" if len(placed) == len(run.images) else f"{len(placed):,} images with a place"
        found.append(Figure("mapped area", area(total), more))
    noted = sum(bool(image.notes) for image in run.images)
    found.append(Figure("with notes", f"{noted:,}", f"of {len(run.images):,} images"))
    return found


def _classified(run: RunResults, pixels: int) -> str:
    mapped = sum(sum(image.pixels.values()) for image in run.images)
    return f"{percent(mapped / pixels)} classified" if pixels else ""


def working_time(run: RunResults) -> str:
    """Return the sum of what the images took, "" where one does not say.

    It is not what passed from begin to end: images may be worked on at once, and a run that was
    broken off may be resumed days later.
    """
    total = sum(image.total_seconds for image in run.images)
    return duration(total) if run.images and isfinite(total) else ""


def survey_cover(run: RunResults) -> tuple[Cover, ...]:
    """Return the land cover of all images; areas where every image has a place."""
    names = run.scheme.names
    pixels = {name: sum(image.pixels.get(name, 0) for image in run.images) for name in names}
    areas = {}
    if run.images and all(image.areas_m2 for image in run.images):
        areas = {name: sum(i.areas_m2.get(name, 0.0) for i in run.images) for name in names}
    return land_cover(pixels, areas, names)


def scores(run: RunResults) -> Scores | None:
    """Return the scores of all images together, None where none has labels."""
    cnn, csc = run.total("CNN"), run.total("CSC")
    if cnn is None or csc is None or not csc.support:
        return None
    first, second = (
        Bootstrap.of([image.matrices[kind] for image in run.scored]) for kind in ("CNN", "CSC")
    )
    rows = tuple(
        (
            name,
            meaning,
            score(getattr(cnn, key)),
            _interval(first.interval(key)),
            score(getattr(csc, key)),
            _interval(second.interval(key)),
            _signed(getattr(csc, key) - getattr(cnn, key)),
            _interval(second.gain(first, key), signed=True),
        )
        for name, key, meaning in _SCORES
    )
    holding = np.sum([image.matrices["CSC"].counts.any(axis=1) for image in run.scored], axis=0)
    classes = _class_rows(cnn, csc, second, holding.tolist())
    return Scores(len(run.scored), rows, classes, len(run.scored) >= LEAST_IMAGES)


def _class_rows(
    cnn: ConfusionMatrix, csc: ConfusionMatrix, drawn: Bootstrap, holding: Sequence[int]
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    rows = []
    mapped = csc.counts[:, :-1].sum(axis=0)
    for position, (before, after) in enumerate(zip(cnn.classes, csc.classes, strict=True)):
        known = after.support > 0
        if not (known or mapped[position] or cnn.counts[:, position].any()):
            continue
        values = [
            score(before.f1) if known else "–",
            score(after.f1) if known else "–",
            # Of one image that holds it all draws hold the same of it.
            _interval(drawn.class_interval(position)) if holding[position] > 1 else "",
            score(after.precision) if mapped[position] else "–",
            score(after.recall) if known else "–",
            score(after.iou) if known else "–",
            count(after.support),
            _in_images(holding[position]) if known else "",
        ]
        rows.append((position, (after.name, *values)))
    return tuple(rows)


def _in_images(number: int) -> str:
    return f"in {number:,} {'image' if number == 1 else 'images'}"


def _interval(interval: Interval, signed: bool = False) -> str:
    # Of one image all draws are the same: no interval.
    if not (isfinite(interval.low) and interval.low < interval.high):
        return ""
    show = _signed if signed else score
    return f"{show(interval.low)} to {show(interval.high)}"


def _signed(value: float) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> _signed(0.0123), _signed(-0.2), _signed(0.0001)
    ('+0.012', '−0.200', '0.000')
    """
    text = score(value)
    return f"+{text}" if value > 0 and float(text.lstrip("−>")) else text


def rivers(run: RunResults) -> list[dict[str, Any]]:
    """Return a row for each river: name, images, scores of all its images, its worst image."""
    rows: list[dict[str, Any]] = []
    ordered = sorted(run.images, key=lambda image: image.river)
    for river, group in groupby(ordered, key=lambda image: image.river):
        images = list(group)
        scored = [image for image in images if image.matrices]
        rows.append(
            {
                "river": river,
                "images": len(images),
                "cnn": _river_score([image.matrices["CNN"] for image in scored]),
                "csc": _river_score([image.matrices["CSC"] for image in scored]),
                "least": _least([image.matrices["CSC"].f1_weighted for image in scored]),
            }
        )
    return rows


def _river_score(matrices: Sequence[ConfusionMatrix]) -> str:
    if not matrices:
        return "–"
    total = matrices[0]
    for matrix in matrices[1:]:
        total = total + matrix
    return score(total.f1_weighted)


def _least(values: Sequence[float]) -> str:
    known = [value for value in values if isfinite(value)]
    return score(min(known)) if known else "–"


def warnings(run: RunResults) -> list[str]:
    """Return what a reader must know before all else."""
    found = []
    if run.finished is None:
        found.append("The run was broken off: images are missing. --resume finishes it.")
    if run.failures:
        failed = len(run.failures)
        found.append(
            f"{failed:,} {'image' if failed == 1 else 'images'} could not be classified; "
            "the reasons stand under Failures."
        )
    return found
