"""Phase 2 learns one image: from what phase 1 teaches to what the pixels say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from riverscape.imagery import Window
from riverscape.pixels.balance import check_balance
from riverscape.pixels.classifiers import pixel_classifier
from riverscape.pixels.colour_learning import ColourLearner
from riverscape.pixels.features import features_halo_px, parse_features
from riverscape.pixels.kde import check_features
from riverscape.pixels.learned import Draft, Learned, Question, Views
from riverscape.pixels.patch_learning import PatchLearner
from riverscape.pixels.patch_network import BLOCK_PX
from riverscape.pixels.patches import PatchClassifier
from riverscape.pixels.settings import PixelSettings, TeachingSettings
from riverscape.pixels.smoothing import smoothing_halo_px
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View
from riverscape.progress import Stopwatch

__all__ = [
    "Learner",
    "check_pixel_settings",
    "learn_view",
    "learning_halo_px",
    "pixel_learner",
    "predicting_halo_px",
]

PATCH = "patch"


class Learner(Protocol):
    """Learns an image that phase 1 has seen."""

    def draft(self, view: View, lesson: Lesson, clock: Stopwatch) -> Draft:
        """Return what to keep of a window that is taught by a lesson."""

    def merge(self, drafts: Iterable[Draft]) -> Draft:
        """Return what to keep of windows together, of what was kept of each, or of some of them.

        Whichever are merged first, an image is learned to the same bits.
        """

    def learn(self, lesson: Lesson, drafted: Lesson, views: Views, clock: Stopwatch) -> Learned:
        """Learn an image of which every window is drafted, by the lesson `drafted`."""


def pixel_learner(settings: PixelSettings) -> Learner:
    """Return what learns an image by these settings."""
    return PatchLearner(settings) if settings.classifier == PATCH else ColourLearner(settings)


def learning_halo_px(settings: PixelSettings) -> int:
    """Return how far around a window phase 2 looks to learn it.

    Examples
    --------
    >>> learning_halo_px(PixelSettings()), learning_halo_px(PixelSettings(classifier="patch"))
    (2, 3)
    """
    if settings.classifier == PATCH:
        return settings.patch_px // 2
    return features_halo_px(settings.features)


def predicting_halo_px(settings: PixelSettings) -> int:
    """Return how far around a window phase 2 looks to label it.

    Patches are swept in whole blocks, so as far again as a block reaches.

    Examples
    --------
    >>> predicting_halo_px(PixelSettings())
    8
    """
    smoothing_px = smoothing_halo_px(settings.smoothing, settings.smoothing_px)
    sweep_px = BLOCK_PX if settings.classifier == PATCH else 0
    return learning_halo_px(settings) + smoothing_px + sweep_px


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
        PatchClassifier(settings.patch_px, settings.seed, balance=teaching.balance)
        return
    check_balance(teaching.balance)
    pixel_classifier(settings.classifier, settings.seed)
    levels = sum(feature.bands(band_names) for feature in parse_features(settings.features))
    if settings.classifier == "kde":
        check_features(levels)


def learn_view(view: View, lesson: Lesson, clock: Stopwatch) -> Learned:
    """Learn an image that is held whole.

    Raises
    ------
    SettingsError
        If there is no such classifier or feature.
    InputError
        If the image lacks the bands that a feature needs, or has too many for the classifier.
    """
    learner = pixel_learner(view.settings)
    whole = _WholeImage(view, learner.draft(view, lesson, clock))
    return learner.learn(lesson, lesson, whole, clock)


@dataclass(frozen=True, eq=False)
class _WholeImage:
    """An image that is one window."""

    view: View
    kept: Draft

    @property
    def windows(self) -> Sequence[Window]:
        return [self.view.window]

    def views(self, wanted: Sequence[Window]) -> Iterator[View]:
        halo_px = learning_halo_px(self.view.settings)
        for window in wanted:
            yield self.view.part(window, window.grown(halo_px, self.view.window.shape))

    def draft(self, window: Window) -> Draft:  # noqa: ARG002
        return self.kept

    def sums(self) -> Iterator[Draft]:
        yield self.kept

    def asked(self, question: Question, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        return question.answers(self, wanted)
