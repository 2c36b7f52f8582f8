"""What learning the colours of an image asks of its windows, when phase 1 has seen all of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead
from riverscape.pixels.fitted_colours import FittedColours
from riverscape.pixels.learned import Draft, Seen
from riverscape.pixels.table import SpectralTable
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View

__all__ = ["Agreement", "Revision", "looks_of", "tabulate"]

# A block whose pixels have the colours of its class with less than this probability, on average,
# contradicts its colours: phase 1 was wrong of it, or its class looks like another here.
_LEAST_AGREEMENT = 0.1
# Pixels looked at along a block's side to see whether its colours agree with its class.
_LOOKS = 5


@dataclass(frozen=True, eq=False)
class Revision:
    """By how much the table changes where a window teaches another lesson than before.

    Attributes
    ----------
    name
        Why it does.
    seed
        Which pixels teach where only a share of them does.
    """

    name: str
    before: Lesson
    after: Lesson
    seed: int
    reads_drafts = False

    def concerns(self, window: Window) -> bool:
        """Return whether anything may change there."""
        return bool(self.before.differences(self.after, window))

    def answers(self, seen: Seen, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield colours, (n, band), and changes of their counts, (n, class), of each window."""
        window_of = {
            part: window
            for window in wanted
            for part in self.before.differences(self.after, window)
        }
        changes = ahead(map(self._change, seen.views(list(window_of))))
        silent = set(wanted)
        for window, parts in groupby(changes, lambda change: window_of[change[0]]):
            silent.remove(window)
            yield window, _added_up([table for _, table in parts])
        for window in silent:
            yield window, {}

    def _change(self, view: View) -> tuple[Window, SpectralTable]:
        old, new = (tabulate(view, one, self.seed) for one in (self.before, self.after))
        return view.window, SpectralTable(new.rows, new.counts - old.counts, new.bits)


@dataclass(frozen=True, eq=False)
class Agreement:
    """Which blocks have another class's colours than those of the one that they stand for."""

    fitted: FittedColours
    lesson: Lesson
    name = "agreement"
    reads_drafts = True

    def answers(self, seen: Seen, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield whether each block of a window contradicts its colours, (block_row, block_col)."""

        def recall(window: Window) -> tuple[Window, NDArray[np.int32], NDArray[np.float32]]:
            draft = seen.draft(window)
            return window, draft["looks"], self.fitted.of(draft["rows"])

        for window, looks, probabilities in ahead(map(recall, wanted)):
            yield window, {"contradicts": self._contradicts(window, looks, probabilities)}

    def _contradicts(
        self, window: Window, looks: NDArray[np.int32], probabilities: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        lesson, looked = self.lesson, looks >= 0
        taught = lesson.taught[lesson.blocks_of(window)]
        block = _block_of_each_look(window, lesson.block_px, taught.shape[1])[looked]
        agreement = probabilities[looks[looked], taught.ravel()[block]]
        count = np.bincount(block, minlength=taught.size)
        total = np.bincount(block, agreement, minlength=taught.size)
        mean = np.divide(total, count, out=np.ones(total.shape), where=count > 0)
        return np.asarray(mean.reshape(taught.shape) < _LEAST_AGREEMENT)


def tabulate(view: View, lesson: Lesson, seed: int) -> SpectralTable:
    """Return the colours of the valid pixels of a window, and what they teach."""
    window, valid = view.window, view.inner_valid
    weights = lesson.weights(window, valid, seed, view.threads)
    return view.window_spectra.tabulate(lesson.positions(window), lesson.classes, weights)


def looks_of(view: View, block_px: int) -> NDArray[np.int32]:
    """Return which colour of the window's table each look falls on, -1 where there is no data."""
    rows, cols = _looks(view.window, block_px)
    looks = view.window_spectra.index[rows, cols]
    return np.where(view.inner_valid[rows, cols], looks, np.int32(-1))


def _added_up(tables: list[SpectralTable]) -> Draft:
    """Return what has changed, as narrow as it can be kept."""
    rows = np.concatenate([table.rows for table in tables])
    counts = np.concatenate([table.counts for table in tables])
    table = SpectralTable(rows, counts, tables[0].bits)
    table = table if len(tables) == 1 else table.merged()
    changed = table.counts.any(axis=1)
    counts = table.counts[changed]
    least, most = (np.min_scalar_type(end(initial=0)) for end in (counts.min, counts.max))
    return {"rows": table.rows[changed], "counts": counts.astype(np.result_type(least, most))}


def _looks(window: Window, block_px: int) -> tuple[slice, slice]:
    """Return the rows and columns of a window that are looked at: the same in every window."""
    step = max(1, block_px // _LOOKS)
    return (
        slice((step // 2 - window.top) % step, None, step),
        slice((step // 2 - window.left) % step, None, step),
    )


def _block_of_each_look(window: Window, block_px: int, wide: int) -> NDArray[np.intp]:
    """Return which block of the window, counted row by row, each look falls in, (row, col)."""
    rows, cols = (
        np.arange(length_px)[part] // block_px
        for length_px, part in zip(window.shape, _looks(window, block_px), strict=True)
    )
    return np.asarray(rows[:, None] * wide + cols)
