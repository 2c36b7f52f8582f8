"""What phase 1 teaches phase 2: which class each pixel stands for, and with what weight."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import map_parts, strips
from riverscape.pixels.settings import TeachingSettings

__all__ = ["Lesson"]

_FULL = 255
# A class that nowhere fills a square of `least_px` is still believed where a connected patch of
# it is as large as a square of so many times that side: a road or a river is narrow and long.
_LONG = 4
# And where it holds such a share of the ground: false sediment along the banks of the sample is up
# to 1.7 per cent, while narrow bars of other rivers are 3 and more.
_COMMON = 0.02
_EIGHT_NEIGHBOURS = 8


@dataclass(frozen=True, eq=False)
class Lesson:
    """Class probabilities of square blocks of an image, as phase 1 found and we believe them.

    Attributes
    ----------
    blocks
        Class probabilities, (block_row, block_col, class).
    block_px
        Side of a block.
    settings
        What of them teaches.
    shape
        Rows and columns of the image.
    ground
        Whether each block holds data, (block_row, block_col).
    teaches
        Whether each block may teach, (block_row, block_col).
    doubted
        Positions of classes whose blocks were taken for mistakes.
    """

    blocks: NDArray[np.float32]
    block_px: int
    settings: TeachingSettings
    shape: tuple[int, int]
    ground: NDArray[np.bool_]
    teaches: NDArray[np.bool_]
    doubted: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        blocks: NDArray[np.float32],
        block_px: int,
        settings: TeachingSettings,
        valid: NDArray[np.bool_],
    ) -> Self:
        """Return the lesson of an image that holds data where `valid`, (row, col)."""
        height_px, width_px = valid.shape
        ground = np.ones(blocks.shape[:2], bool)
        if not valid.all():
            starts = (np.arange(0, length, block_px) for length in (height_px, width_px))
            rows, cols = starts
            ground = np.logical_or.reduceat(np.logical_or.reduceat(valid, rows), cols, axis=1)
        return cls(blocks, block_px, settings, (height_px, width_px), ground, ground)

    def believed(self) -> "Lesson":
        """Return the lesson without classes that phase 1 found in scattered blocks only.

        A class is believed that somewhere fills a square of `least_px`, or a connected patch of
        the area of a square four times as wide, or a fiftieth of the ground; the most common
        class always is. Blocks of other classes take their next best class.

        Examples
        --------
        >>> blocks = np.zeros((12, 12, 2), np.float32)
        >>> blocks[..., 0], blocks[..., 1] = 0.8, 0.2
        >>> blocks[2, 3] = 0.3, 0.7
        >>> valid = np.ones((300, 300), bool)
        >>> lesson = Lesson.of(blocks, 25, TeachingSettings(least_px=75), valid).believed()
        >>> lesson.doubted, int(lesson.positions.max())
        ((1,), 0)
        """
        blocks_of = np.bincount(self._top[self.ground], minlength=self.classes)
        common = np.flatnonzero(
            (blocks_of >= _COMMON * blocks_of.sum()) | (blocks_of == blocks_of.max())
        )
        found = np.flatnonzero(blocks_of)
        doubted = tuple(
            int(position)
            for position in found
            if position not in common and not self._is_believed(position)
        )
        if not doubted:
            return self
        blocks = self.blocks.copy()
        blocks[:, :, doubted] = 0
        left = blocks.sum(axis=2, keepdims=True)
        rest = [position for position in found if position not in doubted]
        even = np.zeros(blocks.shape[2], np.float32)
        even[rest] = 1 / len(rest)
        blocks = np.where(left > 0, blocks / np.maximum(left, np.finfo(np.float32).tiny), even)
        return replace(self, blocks=blocks.astype(np.float32), doubted=doubted)

    @cached_property
    def positions(self) -> NDArray[np.uint8]:
        """Position of the class that each pixel stands for, (row, col)."""
        return self._by_pixel(self._taught)

    def weights(self, valid: NDArray[np.bool_], seed: int, threads: int = 1) -> NDArray[np.uint8]:
        """Return what each pixel counts for, (row, col), 0..255.

        Parameters
        ----------
        valid
            Where the image holds data, (row, col).
        seed
            Same seed, same pixels where only a share of them teaches.
        """
        weights = self._by_pixel(self._block_weights)
        self._clear_tile_borders(weights)
        chosen, margin_px = self.settings, self.settings.class_border_px

        def clear(strip_index: int) -> None:
            strip = parts[strip_index]
            part = weights[strip.rows]
            part *= valid[strip.rows]
            if margin_px:
                part *= _away_from_borders(self.positions[strip.halo], margin_px)[strip.inner]
            if chosen.share < 1:
                # Strips follow from the image alone, and so do the pixels that are drawn.
                drawn = np.random.default_rng([seed, strip_index]).random(part.shape, np.float32)
                part *= drawn < chosen.share

        parts = strips(self.shape[0], halo_px=margin_px)
        map_parts(clear, range(len(parts)), threads)
        return weights

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.blocks.shape[2])

    @property
    def block_shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, cols, _ = self.blocks.shape
        return rows, cols

    @cached_property
    def teaching_blocks(self) -> NDArray[np.bool_]:
        """Whether each block teaches, (block_row, block_col)."""
        return np.asarray(self._block_weights > 0)

    def shares(self, blocks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the share of the teaching blocks of each class that are among `blocks`."""
        teaching = self._taught[self.teaching_blocks]
        total = np.bincount(teaching, minlength=self.classes)
        among = np.bincount(self._taught[blocks & self.teaching_blocks], minlength=self.classes)
        return np.asarray(among / np.maximum(total, 1))

    def without(self, blocks: NDArray[np.bool_]) -> "Lesson":
        """Return the lesson in which some blocks, (block_row, block_col), teach nothing."""
        return replace(self, teaches=self.teaches & ~blocks)

    @cached_property
    def _top(self) -> NDArray[np.uint8]:
        return np.asarray(self.blocks.argmax(axis=2), np.uint8)

    @cached_property
    def _taught(self) -> NDArray[np.uint8]:
        """The class of each block, after the modal filter."""
        radius = self.settings.modal_tiles
        if not radius:
            return self._top
        side = (2 * radius + 1, 2 * radius + 1)
        votes = [
            cv2.boxFilter(
                (self._top == position).astype(np.uint8),
                cv2.CV_32S,
                side,
                normalize=False,
                borderType=cv2.BORDER_CONSTANT,
            )
            for position in range(self.blocks.shape[2])
        ]
        return np.asarray(np.argmax(votes, axis=0), np.uint8)

    @cached_property
    def _block_weights(self) -> NDArray[np.uint8]:
        sure = np.take_along_axis(self.blocks, self._taught[:, :, None].astype(np.intp), axis=2)
        sure = sure[:, :, 0]
        weights = np.rint(_FULL * sure**self.settings.certainty_power)
        silent = (sure < self.settings.threshold) | ~self.teaches
        return np.asarray(np.where(silent, 0, weights), np.uint8)

    def _is_believed(self, position: np.integer) -> bool:
        least_px = self.settings.least_px
        here = ((self._top == position) & self.ground).astype(np.uint8)
        side = max(1, round(least_px / self.block_px))
        square = np.ones([min(side, length) for length in here.shape], np.uint8)
        outside = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
        if cv2.erode(here, square, **outside).any():
            return True
        _, _, patches, _ = cv2.connectedComponentsWithStats(here, connectivity=_EIGHT_NEIGHBOURS)
        largest_px = int(patches[1:, cv2.CC_STAT_AREA].max()) * self.block_px**2
        return largest_px >= (_LONG * least_px) ** 2

    def _clear_tile_borders(self, weights: NDArray[np.uint8]) -> None:
        border_px = self.settings.tile_border_px
        for offset in (*range(border_px), *range(self.block_px - border_px, self.block_px)):
            weights[offset :: self.block_px] = 0
            weights[:, offset :: self.block_px] = 0

    def _by_pixel(self, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height_px, width_px = self.shape
        rows = blocks.repeat(self.block_px, axis=1)[:, :width_px]
        return np.ascontiguousarray(rows.repeat(self.block_px, axis=0)[:height_px])


def _away_from_borders(positions: NDArray[np.uint8], margin_px: int) -> NDArray[np.bool_]:
    """Return where all pixels within `margin_px` stand for the same class."""
    square = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
    return np.asarray(cv2.erode(positions, square) == cv2.dilate(positions, square))
