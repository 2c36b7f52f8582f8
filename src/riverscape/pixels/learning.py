"""Phase 2 learns one image: from what phase 1 teaches to what the pixels say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.balance import check_balance
from riverscape.pixels.classifiers import learn_colours, pixel_classifier
from riverscape.pixels.evidence import ColourEvidence, Evidence
from riverscape.pixels.features import extract_features, parse_features
from riverscape.pixels.kde import check_features
from riverscape.pixels.levels import eight_bit
from riverscape.pixels.patches import PatchClassifier
from riverscape.pixels.settings import PixelSettings, TeachingSettings
from riverscape.pixels.spectra import Spectra
from riverscape.pixels.teaching import Lesson
from riverscape.progress import Stopwatch

__all__ = ["Learned", "check_pixel_settings", "learn_image"]

PATCH = "patch"
# A block whose pixels have the colours of its class with less than this probability, on average,
# contradicts its colours: phase 1 was wrong of it, or its class looks like another here.
_LEAST_AGREEMENT = 0.1
# Share of all teaching blocks, or of those of one class, from which on it is worth learning again
# without those that contradict their colours.
_WORTH_RELEARNING = 0.005
_WORTH_RELEARNING_A_CLASS = 0.1
# Pixels looked at along a block's side to see whether its colours agree with its class.
_LOOKS = 5


@dataclass(frozen=True, eq=False)
class Learned:
    """What phase 2 learned of an image.

    Attributes
    ----------
    evidence
        What the pixels say.
    guide
        Brightness of the image, (row, col).
    taught
        Pixels that taught, by class, weighted.
    overruled
        Share of the teaching blocks of each class that taught nothing in the end, since their
        colours were another class's.
    unsure
        Whether nothing was sure enough to teach, so that every pixel did.
    """

    evidence: Evidence
    guide: NDArray[np.uint8]
    taught: NDArray[np.int64]
    overruled: NDArray[np.float64]
    unsure: bool = False


def check_pixel_settings(
    settings: PixelSettings, teaching: TeachingSettings, band_names: Sequence[str]
) -> None:
    """Check, before any image is read, that classifier and features can be had of these bands.

    Raises
    ------
    SettingsError
        If there is no such classifier or feature, or the balance does not suit it.
    InputError
        If the bands are too few for a feature, or the features too many for the classifier.
    MissingExtraError
        If the balance needs a package that is not installed.
    """
    if settings.classifier == PATCH:
        _patch_classifier(settings, teaching)
        return
    check_balance(teaching.balance)
    pixel_classifier(settings.classifier, settings.seed)
    levels = sum(feature.bands(band_names) for feature in parse_features(settings.features))
    if settings.classifier == "kde":
        check_features(levels)


def learn_image(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    band_names: Sequence[str],
    lesson: Lesson,
    settings: PixelSettings,
    clock: Stopwatch,
    threads: int = 1,
) -> Learned:
    """Learn the colours, or the patches, of one image.

    Parameters
    ----------
    pixels
        The image, (band, row, col).
    valid
        Where it holds data, (row, col).
    clock
        Where the time of each stage is noted.

    Raises
    ------
    SettingsError
        If there is no such classifier or feature.
    InputError
        If the image lacks the bands that a feature needs, or has too many for the classifier.
    """
    if settings.classifier == PATCH:
        return _learn_patches(pixels, valid, lesson, settings, clock, threads)
    with clock.stage("features"):
        features = extract_features(pixels, settings.features, band_names, threads, valid)
    with clock.stage("table"):
        spectra = Spectra.of(features, settings.bits, threads)
    weights, unsure = _weights(lesson, valid, settings, clock, threads)
    evidence, taught = _learn_colours(spectra, weights, lesson, settings, clock)
    overruled = np.zeros(lesson.classes)
    if lesson.settings.overrule and not unsure:
        with clock.stage("check"):
            wrong = _contradicting(evidence, lesson)
            shares = lesson.shares(wrong)
        few = wrong.sum() <= _WORTH_RELEARNING * lesson.teaching_blocks.sum()
        if not few or shares.max() > _WORTH_RELEARNING_A_CLASS:
            rest, overruled = lesson.without(wrong), shares
            weights, unsure = _weights(rest, valid, settings, clock, threads)
            evidence, taught = _learn_colours(spectra, weights, rest, settings, clock)
    return Learned(evidence, _brightness(features), taught, overruled, unsure)


def _weights(
    lesson: Lesson,
    valid: NDArray[np.bool_],
    settings: PixelSettings,
    clock: Stopwatch,
    threads: int,
) -> tuple[NDArray[np.uint8], bool]:
    """Return what each pixel counts for, and whether that had to be 1 for want of better."""
    with clock.stage("table"):
        weights = lesson.weights(valid, settings.seed, threads)
        if weights.any():
            return weights, False
        return valid.astype(np.uint8), bool(valid.any())


def _learn_colours(
    spectra: Spectra,
    weights: NDArray[np.uint8],
    lesson: Lesson,
    settings: PixelSettings,
    clock: Stopwatch,
) -> tuple[ColourEvidence, NDArray[np.int64]]:
    with clock.stage("table"):
        table = spectra.tabulate(lesson.positions, lesson.classes, weights)
    with clock.stage("fit"):
        colours = learn_colours(table, settings, lesson.settings.balance)
    return ColourEvidence(spectra.index, colours, table.present), table.class_totals


def _learn_patches(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    lesson: Lesson,
    settings: PixelSettings,
    clock: Stopwatch,
    threads: int,
) -> Learned:
    with clock.stage("features"):
        levels = eight_bit(pixels, valid, threads)
    weights, unsure = _weights(lesson, valid, settings, clock, threads)
    with clock.stage("table"):
        taught = np.bincount(
            lesson.positions.ravel(), weights.ravel(), minlength=lesson.classes
        ).astype(np.int64)
    with clock.stage("fit"):
        classifier = _patch_classifier(settings, lesson.settings)
        evidence = classifier.fit(levels, lesson.positions, weights, lesson.classes)
    return Learned(evidence, _brightness(levels), taught, np.zeros(lesson.classes), unsure)


def _patch_classifier(settings: PixelSettings, teaching: TeachingSettings) -> PatchClassifier:
    return PatchClassifier(settings.patch_px, settings.seed, balance=teaching.balance)


def _contradicting(evidence: ColourEvidence, lesson: Lesson) -> NDArray[np.bool_]:
    """Return which teaching blocks, (block_row, block_col), have another class's colours."""
    step = max(1, lesson.block_px // _LOOKS)
    index = evidence.index[step // 2 :: step, step // 2 :: step]
    positions = lesson.positions[step // 2 :: step, step // 2 :: step]
    agreement = evidence.colours[index, positions]
    rows, cols = (
        (np.arange(length) * step + step // 2) // lesson.block_px for length in index.shape
    )
    block_rows, block_cols = lesson.block_shape
    block = (rows[:, None] * block_cols + cols).ravel()
    looks = np.bincount(block, minlength=block_rows * block_cols)
    total = np.bincount(block, agreement.ravel(), minlength=block_rows * block_cols)
    mean = np.divide(total, looks, out=np.ones(total.shape), where=looks > 0)
    return (mean.reshape(block_rows, block_cols) < _LEAST_AGREEMENT) & lesson.teaching_blocks


def _brightness(features: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mean of up to three feature bands, (row, col)."""
    total = features[0].astype(np.uint16)
    for band in features[1:3]:
        total += band
    total //= min(len(features), 3)
    return np.asarray(total, np.uint8)
