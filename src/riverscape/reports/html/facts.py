"""What a report says of one image, as text and numbers that its page shows and sorts by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import PurePath
from typing import Any

import numpy as np

from riverscape.assessment import ConfusionMatrix, MappedImage
from riverscape.reports.html.matrices import matrix_table
from riverscape.reports.html.numbers import area, count, duration, percent, score
from riverscape.reports.html.safety import address

__all__ = ["Cover", "ImageFacts", "image_facts", "land_cover", "mistakes"]

# Of the labelled pixels, from which on a confusion of two classes is worth telling.
_WORTH_TELLING = 0.005
_MOST_MISTAKES = 3
# A class is lost where the map finds less than half of so many labelled pixels, or more.
_LOST_RECALL = 0.5
_LOST_PX = 300


@dataclass(frozen=True)
class Cover:
    """How much of a map a class takes: its place in the scheme, name, share and amount."""

    position: int
    name: str
    share: float
    percent: str
    amount: str


@dataclass(frozen=True)
class ImageFacts:
    """What the table of images shows of one, and what its section adds.

    Attributes
    ----------
    link
        What stands after # in the section's address.
    f1
        Weighted F1 of the "CNN" and the "CSC" map, and as "mean" the mean F1 of the classes of the
        CSC map; empty without labels.
    mistakes
        The worst confusions of the CSC map in words, those of lost classes first.
    section
        The rest, for JSON: only the section shows it.
    """

    name: str
    link: str
    river: str
    f1: Mapping[str, float]
    cover: tuple[Cover, ...]
    notes: tuple[str, ...]
    mistakes: tuple[str, ...]
    section: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON: numbers that are not known are None."""
        return {
            "name": self.name,
            "link": self.link,
            "river": self.river,
            "f1": {
                kind: round(value, 5) if isfinite(value) else None
                for kind, value in self.f1.items()
            },
            "shares": {cover.position: round(cover.share, 5) for cover in self.cover},
            "notes": self.notes,
            "mistakes": self.mistakes,
            **self.section,
        }


def image_facts(image: MappedImage, names: tuple[str, ...]) -> ImageFacts:
    """Return what the report says of an image; `names` are those of the scheme's classes."""
    cover = land_cover(image.pixels, image.areas_m2, names)
    csc = image.matrices.get("CSC")
    rows, cols = image.shape
    section = {
        "size": f"{cols:,} × {rows:,} px" if rows else "",
        "ratio": round(cols / rows, 4) if rows else 1.5,
        "file": PurePath(image.image).name or image.image,
        "time": duration(image.total_seconds) if isfinite(image.total_seconds) else "",
        "classes": _class_rows(image, cover, names),
        "scores": _score_rows(image.matrices),
        "matrix": matrix_table(csc).to_json() if csc is not None else None,
    }
    return ImageFacts(
        name=image.name,
        link=f"image={address(image.name).replace('/', '%2F')}",
        river=image.river,
        f1={kind: matrix.f1_weighted for kind, matrix in image.matrices.items()}
        | ({"mean": csc.f1_macro} if csc is not None else {}),
        cover=cover,
        notes=image.notes,
        mistakes=mistakes(csc) if csc is not None else (),
        section=section,
    )


def land_cover(
    pixels: Mapping[str, int], areas_m2: Mapping[str, float], names: tuple[str, ...]
) -> tuple[Cover, ...]:
    """Return the classes that a map holds, in the scheme's order.

    Amounts are areas where these are known, else pixels.

    Examples
    --------
    >>> cover = land_cover({"water": 30, "sand": 0, "road": 10}, {}, ("water", "sand", "road"))
    >>> [(found.position, found.percent, found.amount) for found in cover]
    [(0, '75.0 %', '30 px'), (2, '25.0 %', '10 px')]
    """
    total = sum(pixels.values())
    return tuple(
        Cover(
            position,
            name,
            pixels[name] / total,
            percent(pixels[name] / total),
            area(areas_m2[name]) if name in areas_m2 else f"{count(pixels[name])} px",
        )
        for position, name in enumerate(names)
        if pixels.get(name)
    )


def mistakes(matrix: ConfusionMatrix) -> tuple[str, ...]:
    """Return the worst confusions in words: those of lost classes, then by pixels, most first.

    A class is lost where the map finds less than half of its labelled pixels; a weighted score
    hardly tells where these are few of the image.

    Examples
    --------
    >>> from riverscape.labels import ClassScheme, LandCover
    >>> scheme = ClassScheme((LandCover(1, "water", "#0000ff"), LandCover(2, "sand", "#ffff00")))
    >>> mistakes(ConfusionMatrix(np.array([[90, 0, 0], [3, 6, 1]]), scheme))
    ('30.0 % of sand is mapped as water', '10.0 % of sand has no class')
    """
    wrong = matrix.counts.copy()
    np.fill_diagonal(wrong, 0)
    labelled = matrix.counts.sum(axis=1)
    lost = (labelled >= _LOST_PX) & (labelled - wrong.sum(axis=1) < _LOST_RECALL * labelled)
    first = [(int(row), int(wrong[row].argmax())) for row in np.flatnonzero(lost)]
    first.sort(key=lambda place: -wrong[place])
    order = np.argsort(-wrong, axis=None, kind="stable").tolist()
    worth = max(_WORTH_TELLING * matrix.support, 1)
    rest = [place for place in (divmod(at, wrong.shape[1]) for at in order)
            if wrong[place] >= worth and place not in first]  # fmt: skip
    told = first + rest[: max(0, _MOST_MISTAKES - len(first))]
    names = matrix.scheme.names
    return tuple(
        f"{percent(wrong[row, column] / labelled[row])} of {names[row]} "
        + (f"is mapped as {names[column]}" if column < len(names) else "has no class")
        for row, column in told
    )


def _class_rows(
    image: MappedImage, cover: tuple[Cover, ...], names: tuple[str, ...]
) -> list[list[Any]]:
    """Return rows of position, amount, share and, with labels, scores of CNN and CSC map."""
    found = {held.position: held for held in cover}
    scores = {kind: matrix.classes for kind, matrix in image.matrices.items()}
    rows = []
    for position in range(len(names)):
        held = found.get(position)
        amounts = [held.amount, held.percent] if held else ["0", "0 %"]
        if "CSC" not in scores or "CNN" not in scores:
            if held:
                rows.append([position, *amounts])
            continue
        cnn, csc = scores["CNN"][position], scores["CSC"][position]
        known = csc.support > 0
        if held or known or cnn.precision:
            values = [cnn.f1, csc.f1, csc.precision if held else nan, csc.recall]
            texts = [score(value) if known else "–" for value in values]
            rows.append([position, *amounts, *texts, count(csc.support)])
    return rows


def _score_rows(matrices: Mapping[str, ConfusionMatrix]) -> list[list[str]]:
    """Return rows of a score's name and its values for CNN and CSC map."""
    if "CSC" not in matrices or "CNN" not in matrices:
        return []
    names = {
        "weighted F1": "f1_weighted",
        "mean F1 of classes": "f1_macro",
        "accuracy": "accuracy",
        "kappa": "kappa",
        "mean IoU": "iou_macro",
    }
    return [
        [name, *(score(getattr(matrices[kind], key)) for kind in ("CNN", "CSC"))]
        for name, key in names.items()
    ]
