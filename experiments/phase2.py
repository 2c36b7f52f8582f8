"""What each choice of phase 2 is worth, on photographs that phase 1 has not seen.

    python experiments/phase2.py classifiers --data sample/ --folds folds/ --write docs/phase-2.md

Two sets of photographs: the four of Validate, classified by the bundled model, and the ten of
Train, each by a model trained without it (`train_ste_marguerite.py --cross-validate` leaves them
in a folder, one bundle a photograph; without --folds Train is left out). Their labels are of two
kinds: dense and not exact to the pixel on Validate, sparse and sure on Train. Times are of one
thread, after one warm-up, of everything after the features were computed.

Specks are connected patches of fewer than 50 pixels.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import replace_table

from riverscape.assessment import ConfusionMatrix
from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels, read_labels
from riverscape.maps import despeckled
from riverscape.models import load_model
from riverscape.pixels import (
    CLASSIFIER_NAMES,
    Lesson,
    Posterior,
    View,
    classify_pixels,
    describe_pixels,
    learn_view,
)
from riverscape.progress import Stopwatch
from riverscape.settings import PRESETS, Settings, make_settings
from riverscape.tiles import Model, TileMap, label_tiles

_SPECK_PX = 50
_BINS = 10

CHOICES: dict[str, dict[str, dict[str, Any]]] = {
    "classifiers": {
        **{name: {"pixels": {"classifier": name}} for name in CLASSIFIER_NAMES},
        "preset published": {},
    },
    "bits": {
        f"{name}, {bits} bits": {"pixels": {"classifier": name, "bits": bits}}
        for name in ("logistic", "kde", "forest")
        for bits in (8, 7, 6)
    },
    "stride": {f"{stride} px": {"tiles": {"stride_px": stride}} for stride in (50, 25, 10, 5)},
    "features": {
        ", ".join(names): {"pixels": {"features": names, "classifier": classifier}}
        for classifier, names in (
            ("logistic", ("bands",)),
            ("logistic", ("median:1",)),
            ("logistic", ("median:2",)),
            ("logistic", ("median:5",)),
            ("logistic", ("disk-median:5",)),
            ("logistic", ("mean:5",)),
            ("logistic", ("lab",)),
            ("logistic", ("hsv",)),
            ("logistic", ("median:2", "entropy")),
            ("logistic", ("median:2", "deviation")),
            ("logistic", ("median:2", "texture")),
            ("logistic", ("median:2", "nd:green:red")),
        )
    },
    "smoothing": {
        "none": {"pixels": {"smoothing": "none"}},
        "none, patches under 50 px taken out": {
            "pixels": {"smoothing": "none", "despeckle_px": 50}
        },
        "mean, 3 px": {"pixels": {"smoothing": "mean", "smoothing_px": 3}},
        "mean, 6 px": {"pixels": {"smoothing": "mean", "smoothing_px": 6}},
        "mean, 10 px": {"pixels": {"smoothing": "mean", "smoothing_px": 10}},
        "guided, 4 px": {"pixels": {"smoothing": "guided", "smoothing_px": 4}},
        "guided, 8 px": {"pixels": {"smoothing": "guided", "smoothing_px": 8}},
        "mean, 6 px, and patches under 50 px taken out": {"pixels": {"despeckle_px": 50}},
    },
    "teaching": {
        "default": {},
        "every tile alike (certainty_power 0)": {"teaching": {"certainty_power": 0}},
        "certainty_power 4": {"teaching": {"certainty_power": 4}},
        "threshold 0.9, alike above": {"teaching": {"certainty_power": 0, "threshold": 0.9}},
        "modal filter of 3 x 3 tiles": {"teaching": {"modal_tiles": 1}},
        "5 px borders of tiles left out": {"teaching": {"tile_border_px": 5}},
        "10 px borders of classes left out": {"teaching": {"class_border_px": 10}},
        "a tenth of the pixels": {"teaching": {"share": 0.1}},
        "balance none": {"teaching": {"balance": "none"}},
        "balance full": {"teaching": {"balance": "full"}},
        "balance smote-enn": {"teaching": {"balance": "smote-enn"}},
        "scattered tiles believed (least_px 0)": {"teaching": {"least_px": 0}},
        "colours never overrule tiles": {"teaching": {"overrule": False}},
        "no context": {"pixels": {"context": False}},
        "context_weight 0.7": {"pixels": {"context_weight": 0.7}},
        "context_weight 2": {"pixels": {"context_weight": 2.0}},
    },
}


@dataclass(frozen=True)
class Result:
    """What a choice gave on one photograph."""

    cnn: ConfusionMatrix
    csc: ConfusionMatrix
    specks: int
    seconds: float
    confidence: NDArray[np.uint8]
    right: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph with labels, and a model that was not trained on it."""

    pair: LabelledImage
    model: Model

    @cache  # noqa: B019 - a dozen photographs for the life of the program
    def pixels(self) -> NDArray[np.uint8]:
        """Return the image's levels, (band, row, col)."""
        with open_raster(self.pair.image) as raster:
            return self.model.contract.levels(raster.read())

    @cache  # noqa: B019
    def tile_map(self, stride_px: int | None) -> TileMap:
        """Return what phase 1 says."""
        settings = make_settings({"tiles": {"stride_px": stride_px}}).tiles
        return label_tiles(self.pixels(), self.model, settings)

    @cache  # noqa: B019
    def labels(self) -> NDArray[np.uint8]:
        """Return the label raster."""
        scheme = self.model.contract.scheme
        return read_labels(self.pair.label_raster, scheme, self.pixels().shape[1:])

    def result(self, settings: Settings) -> Result:
        """Run phase 2."""
        tile_map, scheme = self.tile_map(settings.tiles.stride_px), self.model.contract.scheme
        shape = self.pixels().shape[1], self.pixels().shape[2]
        valid, clock = np.ones(shape, bool), Stopwatch()
        started = time.perf_counter()
        step_px = tile_map.grid.stride_px
        lesson = Lesson.of(tile_map.blocks, step_px, settings.teaching, valid).believed()
        view = View.whole(self.pixels(), valid, self.model.contract.bands, settings.pixels)
        learned = learn_view(view, lesson, clock)
        posterior = Posterior.of(learned, lesson, view, settings.pixels)
        codes = np.array(scheme.codes, np.uint8)[classify_pixels(posterior)]
        codes = despeckled(codes, settings.pixels.despeckle_px)
        spent = time.perf_counter() - started - clock.seconds.get("features", 0)
        labels = self.labels()
        layers = describe_pixels(posterior, scheme.positions[codes], settings.layers)
        known = labels > 0
        confidence = layers.confidence
        return Result(
            ConfusionMatrix.of(labels, tile_map.codes(), scheme),
            ConfusionMatrix.of(labels, codes, scheme),
            specks(codes),
            spent,
            np.zeros(0, np.uint8) if confidence is None else confidence[known],
            (codes == labels)[known],
        )


def specks(codes: NDArray[np.uint8]) -> int:
    """Return the number of connected patches of fewer than 50 pixels."""
    found = 0
    for code in np.unique(codes):
        _, _, patches, _ = cv2.connectedComponentsWithStats(
            (codes == code).astype(np.uint8), connectivity=4
        )
        found += int((patches[1:, cv2.CC_STAT_AREA] < _SPECK_PX).sum())
    return found


def photographs(data: Path, folds: Path | None) -> tuple[list[Photograph], list[Photograph]]:
    """Return those of Validate and, where there are models without them, those of Train."""
    bundled = load_model("ste-marguerite")
    validate = [
        Photograph(pair, bundled) for pair in pair_labels([data / "Validate"], required=True)
    ]
    if folds is None:
        return validate, []
    train = [
        Photograph(pair, load_model(folds / pair.name.split("_")[-1]))
        for pair in pair_labels([data / "Train"], required=True)
    ]
    return validate, train


def chosen_settings(name: str, changes: dict[str, Any]) -> Settings:
    """Return the settings of a choice."""
    if name.startswith("preset "):
        return make_settings(PRESETS[name.removeprefix("preset ")])
    return make_settings(changes)


def choice_rows(part: str, sets: tuple[list[Photograph], list[Photograph]]) -> Iterator[str]:
    """Yield the lines of the table of a part."""
    validate, train = sets
    yield (
        "| choice | Validate, each | Validate, mean F1 | Train left out, mean F1 "
        "| of sediment there | CSC below CNN map | specks a map | seconds |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    validate[0].result(Settings())
    for name, changes in CHOICES[part].items():
        settings = chosen_settings(name, changes)
        dense, sparse = ([one.result(settings) for one in group] for group in (validate, train))
        every = dense + sparse
        f1 = [result.csc.f1_weighted for result in dense]
        below = sum(r.csc.f1_weighted < r.cnn.f1_weighted for r in every)
        sediment = [
            score.f1
            for result in sparse
            for score in result.csc.held
            if score.name == "dry sediment" and score.support
        ]
        left = f"{np.mean([r.csc.f1_weighted for r in sparse]):.4f}" if sparse else "-"
        yield (
            f"| {name} | {', '.join(f'{x:.4f}' for x in f1)} | {np.mean(f1):.4f} | {left} "
            f"| {f'{np.mean(sediment):.3f}' if sediment else '-'} | {below} "
            f"| {np.mean([r.specks for r in every]):.0f} "
            f"| {np.median([r.seconds for r in every]):.2f} |"
        )


def calibration_rows(sets: tuple[list[Photograph], list[Photograph]]) -> Iterator[str]:
    """Yield the reliability table: how often the map is right where it says it is so sure."""
    yield (
        "| set | expected calibration error | "
        + " | ".join(f"{low}-{low + 10} %" for low in range(0, 100, _BINS))
        + " |"
    )
    yield "|---|---:|" + "---|" * _BINS
    settings = make_settings({"layers": {"confidence": True}})
    for name, group in zip(("Validate", "Train left out"), sets, strict=True):
        if not group:
            continue
        results = [one.result(settings) for one in group]
        sure = np.concatenate([result.confidence for result in results]) / 100
        right = np.concatenate([result.right for result in results])
        bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
        pixels = np.bincount(bins, minlength=_BINS)
        said = np.bincount(bins, sure, _BINS) / np.maximum(pixels, 1)
        was = np.bincount(bins, right, _BINS) / np.maximum(pixels, 1)
        error = (np.abs(said - was) * pixels).sum() / pixels.sum()
        cells = [
            f"{100 * r:.0f} % ({100 * n / pixels.sum():.1f})" if n else "-"
            for r, n in zip(was, pixels, strict=True)
        ]
        yield f"| {name} | {error:.4f} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=[*CHOICES, "calibration"])
    parser.add_argument("--data", type=Path, required=True, help="folder with Train and Validate")
    parser.add_argument("--folds", type=Path, help="folder of models, each without a photograph")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    sets = photographs(chosen.data, chosen.folds)
    for part in chosen.parts:
        rows = calibration_rows(sets) if part == "calibration" else choice_rows(part, sets)
        lines = []
        for line in rows:
            print(line, flush=True)
            lines.append(line)
        if chosen.write:
            replace_table(chosen.write, part, lines)


if __name__ == "__main__":
    main()
