"""A faster version of a model, and what it costs: measured, not promised."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.assessment import hold_out
from riverscape.errors import InputError, MissingExtraError, ModelError
from riverscape.imagery import ImageSettings, filled, open_raster
from riverscape.labels import LabelledImage
from riverscape.maps import ClassMap
from riverscape.progress import SILENT, Progress, stage
from riverscape.tiles import Model, PredictionSettings, label_tiles
from riverscape.tiles.bundle import INT8_FILE, NETWORK_FILE
from riverscape.workflow.resources import available_threads
from riverscape.workflow.scoring import assess

__all__ = ["Comparison", "Quantisation", "quantise"]

# Windows to calibrate by, of each image and of all: F1 is the same with 8 and with 128 of each.
_WINDOWS, _ALL_WINDOWS = 16, 512


@dataclass(frozen=True)
class Comparison:
    """How the CNN maps of one image compare: weighted F1, and seconds of phase 1."""

    f1_float: float
    f1_int8: float
    seconds_float: float
    seconds_int8: float


@dataclass(frozen=True)
class Quantisation:
    """A model that computes in 8 bits, and how it compares with itself in floating point.

    Attributes
    ----------
    calibrated
        Names of the images that it was calibrated by, which cannot judge it.
    compared
        The other images: name to comparison.
    """

    model: Model
    calibrated: tuple[str, ...]
    compared: dict[str, Comparison]

    @property
    def mean(self) -> Comparison:
        """The mean over the compared images."""
        found = self.compared.values()
        return Comparison(
            fmean(one.f1_float for one in found),
            fmean(one.f1_int8 for one in found),
            fmean(one.seconds_float for one in found),
            fmean(one.seconds_int8 for one in found),
        )

    @property
    def speed_up(self) -> float:
        """How many times as fast phase 1 is, on the machine that it was measured on."""
        return self.mean.seconds_float / self.mean.seconds_int8


def quantise(
    model: Model,
    survey: Sequence[LabelledImage],
    progress: Progress = SILENT,
    threads: int | None = None,
) -> Quantisation:
    """Make a model compute in 8 bits, and measure what that costs and gains.

    Half of the images, whole images drawn with a fixed seed, show which numbers occur; the
    other half is classified with both models, phase 1 alone, and scored.

    Parameters
    ----------
    survey
        Two or more labelled images. Labels count on the half that is scored.
    threads
        Threads to measure on; all processors by default.

    Raises
    ------
    InputError
        If there are fewer than two images, or one cannot be read or does not fit the model.
    MissingExtraError
        If the onnx package is not installed.
    ModelError
        If the network cannot be quantised.
    """
    if find_spec("onnx") is None:
        purpose = "quantising a model"
        raise MissingExtraError(purpose, "train")
    model = model.in_float()
    calibrating, measuring = hold_out(survey, 0.5, seed=0)
    if not measuring:
        message = "two images or more are needed: one half to calibrate by, the other to measure"
        raise InputError(message)
    names = tuple(image.name for image in calibrating)
    with stage(progress, "calibrating", len(calibrating)):
        network = _int8_network(model, calibrating, progress)
    int8 = _int8_model(model, network, names, {})
    compared = {}
    with stage(progress, "measuring", len(measuring)):
        for image in measuring:
            compared[image.name] = _compare(image, model, int8, threads or available_threads())
            progress.advance(note=image.name)
    result = Quantisation(int8, names, compared)
    return replace(result, model=_int8_model(model, network, names, _scores(result)))


def _int8_network(model: Model, images: Sequence[LabelledImage], progress: Progress) -> bytes:
    from riverscape.tiles.quantisation import calibration_windows, quantised_onnx

    rng, windows = np.random.default_rng(0), []
    count = max(1, min(_WINDOWS, _ALL_WINDOWS // len(images)))
    for image in images:
        pixels, _ = _read(image, model)
        windows.append(calibration_windows(pixels, model.contract, count, rng))
        progress.advance(note=image.name)
    return quantised_onnx(model.files[NETWORK_FILE], windows)


def _int8_model(
    model: Model, network: bytes, calibrated: tuple[str, ...], scores: dict[str, Any]
) -> Model:
    contract = model.contract
    quantised = {
        "to": "int8", "from": model.sha256, "calibration_images": list(calibrated), **scores,
    }  # fmt: skip
    changed = {"backbone": {**contract.backbone, "quantised": quantised}}
    try:
        return Model.build(contract.model_copy(update=changed), {**model.files, INT8_FILE: network})
    except ModelError as error:
        message = f"ONNX Runtime cannot run {contract.name} in 8 bits: {error}"
        raise ModelError(message) from error


def _compare(image: LabelledImage, model: Model, int8: Model, threads: int) -> Comparison:
    pixels, valid = _read(image, model)
    f1, seconds = [], []
    for one in (model, int8):
        started = time.perf_counter()
        tile_map = label_tiles(pixels, one, PredictionSettings(), threads)
        seconds.append(time.perf_counter() - started)
        cnn = ClassMap(tile_map.codes() * valid, one.contract.scheme)
        f1.append(assess(cnn, image.known_labels).f1_weighted)
    return Comparison(*f1, *seconds)


def _read(image: LabelledImage, model: Model) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    with open_raster(image.image) as raster:
        pixels, valid = model.contract.chosen(raster, ImageSettings()).read_with_valid()
        return filled(model.contract.levels(pixels), valid), valid


def _scores(result: Quantisation) -> dict[str, Any]:
    """Return what the contract says of it; not the seconds, which are those of one machine."""
    rows = {**result.compared, "mean": result.mean}
    return {
        "weighted F1 of the CNN map, on the other images": {
            name: {"int8": round(one.f1_int8, 4), "float": round(one.f1_float, 4)}
            for name, one in rows.items()
        }
    }
