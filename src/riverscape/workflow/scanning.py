"""The pass of phase 1: tiles labelled and spectral tables drafted, window by window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead, byte_counts, valid_shares
from riverscape.pixels import Draft, Learned, Learner, Lesson, View, pixel_learner
from riverscape.tiles import TileMap, label_window, tile_grid, tile_reach
from riverscape.workflow.image_views import ImageViews, step_of

__all__ = ["Scan", "scan_image", "scan_windows"]


@dataclass(frozen=True, eq=False)
class Scan:
    """What phase 1 found of an image.

    Attributes
    ----------
    tile_map
        Class probabilities of each tile.
    shares
        How much of each block holds data, as of `valid_shares`, (block_row, block_col).
    seen
        Pixels of each class in the CNN map, (class,).
    """

    tile_map: TileMap
    shares: NDArray[np.uint8]
    seen: NDArray[np.int64]

    def learn(self, learner: Learner, views: ImageViews) -> tuple[Lesson, Learned]:
        """Teach phase 2 what phase 1 found, as far as it is believed."""
        step, settings = self.tile_map.grid.stride_px, views.settings.teaching
        with views.clock.stage("table"):
            found = Lesson.of_shares(self.tile_map.blocks, step, settings, self.shares)
            lesson = found.believed()
        if not views.is_one_window:
            return lesson, learner.learn(lesson, lesson.drafted, views, views.clock)
        for view in views.views(views.windows):
            draft = learner.draft(view, lesson, views.clock)
            views.journal.keep(step_of(view.window), {**views.draft(view.window), **draft})
        return lesson, learner.learn(lesson, lesson, views, views.clock)


def scan_image(
    views: ImageViews, learner: Learner, advance: Callable[[Window], None] = lambda _: None
) -> Scan:
    """Label the tiles of an image and draft what each of its windows teaches.

    Windows that the journal holds are not looked at again.

    Parameters
    ----------
    advance
        Told of each window that is done.
    """
    model, raster, journal = views.model, views.raster, views.journal
    grid = tile_grid(raster.shape, model, views.settings.tiles)
    scan = _Scanner(views, learner, TileMap.empty(grid, model.contract.scheme))
    todo: list[Window] = []
    for window in views.all_windows:
        if journal.has(step_of(window)):
            scan.recall(window, journal.load(step_of(window)))
            advance(window)
        else:
            todo.append(window)
    scan.work_through(todo, advance)
    return Scan(scan.tile_map, scan.shares, scan.seen)


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
    grid = tile_grid(views.raster.shape, views.model, views.settings.tiles)
    learner = pixel_learner(views.settings.pixels)
    scan = _Scanner(views, learner, TileMap.empty(grid, views.model.contract.scheme))
    scan.label_around(wanted)
    scan.work_through(wanted, advance)


class _Scanner:
    """What is known of an image so far."""

    def __init__(self, views: ImageViews, learner: Learner, tile_map: TileMap) -> None:
        self.tile_map = tile_map
        self.seen = np.zeros(len(tile_map.scheme), np.int64)
        self.shares = np.zeros(tile_map.grid.block_shape, np.uint8)
        self._views, self._learner = views, learner

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
        reach = tile_reach(self.tile_map.grid, views.model)
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
            window, view.levels, view.place, view.valid, self.tile_map, self._views.model,
            self._views.resources.threads,
        )  # fmt: skip

    def _recall_tiles(self, window: Window) -> None:
        if kept := self._views.draft(window):
            self.tile_map.probabilities[self.tile_map.grid.tiles_of(window)] = kept["tiles"]

    def look(
        self, read: tuple[Window, View | None]
    ) -> tuple[Window, tuple[View, Lesson, Draft] | None]:
        """Label the tiles of a window; return what they teach and what is to be kept of it."""
        window, view = read
        if view is None:
            return window, None
        views, grid = self._views, self.tile_map.grid
        with views.clock.stage("phase 1"):
            self._label(window, view)
            rows, cols = grid.blocks_of(window)
            shares = valid_shares(view.inner_valid, grid.stride_px)
            self.shares[rows, cols] = shares
            blocks = self.tile_map.blocks[rows, cols]
            seen = self._count(window, view.inner_valid)
            self.seen += seen
        origin = (rows.start, cols.start)
        teaching = views.settings.teaching
        lesson = Lesson.of_shares(blocks, grid.stride_px, teaching, shares, origin).drafted
        tiles = self.tile_map.probabilities[grid.tiles_of(window)]
        return window, (view, lesson, {"tiles": tiles, "shares": shares, "seen": seen})

    def draft(self, view: View, lesson: Lesson, found: Draft) -> Draft:
        """Add to what was found of a window what phase 2 is to know of it."""
        # An image that is one window is at hand when its lesson is known: drafted then.
        if self._views.is_one_window or not lesson.ground.any():
            return found
        return {**found, **self._learner.draft(view, lesson, self._views.clock)}

    def recall(self, window: Window, kept: Any) -> None:  # noqa: ANN401
        """Take over what an earlier run found of a window."""
        if not kept:
            return
        grid = self.tile_map.grid
        self.tile_map.probabilities[grid.tiles_of(window)] = kept["tiles"]
        self.shares[grid.blocks_of(window)] = kept["shares"]
        self.seen += kept["seen"]

    def _count(self, window: Window, valid: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the pixels of each class in the CNN map of a window, (class,)."""
        codes = self.tile_map.codes(window) * valid
        return byte_counts(codes)[list(self.tile_map.scheme.codes)]


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
