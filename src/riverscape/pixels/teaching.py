"""What phase 1 teaches phase 2: which class each pixel stands for, and with what weight."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import (
    Strip,
    Window,
    blocks_of,
    by_pixel,
    byte_counts,
    map_parts,
    strips,
    valid_shares,
    windows,
)
from riverscape.pixels.belief import found_and_doubted
from riverscape.pixels.draws import uniform
from riverscape.pixels.settings import TeachingSettings

__all__ = ["Blocks", "Lesson"]

_FULL = 255
# Of 255: half of a block.
_LEAST_SHARE = 128
_STEPS = (1 << 16) - 1
# Side of the squares whose differing blocks are read together, and the share of a window, one in
# so many, from which on it is as well read whole.
_PART_PX = 512
_MANY_PARTS = 3
_BLOCKS_AT_A_TIME = 1 << 18


class Blocks(Protocol):
    """Class probabilities of square blocks, (block_row, block_col, class), an array or like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns of blocks, and classes."""

    def __getitem__(self, place: tuple[slice, slice]) -> NDArray[np.float32]:
        """Return the probabilities of some rows and columns of blocks."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """Class probabilities of square blocks of an image, as phase 1 found and we believe them.

    Attributes
    ----------
    blocks
        Class probabilities, (block_row, block_col, class), as phase 1 found them.
    block_px
        Side of a block.
    settings
        What of them teaches.
    ground
        Whether each block holds data, (block_row, block_col).
    teaches
        Whether each block may teach, (block_row, block_col).
    doubted
        Positions of classes whose blocks were taken for mistakes.
    believed_classes
        Where classes are doubted, positions of the others that were found.
    origin
        Row and column, in blocks, of the first block in the image.
    """

    blocks: Blocks
    block_px: int
    settings: TeachingSettings
    ground: NDArray[np.bool_]
    teaches: NDArray[np.bool_]
    doubted: tuple[int, ...] = ()
    believed_classes: tuple[int, ...] = ()
    origin: tuple[int, int] = (0, 0)

    @classmethod
    def of(
        cls,
        blocks: Blocks,
        block_px: int,
        settings: TeachingSettings,
        valid: NDArray[np.bool_],
        origin: tuple[int, int] = (0, 0),
    ) -> Self:
        """Return the lesson of blocks that hold data where `valid`, (row, col)."""
        return cls.of_shares(blocks, block_px, settings, valid_shares(valid, block_px), origin)

    @classmethod
    def of_shares(
        cls,
        blocks: Blocks,
        block_px: int,
        settings: TeachingSettings,
        shares: NDArray[np.uint8],
        origin: tuple[int, int] = (0, 0),
    ) -> Self:
        """Return the lesson of blocks of which such shares hold data, as of `valid_shares`.

        What is filled up would else teach: a block of which less than half holds data teaches
        nothing.
        """
        teaches = shares >= _LEAST_SHARE
        return cls(blocks, block_px, settings, shares > 0, teaches, origin=origin)

    @property
    def drafted(self) -> "Lesson":
        """The lesson as far as each block alone tells it: without doubt and without neighbours."""
        alone = self.settings.model_copy(update={"modal_tiles": 0, "class_border_px": 0})
        return Lesson(
            self.blocks, self.block_px, alone, self.ground, self.teaches, origin=self.origin
        )

    @property
    def opened(self) -> "Lesson":
        """The lesson in which every pixel teaches, however unsure its block is."""
        every = TeachingSettings(certainty_power=0, balance=self.settings.balance)
        return replace(self, settings=every, teaches=self.ground)

    def believed(self) -> "Lesson":
        """Return the lesson without classes that phase 1 found in scattered blocks only.

        Blocks of other classes take their next best class.

        Examples
        --------
        >>> blocks = np.zeros((12, 12, 2), np.float32)
        >>> blocks[..., 0], blocks[..., 1] = 0.8, 0.2
        >>> blocks[2, 3] = 0.3, 0.7
        >>> valid = np.ones((300, 300), bool)
        >>> lesson = Lesson.of(blocks, 25, TeachingSettings(least_px=75), valid).believed()
        >>> lesson.doubted, int(lesson.positions(Window(0, 0, 300, 300)).max())
        ((1,), 0)
        """
        found, doubted = found_and_doubted(
            self._top, self.ground, self.block_px, self.settings.least_px
        )
        rest = tuple(position for position in found if position not in doubted)
        return replace(self, doubted=doubted, believed_classes=rest) if doubted else self

    def probabilities(self, rows: slice, cols: slice) -> NDArray[np.float32]:
        """Return what is believed of some blocks, (block_row, block_col, class)."""
        blocks = self.blocks[rows, cols]
        if not self.doubted:
            return blocks
        blocks = blocks.copy()
        blocks[:, :, self.doubted] = 0
        left = blocks.sum(axis=2, keepdims=True)
        even = np.zeros(blocks.shape[2], np.float32)
        even[list(self.believed_classes)] = 1 / len(self.believed_classes)
        shares = blocks / np.maximum(left, np.finfo(np.float32).tiny)
        return np.where(left > 0, shares, even).astype(np.float32)

    def positions(self, window: Window) -> NDArray[np.uint8]:
        """Return the position of the class that each pixel of a window stands for, (row, col)."""
        return self._by_pixel(self.taught, window)

    def weights(
        self, window: Window, valid: NDArray[np.bool_], seed: int, threads: int = 1
    ) -> NDArray[np.uint8]:
        """Return what each pixel of a window counts for, (row, col), 0..255.

        Parameters
        ----------
        valid
            Where the window holds data, (row, col).
        seed
            Same seed, same pixels where only a share of them teaches.
        """
        weights = self._by_pixel(self._block_weights, window)
        self._clear_tile_borders(weights, window)
        chosen, margin_px = self.settings, self.settings.class_border_px
        shape = self._reach_px

        def clear(strip: Strip) -> None:
            part = weights[strip.rows]
            part *= valid[strip.rows]
            here = Window(window.top + strip.start, window.left, *part.shape)
            if margin_px:
                around = here.grown(margin_px, shape)
                away = _away_from_borders(self.positions(around), margin_px)
                part *= away[here.within(around)]
            if chosen.share < 1:
                part *= uniform(here, seed) < chosen.share

        map_parts(clear, strips(window.height_px), threads)
        return weights

    def differences(self, other: "Lesson", window: Window) -> list[Window]:
        """Return the parts of a window, of whole blocks, where two lessons may differ.

        Both are of the same blocks. Everywhere else they teach the same. Where that is much of it,
        it is the window itself.
        """
        changed = self._changed(other, window)
        side = -(-_PART_PX // self.block_px)
        found = [
            self._pixels_of(changed, part, window)
            for part in windows(changed.shape, side, side)
            if changed[part.rows, part.cols].any()
        ]
        much = _MANY_PARTS * sum(part.size_px for part in found) >= window.size_px
        return [window] if found and much else found

    def _pixels_of(self, changed: NDArray[np.bool_], part: Window, window: Window) -> Window:
        """Return the pixels of the smallest rectangle of blocks that holds all that changed."""
        rows, cols = blocks_of(window, self.block_px)
        there = changed[part.rows, part.cols]
        down, across = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        top, bottom = (
            (rows.start + part.top + row) * self.block_px for row in (down[0], down[-1] + 1)
        )
        left, right = (
            (cols.start + part.left + col) * self.block_px for col in (across[0], across[-1] + 1)
        )
        top, left = max(top, window.top), max(left, window.left)
        bottom, right = min(bottom, window.bottom), min(right, window.right)
        return Window(int(top), int(left), int(bottom - top), int(right - left))

    def _changed(self, other: "Lesson", window: Window) -> NDArray[np.bool_]:
        """Return which blocks of a window two lessons may teach otherwise, (block_row, block_col).

        What stands for another class, but has no weight with either, teaches nothing with both.
        """
        by_pixel = [
            (one.settings.tile_border_px, one.settings.class_border_px, one.settings.share)
            for one in (self, other)
        ]
        rows, cols = self.blocks_of(window)
        if by_pixel[0] != by_pixel[1]:
            return np.ones((rows.stop - rows.start, cols.stop - cols.start), bool)
        weights, others = (one._block_weights[rows, cols] for one in (self, other))
        # Near another class no pixel teaches, whatever the weight of that.
        reach = -(-self.settings.class_border_px // self.block_px)
        around = tuple(
            slice(max(side.start - reach, 0), side.stop + reach) for side in (rows, cols)
        )
        otherwise = (self.taught[around] != other.taught[around]).view(np.uint8)
        if reach:
            otherwise = cv2.dilate(otherwise, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        here = tuple(
            slice(side.start - wide.start, side.stop - wide.start)
            for side, wide in zip((rows, cols), around, strict=True)
        )
        matters = (otherwise[here] > 0) & ((weights > 0) | (reach > 0))
        return np.asarray(matters | (weights != others))

    def blocks_of(self, window: Window) -> tuple[slice, slice]:
        """Return the rows and the columns of blocks that hold a window's pixels."""
        (rows, cols), (down, across) = blocks_of(window, self.block_px), self.origin
        return (
            slice(rows.start - down, rows.stop - down),
            slice(cols.start - across, cols.stop - across),
        )

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.blocks.shape[2])

    @cached_property
    def teaching_blocks(self) -> NDArray[np.bool_]:
        """Whether each block teaches, (block_row, block_col)."""
        return np.asarray(self._block_weights > 0)

    def shares(self, blocks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the share of the teaching blocks of each class that are among `blocks`."""
        total = byte_counts(self.taught, self.teaching_blocks)[: self.classes]
        among = byte_counts(self.taught, blocks & self.teaching_blocks)[: self.classes]
        return np.asarray(among / np.maximum(total, 1))

    def without(self, blocks: NDArray[np.bool_]) -> "Lesson":
        """Return the lesson in which some blocks, (block_row, block_col), teach nothing."""
        return replace(self, teaches=self.teaches & ~blocks)

    @cached_property
    def _top(self) -> NDArray[np.uint8]:
        return self._by_rows(lambda blocks, _: blocks.argmax(axis=2))

    def _by_rows(
        self, answer: Callable[[NDArray[np.float32], slice], NDArray[Any]]
    ) -> NDArray[np.uint8]:
        """Ask something of all blocks, some rows at a time: probabilities are large."""
        count, wide = self.ground.shape
        result = np.empty((count, wide), np.uint8)
        for strip in strips(count, max(1, _BLOCKS_AT_A_TIME // wide)):
            result[strip.rows] = answer(self.probabilities(strip.rows, slice(0, wide)), strip.rows)
        return result

    @cached_property
    def taught(self) -> NDArray[np.uint8]:
        """Position of the class that each block stands for, (block_row, block_col)."""
        radius = self.settings.modal_tiles
        if not radius:
            return self._top
        side = (2 * radius + 1, 2 * radius + 1)
        winner = np.zeros(self._top.shape, np.uint8)
        most = np.full(winner.shape, -1, np.int32)
        for position in range(self.classes):
            votes = cv2.boxFilter(
                (self._top == position).view(np.uint8), cv2.CV_32S, side,
                normalize=False, borderType=cv2.BORDER_CONSTANT,
            )  # fmt: skip
            winner[votes > most] = position
            np.maximum(most, votes, out=most)
        return winner

    @cached_property
    def _block_weights(self) -> NDArray[np.uint8]:
        # Looked up: a power may be rounded another way in an array of another length.
        weight_of = np.rint(
            _FULL * (np.arange(_STEPS + 1) / _STEPS) ** self.settings.certainty_power
        )

        def weigh(blocks: NDArray[np.float32], rows: slice) -> NDArray[Any]:
            taught = self.taught[rows, :, None].astype(np.intp)
            sure = np.take_along_axis(blocks, taught, axis=2)[:, :, 0]
            weights = weight_of[np.rint(sure * np.float32(_STEPS)).astype(np.intp).clip(0, _STEPS)]
            return np.where(sure < self.settings.threshold, 0, weights)

        return self._by_rows(weigh) * self.teaches

    def _clear_tile_borders(self, weights: NDArray[np.uint8], window: Window) -> None:
        border_px = self.settings.tile_border_px
        for offset in (*range(border_px), *range(self.block_px - border_px, self.block_px)):
            weights[(offset - window.top) % self.block_px :: self.block_px] = 0
            weights[:, (offset - window.left) % self.block_px :: self.block_px] = 0

    @property
    def _reach_px(self) -> tuple[int, int]:
        """Where the last block ends, in the image's rows and columns."""
        down, across = (
            (first + count) * self.block_px
            for first, count in zip(self.origin, self.ground.shape, strict=True)
        )
        return down, across

    def _by_pixel(self, blocks: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
        return by_pixel(blocks[self.blocks_of(window)], self.block_px, window)


def _away_from_borders(positions: NDArray[np.uint8], margin_px: int) -> NDArray[np.bool_]:
    """Return where all pixels within `margin_px` stand for the same class."""
    square = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
    return np.asarray(cv2.erode(positions, square) == cv2.dilate(positions, square))
