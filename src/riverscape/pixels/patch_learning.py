"""Learning the patches of an image: a bounded sample of them, drawn by windows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead
from riverscape.pixels.evidence import Evidence
from riverscape.pixels.learned import Draft, Learned, Seen, Views
from riverscape.pixels.patch_network import PatchNetwork
from riverscape.pixels.patch_sample import PatchSample
from riverscape.pixels.patches import PatchClassifier, PatchEvidence
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View
from riverscape.progress import Stopwatch

__all__ = ["PatchLearner"]


@dataclass(frozen=True)
class PatchLearner:
    """Learns squares around pixels, which no table holds.

    Which pixels teach is known when phase 1 has seen the whole image; the windows are read again
    to draw them.
    """

    settings: PixelSettings

    def draft(self, view: View, lesson: Lesson, clock: Stopwatch) -> Draft:  # noqa: ARG002
        """Return nothing: a sample is drawn later."""
        return {}

    def merge(self, drafts: Iterable[Draft]) -> Draft:  # noqa: ARG002
        """Return nothing: nothing was kept."""
        return {}

    def learn(
        self,
        lesson: Lesson,
        drafted: Lesson,  # noqa: ARG002
        views: Views,
        clock: Stopwatch,
    ) -> Learned:
        """Learn an image."""
        settings = self.settings
        classifier = PatchClassifier(
            settings.patch_px, settings.seed, balance=lesson.settings.balance
        )
        sample = self._drawn("drawing", classifier, lesson, views, clock)
        unsure = sample is not None and not len(sample.taught)
        if unsure:
            sample = self._drawn("opening", classifier, lesson.opened, views, clock)
        if sample is None:
            nothing = np.zeros(lesson.classes, np.int64)
            return Learned(_silent, nothing, np.zeros(lesson.classes))
        with clock.stage("fit"):
            network = classifier.fit(sample)
        fitted = _FittedPatches(sample.taught, network)
        return Learned(fitted.evidence, sample.class_totals, np.zeros(lesson.classes), unsure)

    def _drawn(
        self,
        why: str,
        classifier: PatchClassifier,
        lesson: Lesson,
        views: Views,
        clock: Stopwatch,
    ) -> PatchSample | None:
        """Draw from all windows; None where none holds data."""
        sample = None
        drawing = _Drawing(why, classifier, lesson)
        with clock.stage("table"):
            _ = lesson.teaching_blocks  # others are told of it: else each would have to find out
            for _, drawn in ahead(views.asked(drawing, views.windows)):
                if drawn:
                    if sample is None:
                        sample = classifier.sample(lesson.classes, drawn["patches"].shape[1])
                    sample.join(drawn)
        return sample


@dataclass(frozen=True, eq=False)
class _Drawing:
    """Which patches of a window teach, if there are no better ones in others."""

    name: str
    classifier: PatchClassifier
    lesson: Lesson
    reads_drafts = False

    def answers(self, seen: Seen, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield the sample of each window, as it is kept."""
        silent = set(wanted)
        for view in seen.views(wanted):
            silent.remove(view.window)
            yield view.window, self._sample(view).kept
        for window in silent:
            yield window, {}

    def _sample(self, view: View) -> PatchSample:
        sample = self.classifier.sample(self.lesson.classes, len(view.levels))
        window, valid = view.window, view.inner_valid
        weights = self.lesson.weights(window, valid, self.classifier.seed, view.threads)
        positions = self.lesson.positions(window)
        sample.add(view.levels, view.place, positions, weights, valid, window)
        return sample


@dataclass(frozen=True, eq=False)
class _FittedPatches:
    """What patches say; other processes can be told of it, as of nothing defined in a function."""

    taught: NDArray[np.intp]
    network: PatchNetwork | None

    def evidence(self, view: View) -> Evidence:
        """Return what the patches of a view say."""
        origin = view.place.top, view.place.left
        return PatchEvidence(view.levels, self.taught, self.network, origin)


def _silent(view: View) -> Evidence:
    """Say nothing of an image without valid pixels."""
    return PatchEvidence(view.levels, np.zeros(0, np.intp), None)
