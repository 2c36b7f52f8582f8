"""What the tiles around a pixel say of it: phase 1 as a prior of phase 2."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.pixels.teaching import Lesson

__all__ = ["LEAST_PROBABILITY", "Context"]

# Least probability that colour or context can give a class: neither can rule one out alone.
LEAST_PROBABILITY = 1e-4
# Blocks that are interpolated between together.
_SPAN = 16


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
    origin
        Row and column in the image of the first pixel that is asked for.
    first
        Row and column, in blocks, of the first block in the image.
    """

    probabilities: NDArray[np.float32]
    block_px: int
    weight: float
    origin: tuple[int, int] = (0, 0)
    first: tuple[int, int] = (0, 0)
    _known: dict[tuple[int, int], NDArray[np.float32]] = field(
        default_factory=dict, init=False, repr=False
    )

    @classmethod
    def around(cls, place: Window, lesson: Lesson, weight: float) -> Self:
        """Return what is believed of the blocks of a window and of those next to it."""
        rows, cols = (
            slice(
                max(start // lesson.block_px // _SPAN * _SPAN - 1, 0),
                min((stop // lesson.block_px // _SPAN + 1) * _SPAN + 1, count),
            )
            for start, stop, count in zip(
                (place.top, place.left),
                (place.bottom, place.right),
                lesson.ground.shape,
                strict=True,
            )
        )
        blocks = lesson.probabilities(rows, cols)
        origin, first = (place.top, place.left), (rows.start, cols.start)
        return cls(blocks, lesson.block_px, weight, origin, first)

    @cached_property
    def _scores(self) -> NDArray[np.float32]:
        logarithm = np.log(np.maximum(self.probabilities, LEAST_PROBABILITY))
        # Classes first: each is interpolated on its own.
        return np.ascontiguousarray((np.float32(self.weight) * logarithm).transpose(2, 0, 1))

    def scores(self, position: int, rows: slice, width_px: int) -> NDArray[np.float32]:
        """Return the scores of one class at some rows of pixels, (row, col)."""
        before, beyond = self._down(rows)
        first, last = before[0], before[-1]
        across = self._across(position, width_px)[first : last + 2]
        # Beyond the last row of blocks nothing is known: there it is not farther on than that.
        steps = np.diff(across, axis=0, append=across[-1:])
        result = np.empty((len(before), width_px), np.float32)
        for row in range(first, last + 1):
            there = slice(*np.searchsorted(before, [row, row + 1]))
            np.multiply(steps[row - first], beyond[there, None], out=result[there])
            result[there] += across[row - first]
        return result

    def _across(self, position: int, width_px: int) -> NDArray[np.float32]:
        """Interpolate the scores of one class along rows of blocks, (block_row, col)."""
        if (known := self._known.get((position, width_px))) is not None:
            return known
        blocks, left, span_px = self._scores[position], self.origin[1], _SPAN * self.block_px
        result = np.empty((len(blocks), width_px), np.float32)
        for start in range(left // span_px * span_px, left + width_px, span_px):
            # What is rounded of a pixel depends on its place in what is resized: so always the
            # same blocks are, wherever the window begins.
            cols = np.arange(start // self.block_px - 1, start // self.block_px + _SPAN + 1)
            there = (cols - self.first[1]).clip(0, blocks.shape[1] - 1)
            size = len(cols) * self.block_px, len(blocks)
            wide = cv2.resize(blocks[:, there], size, interpolation=cv2.INTER_LINEAR)
            begin, end = max(start, left), min(start + span_px, left + width_px)
            offset = start - self.block_px
            result[:, begin - left : end - left] = wide[:, begin - offset : end - offset]
        # Asked for again by every strip; two threads that make it at once make the same.
        self._known[position, width_px] = result
        return result

    def _down(self, rows: slice) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return which row of blocks each row of pixels comes after, and how far beyond, (row,)."""
        # In whole numbers of half a pixel, so that it is the same from wherever is counted.
        wide, last = 2 * self.block_px, self.first[0] + self._scores.shape[1] - 1
        place = 2 * (np.arange(rows.start, rows.stop) + self.origin[0]) + 1 - self.block_px
        before, beyond = np.divmod(place.clip(wide * self.first[0], wide * last), wide)
        return before - self.first[0], (beyond / wide).astype(np.float32)
