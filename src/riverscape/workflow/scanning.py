"""The pass of phase 1: tiles labelled and spectral tables drafted, window by window."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead, byte_counts, valid_shares
from riverscape.pixels import Draft, Learned, Learner, Lesson, View
from riverscape.tiles import TileMap, label_window, tile_grid
from riverscape.workflow.image_views import ImageViews, step_of

__all__ = ["Scan", "scan_image"]


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
    todo = []
    for window in views.all_windows:
        if journal.has(step_of(window)):
            scan.recall(window, journal.load(step_of(window)))
            advance(window)
        else:
            todo.append(window)
    # The network looks at a window while the one before is tabulated.
    for window, seen in ahead(map(scan.look, views.read(todo, views.scan_halo_px))):
        journal.keep(step_of(window), {} if seen is None else scan.draft(*seen))
        advance(window)
    journal.settle()
    return Scan(scan.tile_map, scan.shares, scan.seen)


class _Scanner:
    """What is known of an image so far."""

    def __init__(self, views: ImageViews, learner: Learner, tile_map: TileMap) -> None:
        self.tile_map = tile_map
        self.seen = np.zeros(len(tile_map.scheme), np.int64)
        self.shares = np.zeros(tile_map.grid.block_shape, np.uint8)
        self._views, self._learner = views, learner

    def look(
        self, read: tuple[Window, View | None]
    ) -> tuple[Window, tuple[View, Lesson, Draft] | None]:
        """Label the tiles of a window; return what they teach and what is to be kept of it."""
        window, view = read
        if view is None:
            return window, None
        views, grid = self._views, self.tile_map.grid
        with views.clock.stage("phase 1"):
            label_window(
                window, view.levels, view.place, view.valid, self.tile_map, views.model,
                views.resources.threads,
            )  # fmt: skip
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
