"""Which tiles a batch holds: a function of the seed and the step alone.

A training that is resumed at a step therefore sees what an unbroken one would have seen.
"""

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.tile_set import TileSet

__all__ = ["BalancedDrawing", "Drawing", "EveryTile", "drawing_of"]


class Drawing(Protocol):
    """Chooses the tiles of each batch."""

    batches_per_epoch: int

    def batch(self, step: int) -> NDArray[np.intp]:
        """Return the positions of the tiles of a step's batch."""
        ...


def drawing_of(tiles: TileSet, settings: TrainingSettings) -> Drawing:
    """Return the drawing that the settings ask for."""
    return (BalancedDrawing if settings.drawing == "balanced" else EveryTile)(tiles, settings)


class BalancedDrawing:
    """Draw over local classes by their balance, and within each evenly over images."""

    def __init__(self, tiles: TileSet, settings: TrainingSettings) -> None:
        self.batches_per_epoch = settings.batches_per_epoch
        self._settings = settings
        local = tiles.local_classes()
        # Tiles in groups of one local class and image, one group after another.
        self._order = np.lexsort((tiles.sources, local))
        pairs = np.stack([local, tiles.sources])[:, self._order]
        changes = np.any(np.diff(pairs, axis=1, prepend=-1), axis=0)
        self._group_first = np.flatnonzero(changes)
        self._group_tiles = np.diff(self._group_first, append=len(self._order))
        of_group, sources = pairs[:, self._group_first]
        found, first, groups = np.unique(of_group, return_index=True, return_counts=True)
        self._class_first, self._class_groups = first, groups
        # The area of a local class is that of its class in the images it was found in. Classes
        # are balanced first, then the local classes of each.
        positions = tiles.classes[self._order[self._group_first]]
        local_of_group = np.repeat(np.arange(len(found)), groups)
        area = np.bincount(local_of_group, weights=tiles.labelled_px[sources, positions])
        class_of = positions[first]
        power = 1 - settings.class_balance
        of_class = np.bincount(class_of, weights=area)[class_of] ** power
        within = area**power / np.bincount(class_of, weights=area**power)[class_of]
        self._shares = of_class * within / np.sum(of_class * within)

    def batch(self, step: int) -> NDArray[np.intp]:
        """Return the positions of the tiles of a step's batch."""
        rng = np.random.default_rng((self._settings.seed, step))
        size = self._settings.batch_tiles
        chosen = rng.choice(len(self._shares), size=size, p=self._shares)
        group = self._class_first[chosen] + rng.integers(self._class_groups[chosen])
        places = self._group_first[group] + rng.integers(self._group_tiles[group])
        drawn: NDArray[np.intp] = self._order[places]
        return drawn


class EveryTile:
    """Take every tile once an epoch, in an order of each epoch's own."""

    def __init__(self, tiles: TileSet, settings: TrainingSettings) -> None:
        self.batches_per_epoch = -(-len(tiles) // settings.batch_tiles)
        self._tiles, self._settings = len(tiles), settings
        self._order = lru_cache(maxsize=2)(self._order_of)

    def _order_of(self, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng((self._settings.seed, epoch)).permutation(self._tiles)

    def batch(self, step: int) -> NDArray[np.intp]:
        """Return the positions of the tiles of a step's batch."""
        epoch, place = divmod(step, self.batches_per_epoch)
        size = self._settings.batch_tiles
        return self._order(epoch)[place * size : (place + 1) * size]
