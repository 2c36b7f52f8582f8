"""Learning the colours of an image: its spectral table, by windows, and what it is fitted to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import ahead
from riverscape.pixels.classifiers import fit_colours
from riverscape.pixels.colours import Colours, TableSum
from riverscape.pixels.evidence import ColourEvidence
from riverscape.pixels.fitted_colours import FittedColours
from riverscape.pixels.learned import Draft, Learned, Views
from riverscape.pixels.questions import Agreement, Revision, looks_of, tabulate
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.table import SpectralTable
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View
from riverscape.progress import Stopwatch

__all__ = ["ColourLearner"]

# Share of all teaching blocks, or of those of one class, from which on it is worth learning again
# without those that contradict their colours.
_WORTH_RELEARNING = 0.005
_WORTH_RELEARNING_A_CLASS = 0.1


@dataclass(frozen=True)
class ColourLearner:
    """Learns how often each distinct colour occurs in each class.

    The pass of phase 1 drafts a table of each window, as far as each block alone tells what it
    teaches. What the whole image tells, that a class is doubted or a block contradicts its
    colours, changes the lesson in a few windows: these are read again, and their draft is taken
    out of the sum for what they teach now. Counts are whole numbers, so nothing is lost.
    """

    settings: PixelSettings

    def draft(self, view: View, lesson: Lesson, clock: Stopwatch) -> Draft:
        """Return what to keep of a window: its table, and the colours looked at in its blocks.

        Parameters
        ----------
        lesson
            What the window teaches, as far as it is known.
        """
        with clock.stage("features"):
            _ = view.features
        with clock.stage("table"):
            return self._draft(view, lesson)

    def _draft(self, view: View, lesson: Lesson) -> Draft:
        table = tabulate(view, lesson, self.settings.seed)
        return {**_kept(table), "looks": looks_of(view, lesson.block_px)}

    def merge(self, drafts: Iterable[Draft]) -> Draft:
        """Return the table of windows together, of their drafts or of tables merged before.

        Examples
        --------
        >>> drafts = [
        ...     {"rows": np.array([[3], [9]], np.uint8), "counts": np.array([[1], [2]], np.uint8)},
        ...     {"rows": np.array([[9]], np.uint8), "counts": np.array([[254]], np.uint8)},
        ... ]
        >>> merged = ColourLearner(PixelSettings()).merge([*drafts, {}])
        >>> merged["rows"].ravel().tolist(), merged["counts"].ravel().tolist()
        ([3, 9], [1, 256])
        """
        total = self._added_up(drafts)
        return _kept(total.table) if total else {}

    def learn(self, lesson: Lesson, drafted: Lesson, views: Views, clock: Stopwatch) -> Learned:
        """Learn an image, of which every window is drafted.

        Parameters
        ----------
        drafted
            The lesson of the drafts.

        Raises
        ------
        SettingsError
            If there is no such classifier.
        InputError
            If there are too many bands for the classifier.
        """
        if not views.windows:
            nothing = np.zeros(lesson.classes, np.int64)
            return Learned(_silent, nothing, np.zeros(lesson.classes))
        with clock.stage("table"):
            total = self._added_up(views.sums())
            table = self._revised("doubt", total.table, drafted, lesson, views)
        table, lesson, unsure = self._taught(table, lesson, views, clock)
        fitted = self._fitted(table, lesson, clock)
        overruled = np.zeros(lesson.classes)
        if lesson.settings.overrule and not unsure:
            with clock.stage("check"):
                wrong = _contradicting(fitted, lesson, views)
                shares = lesson.shares(wrong)
            few = wrong.sum() <= _WORTH_RELEARNING * lesson.teaching_blocks.sum()
            if not few or shares.max() > _WORTH_RELEARNING_A_CLASS:
                rest, overruled = lesson.without(wrong), shares
                with clock.stage("table"):
                    table = self._revised("overruling", table, lesson, rest, views)
                table, lesson, unsure = self._taught(table, rest, views, clock)
                fitted = self._fitted(table, lesson, clock)
        return Learned(fitted.evidence, table.class_totals, overruled, unsure)

    def _taught(
        self, table: SpectralTable, lesson: Lesson, views: Views, clock: Stopwatch
    ) -> tuple[SpectralTable, Lesson, bool]:
        """Let every pixel teach where nothing is sure enough to."""
        if table.counts.any():
            return table, lesson, False
        with clock.stage("table"):
            table = self._revised("opening", table, lesson, lesson.opened, views)
        return table, lesson.opened, True

    def _fitted(self, table: SpectralTable, lesson: Lesson, clock: Stopwatch) -> FittedColours:
        with clock.stage("fit"):
            fitted = fit_colours(table, self.settings, lesson.settings.balance)
            colours = Colours(table.rows)
            if fitted is None:
                nothing = np.zeros(table.counts.shape, np.float32)
                return FittedColours(colours, nothing, None, table.present)
            return FittedColours(colours, fitted.probabilities(table.rows), fitted, table.present)

    def _added_up(self, drafts: Iterable[Draft]) -> TableSum:
        total = TableSum()
        for table in ahead(self._tables(drafts)):
            total.add(table)
        return total

    def _tables(self, drafts: Iterable[Draft]) -> Iterator[SpectralTable]:
        for draft in drafts:
            if "rows" in set(draft):  # nothing was drafted where there is no data
                counts = draft["counts"].astype(np.int64)
                yield SpectralTable(draft["rows"], counts, self.settings.bits)

    def _revised(
        self, why: str, table: SpectralTable, before: Lesson, after: Lesson, views: Views
    ) -> SpectralTable:
        """Return a table in which each window teaches by another lesson than before."""
        revision = Revision(why, before, after, self.settings.seed)
        concerned = [window for window in views.windows if revision.concerns(window)]
        if not concerned:
            return table
        counts, colours = table.counts.copy(), Colours(table.rows)
        for _, change in ahead(views.asked(revision, concerned)):
            if change:  # of no window without data
                places = colours.places_of(change["rows"])
                kept = places >= 0
                counts[places[kept]] += change["counts"][kept]
        return SpectralTable(table.rows, counts, table.bits)


def _kept(table: SpectralTable) -> Draft:
    """Return a table as it is kept: as narrow as it can be, of large images there are many."""
    counts = table.counts.astype(np.min_scalar_type(table.counts.max(initial=0)))
    return {"rows": table.rows, "counts": counts}


def _silent(view: View) -> ColourEvidence:
    """Say nothing of an image without valid pixels."""
    nowhere = np.zeros(view.place.shape, np.int32)
    return ColourEvidence(nowhere, np.zeros((1, 0), np.float32), np.zeros(0, np.intp))


def _contradicting(fitted: FittedColours, lesson: Lesson, views: Views) -> NDArray[np.bool_]:
    """Return which teaching blocks, (block_row, block_col), have another class's colours."""
    wrong = np.zeros(lesson.ground.shape, bool)
    for window, answer in views.asked(Agreement(fitted, lesson), views.windows):
        wrong[lesson.blocks_of(window)] = answer["contradicts"]
    return wrong & lesson.teaching_blocks
