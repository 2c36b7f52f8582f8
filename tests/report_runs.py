"""Runs with small pictures, as `classify` leaves them, for tests of the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from riverscape.assessment import ConfusionMatrix, MappedImage, Reliability, RunResults
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme

__all__ = ["HOSTILE", "Example", "all_classes", "example", "hostile"]

HOSTILE = "<img src=x onerror=alert(1)>_0001.jpg"
_ROWS, _COLS = 400, 600


@dataclass(frozen=True)
class Example:
    """A run and its previews."""

    run: RunResults
    previews: Mapping[str, Mapping[str, Path]]


def example(
    folder: Path,
    names: Sequence[str] = ("Alder_0001", "Alder_0002", "Heron_0010", "Heron_0009"),
    scheme: ClassScheme = PUBLISHED_CLASSES,
    *,
    labelled: bool = True,
    placed: bool = False,
    side_px: int = 90,
    **changes: Any,
) -> Example:
    """Return a run; its n-th image has n % 60 per cent of its water taken for sediment."""
    images = [
        _image(name, place, scheme, labelled, placed) for place, name in enumerate(names, start=1)
    ]
    run = RunResults(
        folder,
        "ste-marguerite",
        "logistic",
        scheme,
        tuple(sorted(images, key=lambda image: image.name)),
        started="2026-11-23T03:49:12+00:00",
        finished="2026-11-23T03:49:22+00:00",
        version="0.1.0",
        settings={"pixels": {"classifier": "logistic", "features": ["median:2"], "bits": 7}},
    )
    kinds = _pictures(folder / "previews", scheme, side_px, labelled)
    return Example(replace(run, **changes), dict.fromkeys(names, kinds))


def hostile(folder: Path) -> Example:
    """Return a run whose every text tries to be code."""
    evil = "\"><script>alert(1)</script><!--\u2028&amp;'\\"
    covers = [
        replace(cover, name=f"{cover.name} {evil}" if cover.code == 1 else cover.name)
        for cover in PUBLISHED_CLASSES
    ]
    found = example(folder, [HOSTILE, "a b#c?%41/ü_2"], ClassScheme(tuple(covers)))
    images = [
        replace(image, river=f"{image.river} {evil}", notes=(evil,), image=f"/data/{HOSTILE}")
        for image in found.run.images
    ]
    run = replace(
        found.run,
        images=tuple(images),
        model=evil,
        classifier=evil,
        failures={HOSTILE: evil},
        settings={evil: {evil: evil}},
        version=evil,
        started=evil,
        finished=None,
    )
    return Example(run, found.previews)


def all_classes(run: RunResults) -> RunResults:
    """Return a run whose labels and maps hold every class, each taken for any other or none."""
    counts = np.full((len(run.scheme), len(run.scheme) + 1), 12_345_678, np.int64)
    matrix = ConfusionMatrix(counts + 9 * np.eye(*counts.shape, dtype=np.int64), run.scheme)
    pixels = dict.fromkeys(run.scheme.names, int(counts[0].sum()))
    images = [
        replace(image, matrices={"CNN": matrix, "CSC": matrix}, pixels=pixels)
        for image in run.images
    ]
    return replace(run, images=tuple(images))


def _image(name: str, place: int, scheme: ClassScheme, labelled: bool, placed: bool) -> MappedImage:
    water, sediment = scheme.names[0], scheme.names[1]
    wrong = round(_ROWS * _COLS // 2 * (place % 60) / 100)
    pixels = dict.fromkeys(scheme.names, 0)
    pixels |= {water: _ROWS * _COLS // 2 - wrong, sediment: _ROWS * _COLS // 2 + wrong}
    counts = np.zeros((len(scheme), len(scheme) + 1), np.int64)
    counts[0, 0], counts[0, 1], counts[1, 1] = pixels[water], wrong, _ROWS * _COLS // 2
    worse = counts.copy()
    worse[1, 0], worse[1, 1] = 2000, counts[1, 1] - 2000
    sure = np.zeros((10, 3), np.int64)
    sure[9] = [95 * 1000, 1000, 940]
    sure[6] = [65 * 100, 100, 60]
    return MappedImage(
        name,
        name.split("_")[0],
        f"/survey/{name}.jpg",
        f"/survey/SCLS_{name}.tif" if labelled else None,
        (_ROWS, _COLS),
        pixels,
        {cover: 0.25 * count for cover, count in pixels.items()} if placed else {},
        {kind: ConfusionMatrix(table, scheme) for kind, table in (("CNN", worse), ("CSC", counts))}
        if labelled
        else {},
        {"CSC": Reliability(sure)} if labelled else {},
        ("phase 2 was taught one class only, water",) if place % 2 else (),
        {"phase 1": 0.5, "write": 0.25, "total": 0.6},
    )


def _pictures(folder: Path, scheme: ClassScheme, side_px: int, labelled: bool) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    rows = side_px * 2 // 3
    photograph = rng.integers(90, 160, (rows, side_px, 3), np.uint8)
    photograph[:, : side_px // 2] += np.array([0, 30, 90], np.uint8)
    codes = np.full((rows, side_px), scheme.codes[1], np.uint8)
    codes[:, : side_px // 2] = scheme.codes[0]
    codes[: rows // 8, : side_px // 8] = 0
    sure = rng.integers(50, 101, codes.shape, np.uint8)
    sure[codes == 0] = 255
    found = {"image": folder / "one_image.jpg"}
    Image.fromarray(photograph).save(found["image"], quality=85)
    ramp = np.linspace((68, 1, 84), (253, 231, 37), 101).round().astype(np.uint8)
    pictures = {"csc": codes, "cnn": codes[:, ::-1], "confidence": sure}
    if labelled:
        pictures["labels"] = codes
    for kind, values in pictures.items():
        picture = Image.fromarray(np.ascontiguousarray(values))
        picture.putpalette((ramp if kind == "confidence" else scheme.palette).tobytes())
        found[kind] = folder / f"one_{kind}.png"
        picture.save(found[kind], transparency=255 if kind == "confidence" else 0)
    return found
