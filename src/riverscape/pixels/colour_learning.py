"""Learning the colours of an image: its spectral table, by windows, and what it is fitted to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead
from riverscape.pixels.classifiers import fit_colours
from riverscape.pixels.colours import Colours, TableSum
from riverscape.pixels.evidence import ColourEvidence
from riverscape.pixels.fitted_colours import FittedColours
from riverscape.pixels.learned import Draft, Learned, Views
from riverscape.pixels.settings import PixelSettings
from riverscape.pixels.table import SpectralTable
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View
from riverscape.progress import Stopwatch

__all__ = ["ColourLearner"]

# A block whose pixels have the colours of its class with less than this probability, on average,
# contradicts its colours: phase 1 was wrong of it, or its class looks like another here.
_LEAST_AGREEMENT = 0.1
# Share of all teaching blocks, or of those of one class, from which on it is worth learning again
# without those that contradict their colours.
_WORTH_RELEARNING = 0.005
_WORTH_RELEARNING_A_CLASS = 0.1
# Pixels looked at along a block's side to see whether its colours agree with its class.
_LOOKS = 5


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
        table = self._tabulate(view, lesson)
        rows, cols = _looks(view.window, lesson.block_px)
        looks = view.window_spectra.index[rows, cols]
        looks = np.where(view.inner_valid[rows, cols], looks, np.int32(-1))
        return {**_kept(table), "looks": looks}

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
            table = self._revised(total.table, drafted, lesson, views)
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
                    table = self._revised(table, lesson, rest, views)
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
            return self._revised(table, lesson, lesson.opened, views), lesson.opened, True

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

    def _tabulate(self, view: View, lesson: Lesson) -> SpectralTable:
        """Return the colours of the valid pixels of a window, and what they teach."""
        window, valid = view.window, view.inner_valid
        weights = lesson.weights(window, valid, self.settings.seed, view.threads)
        positions = lesson.positions(window)
        return view.window_spectra.tabulate(positions, lesson.classes, weights)

    def _revised(
        self, table: SpectralTable, before: Lesson, after: Lesson, views: Views
    ) -> SpectralTable:
        """Return a table in which each window teaches by another lesson than before."""
        changed = [part for w in views.windows for part in before.differences(after, w)]
        if not changed:
            return table
        counts, colours = table.counts.copy(), Colours(table.rows)

        def change(view: View) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
            old, new = self._tabulate(view, before), self._tabulate(view, after)
            return new.rows, new.counts - old.counts

        for rows, changes in ahead(map(change, views.views(changed))):
            places = colours.places_of(rows)
            kept = places >= 0
            counts[places[kept]] += changes[kept]
        return SpectralTable(table.rows, counts, table.bits)


def _kept(table: SpectralTable) -> Draft:
    """Return a table as it is kept: as narrow as it can be, of large images there are many."""
    counts = table.counts.astype(np.min_scalar_type(table.counts.max(initial=0)))
    return {"rows": table.rows, "counts": counts}


def _silent(view: View) -> ColourEvidence:
    """Say nothing of an image without valid pixels."""
    nowhere = np.zeros(view.place.shape, np.int32)
    return ColourEvidence(nowhere, np.zeros((1, 0), np.float32), np.zeros(0, np.intp))


def _looks(window: Window, block_px: int) -> tuple[slice, slice]:
    """Return the rows and columns of a window that are looked at: the same in every window."""
    step = max(1, block_px // _LOOKS)
    return (
        slice((step // 2 - window.top) % step, None, step),
        slice((step // 2 - window.left) % step, None, step),
    )


def _contradicting(fitted: FittedColours, lesson: Lesson, views: Views) -> NDArray[np.bool_]:
    """Return which teaching blocks, (block_row, block_col), have another class's colours."""
    wrong = np.zeros(lesson.ground.shape, bool)

    def recall(window: Window) -> tuple[Window, NDArray[np.int32], NDArray[np.float32]]:
        draft = views.draft(window)
        return window, draft["looks"], fitted.of(draft["rows"])

    for window, looks, probabilities in ahead(map(recall, views.windows)):
        seen = looks >= 0
        rows, cols = lesson.blocks_of(window)
        taught = lesson.taught[rows, cols]
        shape = taught.shape
        block = _block_of_each_look(window, lesson.block_px, shape[1])[seen]
        agreement = probabilities[looks[seen], taught.ravel()[block]]
        count = np.bincount(block, minlength=shape[0] * shape[1])
        total = np.bincount(block, agreement, minlength=shape[0] * shape[1])
        mean = np.divide(total, count, out=np.ones(total.shape), where=count > 0)
        wrong[rows, cols] = mean.reshape(shape) < _LEAST_AGREEMENT
    return wrong & lesson.teaching_blocks


def _block_of_each_look(window: Window, block_px: int, wide: int) -> NDArray[np.intp]:
    """Return which block of the window, counted row by row, each look falls in, (row, col)."""
    rows, cols = (
        np.arange(length_px)[part] // block_px
        for length_px, part in zip(window.shape, _looks(window, block_px), strict=True)
    )
    return np.asarray(rows[:, None] * wide + cols)
