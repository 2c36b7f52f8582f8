"""The pass of phase 1: tiles labelled and spectral tables drafted, window by window."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead, byte_counts, valid_shares
from riverscape.pixels import Draft, Learner, Lesson, View, pixel_learner
from riverscape.tiles import label_window, tile_reach
from riverscape.workflow.image_views import ImageViews, step_of
from riverscape.workflow.scan import Scan

__all__ = ["scan_image", "scan_windows"]


def scan_image(
    views: ImageViews, learner: Learner, advance: Callable[[Window], None] = lambda _: None
) -> Scan:
    """Label the tiles of an image and draft what each of its windows teaches.

    Windows that the journal holds are not looked at again, and those that are merged there are
    read together.

    Parameters
    ----------
    advance
        Told of each window that is done.
    """
    scanner = _Scanner(views, learner)
    todo: list[Window] = []
    for span in views.spans:
        windows = views.all_windows[span.windows]
        if span.count > 1 or views.journal.has(step_of(windows[0])):
            scanner.scan.recall(windows, views.kept(span))
            for window in windows:
                advance(window)
        else:
            todo += windows
    scanner.work_through(todo, advance)
    return scanner.scan


def scan_windows(
    views: ImageViews,
    wanted: Sequence[Window],
    advance: Callable[[Window], None] = lambda _: None,
) -> None:
    """Do a part of the pass of phase 1 alone, and keep it in the journal: some of its windows.

    What is kept of them is what a pass over the whole image would keep, to the byte. Tiles that
    begin before a window and reach into it are labelled with it, unless the journal holds them.

    Parameters
    ----------
    wanted
        Some of the windows, in their order.
    advance
        Told of each that is done.
    """
    scanner = _Scanner(views, pixel_learner(views.settings.pixels))
    scanner.label_around(wanted)
    scanner.work_through(wanted, advance)


class _Scanner:
    """Looks at the windows of an image, and enters what it finds in a scan."""

    def __init__(self, views: ImageViews, learner: Learner) -> None:
        self.scan = Scan.empty(views)
        self._views, self._learner = views, learner
        self._tile_map, self._grid = self.scan.tile_map, self.scan.tile_map.grid

    def work_through(self, todo: Sequence[Window], advance: Callable[[Window], None]) -> None:
        """Do windows, one after the other, and keep what is found of them."""
        views = self._views
        # The network looks at a window while the one before is tabulated.
        for window, seen in ahead(map(self.look, views.read(todo, views.scan_halo_px))):
            views.journal.keep(step_of(window), {} if seen is None else self.draft(*seen))
            advance(window)
        views.journal.settle()

    def label_around(self, wanted: Sequence[Window]) -> None:
        """Label the tiles that begin above or left of some windows and reach into them."""
        views = self._views
        reach = tile_reach(self._grid, views.model)
        strips = []
        for other, part in _before(wanted, views.all_windows, *reach):
            if views.journal.has(step_of(other)):
                self._recall_tiles(other)
            else:
                strips.append(part)
        for place, view in views.read(strips, views.scan_halo_px):
            if view is not None:
                self._label(place, view)

    def _label(self, window: Window, view: View) -> None:
        label_window(
            window, view.levels, view.place, view.valid, self._tile_map, self._views.model,
            self._views.resources.threads,
        )  # fmt: skip

    def _recall_tiles(self, window: Window) -> None:
        if kept := self._views.draft(window):
            self._tile_map.probabilities[self._grid.tiles_of(window)] = kept["tiles"]

    def look(
        self, read: tuple[Window, View | None]
    ) -> tuple[Window, tuple[View, Lesson, Draft] | None]:
        """Label the tiles of a window; return what they teach and what is to be kept of it."""
        window, view = read
        if view is None:
            return window, None
        views, grid, scan = self._views, self._grid, self.scan
        with views.clock.stage("phase 1"):
            self._label(window, view)
            rows, cols = grid.blocks_of(window)
            shares = valid_shares(view.inner_valid, grid.stride_px)
            scan.shares[rows, cols] = shares
            blocks = self._tile_map.blocks[rows, cols]
            seen = self._count(window, view.inner_valid)
            scan.seen[:] += seen
        origin = (rows.start, cols.start)
        teaching = views.settings.teaching
        lesson = Lesson.of_shares(blocks, grid.stride_px, teaching, shares, origin).drafted
        tiles = self._tile_map.probabilities[grid.tiles_of(window)]
        return window, (view, lesson, {"tiles": tiles, "shares": shares, "seen": seen})

    def draft(self, view: View, lesson: Lesson, found: Draft) -> Draft:
        """Add to what was found of a window what phase 2 is to know of it."""
        # An image that is one window is at hand when its lesson is known: drafted then.
        if self._views.is_one_window or not lesson.ground.any():
            return found
        return {**found, **self._learner.draft(view, lesson, self._views.clock)}

    def _count(self, window: Window, valid: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the pixels of each class in the CNN map of a window, (class,)."""
        codes = self._tile_map.codes(window) * valid
        return byte_counts(codes)[list(self._tile_map.scheme.codes)]


def _before(
    wanted: Sequence[Window], every: Sequence[Window], height_px: int, width_px: int
) -> list[tuple[Window, Window]]:
    """Return other windows that reach above or left of wanted ones, so near, and which part does.

    Examples
    --------
    >>> every = [Window(top, left, 100, 100) for top in (0, 100) for left in (0, 100)]
    >>> for _, part in _before(every[3:], every, height_px=20, width_px=10):
    ...     print(part.rows, part.cols)
    slice(80, 100, None) slice(90, 100, None)
    slice(80, 100, None) slice(100, 200, None)
    slice(100, 200, None) slice(90, 100, None)
    >>> _before(every, every, height_px=20, width_px=10)
    []
    """
    taken = set(wanted)
    around = {
        Window(top, left, bottom - top, right - left)
        for window in wanted
        for top, bottom in _sides(window.top, window.bottom, height_px)
        for left, right in _sides(window.left, window.right, width_px)
    } - taken
    parts = [
        (other, part)
        for other in every
        if other not in taken
        for part in {_shared(other, place) for place in around}
        if part is not None
    ]
    # Corners of one window are often in what lies above another.
    return [
        (other, part)
        for other, part in parts
        if not any(part != more and _shared(part, more) == part for _, more in parts)
    ]


def _sides(begin: int, end: int, reach_px: int) -> list[tuple[int, int]]:
    """Return a side of a window, and what lies before it, if anything does."""
    before = (max(begin - reach_px, 0), begin)
    return [before, (begin, end)] if begin else [(begin, end)]


def _shared(one: Window, other: Window) -> Window | None:
    """Return what two windows share, None if nothing."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    height_px = min(one.bottom, other.bottom) - top
    width_px = min(one.right, other.right) - left
    return Window(top, left, height_px, width_px) if min(height_px, width_px) > 0 else None
