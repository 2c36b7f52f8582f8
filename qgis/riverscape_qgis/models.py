# SPDX-License-Identifier: GPL-2.0-or-later
"""What a model expects of images: asked of the worker once, before anything is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .layers import LayerError, RasterLook
from .translation import tr
from .worker import Worker

__all__ = [
    "DEFAULT_MODEL",
    "PUBLISHED_CLASSES",
    "ModelLook",
    "band_words",
    "check_bands",
    "common_words",
    "model_look",
]

DEFAULT_MODEL = "ste-marguerite"
PUBLISHED_CLASSES = {
    1: "water",
    2: "dry sediment",
    3: "green vegetation",
    4: "senescent vegetation",
    5: "paved road",
}
"""Codes and names of the classes of Carbonneau et al. 2020."""

_KNOWN: dict[tuple[Any, ...], ModelLook] = {}


@dataclass(frozen=True)
class ModelLook:
    """What a model says of itself: its bands in order, and its classes by code."""

    name: str
    bands: tuple[str, ...]
    classes: dict[int, str]


def model_look(worker: Worker, model: str) -> ModelLook:
    """Return what a model expects.

    Parameters
    ----------
    model
        The name of a bundled one, or the path of a folder or a .zip.

    Raises
    ------
    WorkerError
        If there is no such model, or the worker does not answer.
    """
    contract = Path(model) / "model.json"
    changed = contract.stat().st_mtime_ns if contract.is_file() else 0
    key = (*worker.program, model, changed)
    if key not in _KNOWN:
        import json  # late: QGIS starts with this module

        told = json.loads(worker.ask(["models", "show", "--json", "--", model]))
        classes = {int(one["code"]): str(one["name"]) for one in told["classes"]["classes"]}
        _KNOWN[key] = ModelLook(str(told["name"]), tuple(told["bands"]), classes)
    return _KNOWN[key]


def check_bands(look: RasterLook, model: ModelLook, chosen: list[int]) -> None:
    """Check that a layer has the bands that a model wants, or that they are chosen.

    Raises
    ------
    LayerError
        If not; it says what to choose.
    """
    wanted = ", ".join(model.bands)
    if chosen and len(chosen) != len(model.bands):
        message = tr("{0} bands are chosen, model {1} takes {2}: {3}")
        raise LayerError(message.format(len(chosen), model.name, len(model.bands), wanted))
    if not chosen and look.is_gdal and look.band_count < len(model.bands):
        message = tr("layer {0} has {1} bands, model {2} takes {3}: {4}")
        counts = look.band_count, model.name, len(model.bands), wanted
        raise LayerError(message.format(look.name, *counts))


def band_words(look: RasterLook, model: ModelLook, chosen: list[int]) -> list[str]:
    """Return the option that says which bands stand for the model's; none where files tell.

    Those that the user chose, else those that the layer shows as red, green and blue where the
    user changed them.
    """
    shown = look.rgb_bands if set(model.bands) == {"red", "green", "blue"} else ()
    by_name = dict(zip(("red", "green", "blue"), shown))
    bands = chosen or [by_name[name] for name in model.bands if by_name]
    return ["--bands", ",".join(map(str, bands))] if bands else []


def common_words(looks: list[RasterLook]) -> list[str]:
    """Return the options of bands and nodata value, which all layers must share.

    Raises
    ------
    LayerError
        If layers differ.
    """
    words: list[str] = []
    bands = {look.rgb_bands for look in looks}
    values = {look.nodata for look in looks}
    if len(bands) > 1 or len(values) > 1:
        names = ", ".join(look.name for look in looks)
        message = tr("show the same bands and set the same nodata value in all of {0}")
        raise LayerError(message.format(names))
    shown, value = next(iter(bands), ()), next(iter(values), None)
    words += ["--bands", ",".join(map(str, shown))] if shown else []
    return words + ([f"--nodata={value:.17g}"] if value is not None else [])
