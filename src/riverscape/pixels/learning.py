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
# Share of the teaching blocks from which on it is worth learning again without those that
# contradict their colours.
_WORTH_RELEARNING = 0.005
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
    contradicted
        Share of the teaching blocks of each class whose colours were another class's; they
        taught nothing in the end.
    """

    evidence: Evidence
    guide: NDArray[np.uint8]
    taught: NDArray[np.int64]
    contradicted: NDArray[np.float64]


def check_pixel_settings(settings: PixelSettings, teaching: TeachingSettings) -> None:
    """Check, before any image is read, that classifier and features can be had.

    Raises
    ------
    SettingsError
        If there is no such classifier or feature, or the balance does not suit it.
    MissingExtraError
        If the balance needs a package that is not installed.
    """
    parse_features(settings.features)
    check_balance(teaching.balance)
    if settings.classifier == PATCH:
        _patch_classifier(settings, teaching)
    else:
        pixel_classifier(settings.classifier, settings.seed)


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
    evidence, taught = _learn_colours(spectra, valid, lesson, settings, clock, threads)
    with clock.stage("check"):
        contradicting = _contradicting(evidence, lesson)
        contradicted = lesson.shares(contradicting)
    if contradicting.mean() > _WORTH_RELEARNING:
        rest = lesson.without(contradicting)
        evidence, taught = _learn_colours(spectra, valid, rest, settings, clock, threads)
    return Learned(evidence, _brightness(features), taught, contradicted)


def _learn_colours(
    spectra: Spectra,
    valid: NDArray[np.bool_],
    lesson: Lesson,
    settings: PixelSettings,
    clock: Stopwatch,
    threads: int,
) -> tuple[ColourEvidence, NDArray[np.int64]]:
    with clock.stage("table"):
        weights = lesson.weights(valid, settings.seed, threads)
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
        levels = eight_bit(pixels, valid)
    with clock.stage("table"):
        weights = lesson.weights(valid, settings.seed, threads)
        taught = np.bincount(
            lesson.positions.ravel(), weights.ravel(), minlength=lesson.classes
        ).astype(np.int64)
    with clock.stage("fit"):
        classifier = _patch_classifier(settings, lesson.settings)
        evidence = classifier.fit(levels, lesson.positions, weights, lesson.classes)
    return Learned(evidence, _brightness(levels), taught, np.zeros(lesson.classes))


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
