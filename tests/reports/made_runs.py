"""Runs whose scores are known, without a map or an image."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from riverscape.assessment import ConfusionMatrix, MappedImage, Reliability, RunResults
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover

__all__ = ["ONE_CLASS", "image_of", "matrix_of", "reliability_of", "run_of", "scheme_of"]

ONE_CLASS = ClassScheme((LandCover(1, "water", "#3fb4ff"),))


def matrix_of(
    pairs: Mapping[tuple[int, int], int], scheme: ClassScheme = PUBLISHED_CLASSES
) -> ConfusionMatrix:
    """Return the matrix with so many pixels of (reference, predicted) classes, counted from 0."""
    counts = np.zeros((len(scheme), len(scheme) + 1), np.int64)
    for place, count in pairs.items():
        counts[place] = count
    return ConfusionMatrix(counts, scheme)


def reliability_of(bins: Mapping[int, tuple[int, int]]) -> Reliability:
    """Return pixels and those of them that are right by bin, sure by the middle of each bin."""
    counts = np.zeros((10, 3), np.int64)
    for place, (pixels, right) in bins.items():
        counts[place] = ((10 * place + 5) * pixels, pixels, right)
    return Reliability(counts)


def image_of(
    name: str,
    csc: ConfusionMatrix | None = None,
    cnn: ConfusionMatrix | None = None,
    pixels: Mapping[str, int] | None = None,
    areas_m2: Mapping[str, float] | None = None,
) -> MappedImage:
    """Return an image of the river that stands before the underscore; the CNN map as the CSC."""
    matrices = {} if csc is None else {"CNN": cnn or csc, "CSC": csc}
    return MappedImage(
        name,
        name.split("_")[0],
        f"{name}.jpg",
        matrices=matrices,
        pixels={"water": 100} if pixels is None else pixels,
        areas_m2=areas_m2 or {},
    )


def run_of(
    images: Sequence[MappedImage],
    folder: str | Path = "maps",
    scheme: ClassScheme = PUBLISHED_CLASSES,
    failures: Mapping[str, str] | None = None,
) -> RunResults:
    return RunResults(
        Path(folder),
        "ste-marguerite",
        "logistic",
        scheme,
        tuple(images),
        failures or {},
        "2024-05-01T10:00:00+00:00",
        "2024-05-01T11:00:00+00:00",
    )


def scheme_of(count: int, name: str) -> ClassScheme:
    return ClassScheme(
        tuple(
            LandCover(code, f"{name} {code}", f"#{code * 4000:06x}") for code in range(1, count + 1)
        )
    )
