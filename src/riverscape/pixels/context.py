"""What the tiles around a pixel say of it: phase 1 as a prior of phase 2."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_PROBABILITY", "Context"]

# Least probability that colour or context can give a class: neither can rule one out alone.
LEAST_PROBABILITY = 1e-4


@dataclass(frozen=True, eq=False)
class Context:
    """Class probabilities of square blocks, interpolated between their centres.

    Attributes
    ----------
    probabilities
        Of each block, (block_row, block_col, class).
    block_px
        Side of a block.
    weight
        Weight of the logarithm of these probabilities against that of the colour's.
    """

    probabilities: NDArray[np.float32]
    block_px: int
    weight: float

    @cached_property
    def _scores(self) -> NDArray[np.float32]:
        logarithm = np.log(np.maximum(self.probabilities, LEAST_PROBABILITY))
        return np.float32(self.weight) * logarithm

    def rows(self, rows: slice) -> NDArray[np.float32]:
        """Return the scores of some rows of the image: (row, block_col, class)."""
        blocks = self._scores
        place = (np.arange(rows.start, rows.stop) + 0.5) / self.block_px - 0.5
        place = place.clip(0, len(blocks) - 1)
        before = place.astype(np.intp)
        after = np.minimum(before + 1, len(blocks) - 1)
        share = (place - before).astype(np.float32)[:, None, None]
        return blocks[before] * (1 - share) + blocks[after] * share

    def columns(self, scores: NDArray[np.float32], width_px: int) -> NDArray[np.float32]:
        """Return the scores (row, col) of one class from those of its rows (row, block_col)."""
        rows, blocks = scores.shape
        size = (blocks * self.block_px, rows)
        wide = cv2.resize(np.ascontiguousarray(scores), size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(wide[:, :width_px])
