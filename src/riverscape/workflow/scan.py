"""What phase 1 found of an image: entered window by window, or many windows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.pixels import Draft, Learned, Learner, Lesson
from riverscape.tiles import TileMap, tile_grid
from riverscape.workflow.image_views import ImageViews, step_of

__all__ = ["Scan"]


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

    @classmethod
    def empty(cls, views: ImageViews) -> Self:
        """Return what is known of an image at the begin: nothing."""
        grid = tile_grid(views.raster.shape, views.model, views.settings.tiles)
        tile_map = TileMap.empty(grid, views.model.contract.scheme)
        seen = np.zeros(len(tile_map.scheme), np.int64)
        return cls(tile_map, np.zeros(grid.block_shape, np.uint8), seen)

    def recall(self, windows: Sequence[Window], kept: Draft) -> None:
        """Take over what was kept of windows, of one alone or of several as `merged`."""
        if not kept:
            return
        grid, classes = self.tile_map.grid, len(self.tile_map.scheme)
        _spread(
            kept["tiles"].reshape(-1, classes),
            [self.tile_map.probabilities[grid.tiles_of(window)] for window in windows],
        )
        _spread(kept["shares"].ravel(), [self.shares[grid.blocks_of(w)] for w in windows])
        self.seen[:] += kept["seen"].reshape(-1, classes).sum(axis=0)

    def merged(self, windows: Sequence[Window]) -> Draft:
        """Return tiles, (tile, class), and shares, (block,), of windows, one after the other."""
        grid, classes = self.tile_map.grid, len(self.tile_map.scheme)
        tiles = [
            self.tile_map.probabilities[grid.tiles_of(window)].reshape(-1, classes)
            for window in windows
        ]
        shares = [self.shares[grid.blocks_of(window)].ravel() for window in windows]
        return {"tiles": np.concatenate(tiles), "shares": np.concatenate(shares)}

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


def _spread(values: NDArray[Any], places: Sequence[NDArray[Any]]) -> None:
    """Enter values, (n, ...), in places, (row, col, ...), one place after the other."""
    begin = 0
    for place in places:
        end = begin + place.shape[0] * place.shape[1]
        place[:] = values[begin:end].reshape(place.shape)
        begin = end
