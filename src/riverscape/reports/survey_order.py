"""The images of a survey in the order they were taken, as far as their names tell it."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from riverscape.assessment import MappedImage, RunResults
from riverscape.imagery import river_name

__all__ = ["Stretch", "image_order", "stretches"]

_DIGITS = re.compile(r"(\d+)")
# Steps between numbers are regular where so many of them are alike, and so many images.
_REGULAR_SHARE = 0.5
_REGULAR_IMAGES = 4


@dataclass(frozen=True, eq=False)
class Stretch:
    """Images in order, None where one is missing."""

    name: str
    slots: tuple[MappedImage | None, ...]


def image_order(name: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts image names as people count: by the numbers in them.

    Examples
    --------
    >>> sorted(["Alder_10", "Alder_9", "Alder_9b"], key=image_order)
    ['Alder_9', 'Alder_9b', 'Alder_10']
    """
    parts = _DIGITS.split(name)
    # Text and digits take turns, so that the like is compared with the like.
    return tuple(
        (int(part), part) if place % 2 else (0, part.lower()) for place, part in enumerate(parts)
    )


def stretches(run: RunResults, most: int) -> list[Stretch]:
    """Return a stretch for each river; a single one where there are more than `most` rivers.

    An image that failed leaves a slot empty, and so does a jump in numbers that go up evenly.
    """
    images = {image.name: image for image in run.images}
    rivers: dict[str, list[str]] = {}
    for name in sorted({*images, *run.failures}, key=image_order):
        river = images[name].river if name in images else river_name(name)
        rivers.setdefault(river, []).append(name)
    # A river that has no image at all has nothing to show.
    rivers = {river: names for river, names in rivers.items() if any(n in images for n in names)}
    if len(rivers) > most:
        together = sorted((n for names in rivers.values() for n in names), key=image_order)
        rivers = {f"{len(rivers):,} rivers": together}
    return [
        Stretch(river, tuple(images.get(name) for name in _with_gaps(names)))
        for river, names in sorted(rivers.items(), key=lambda one: image_order(one[0]))
    ]


def _with_gaps(names: Sequence[str]) -> list[str]:
    """Return the names, with an empty one in each jump of numbers that else go up evenly.

    Examples
    --------
    >>> _with_gaps(["A_10", "A_20", "A_30", "A_60", "A_70"])
    ['A_10', 'A_20', 'A_30', '', 'A_60', 'A_70']
    >>> _with_gaps(["A_3", "A_17", "A_29", "A_88"])
    ['A_3', 'A_17', 'A_29', 'A_88']
    """
    numbers = [_DIGITS.findall(name)[-1:] for name in names]
    if len(names) < _REGULAR_IMAGES or not all(numbers):
        return list(names)
    steps = [int(after[0]) - int(before[0]) for before, after in pairwise(numbers)]
    return [
        one
        for name, jumped in zip(names, [False, *_jumps(steps)], strict=True)
        for one in (["", name] if jumped else [name])
    ]


def _jumps(steps: Collection[int]) -> list[bool]:
    usual, times = Counter(steps).most_common(1)[0]
    regular = usual > 0 and times >= _REGULAR_SHARE * len(steps)
    return [regular and step > 1.5 * usual for step in steps]
