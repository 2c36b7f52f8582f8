"""Which tiles a batch holds: a function of the seed and the step alone.

A training that is resumed at a step therefore sees what an unbroken one would have seen.
"""

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
        # The area of a local class is that of its class in the images it was found in.
        positions = tiles.classes[self._order[self._group_first]]
        area = np.bincount(
            np.repeat(np.arange(len(found)), groups),
            weights=tiles.labelled_px[sources, positions],
        )
        shares = area ** (1 - settings.class_balance)
        self._shares = shares / shares.sum()

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

    def batch(self, step: int) -> NDArray[np.intp]:
        """Return the positions of the tiles of a step's batch."""
        epoch, place = divmod(step, self.batches_per_epoch)
        order = np.random.default_rng((self._settings.seed, epoch)).permutation(self._tiles)
        size = self._settings.batch_tiles
        return order[place * size : (place + 1) * size]
