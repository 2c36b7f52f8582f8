"""The tiles of one labelled image, counted and cut by strips of rows: it may outgrow memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Window, windows
from riverscape.labels import ClassScheme, LabelledImage, read_labels
from riverscape.tiles.survey_pixels import SurveyPixels

__all__ = ["Cut", "Job", "count_tiles", "cut_image"]

# A photograph is one strip; a mosaic takes a few hundred MB, however long it is.
_STRIP_PX = 1 << 23


@dataclass(frozen=True)
class Cut:
    """How densely a class is cut, and how pure its tiles are."""

    stride_px: int
    purity: float


@dataclass(frozen=True)
class Job:
    """The tiles to take of one image, and where they go in the store.

    Attributes
    ----------
    first
        Position of the image's first tile in the store.
    cuts, found, shares
        Of each class: how it is cut, how many tiles that gives, and how many of them to take.
    """

    image: LabelledImage
    first: int
    cuts: Sequence[Cut]
    found: NDArray[np.int64]
    shares: NDArray[np.int64]
    seed: int


def count_tiles(
    pair: LabelledImage,
    scheme: ClassScheme,
    survey: SurveyPixels,
    tile_px: int,
    cuts: Sequence[Cut],
) -> NDArray[np.int64]:
    """Return tiles by each cut, and last the labelled pixels, of each class: (cut + 1, class).

    Labels of pixels that hold no data count as none.

    Raises
    ------
    InputError
        If the image or its label raster cannot be read, or they do not fit each other.
    """
    counted = np.zeros((len(cuts) + 1, len(scheme)), np.int64)
    with survey.open(pair.image) as raster:
        for own, strip in _strips(raster.shape, tile_px):
            codes = _codes(pair, scheme, raster, strip, raster.read_valid(strip))
            for position, code in enumerate(scheme.codes):
                mask = codes == code
                covered = _covered_px(mask, tile_px)
                for row, cut in enumerate(cuts):
                    counted[row, position] += len(_corners(covered, tile_px, cut, own.top))
                counted[-1, position] += np.count_nonzero(mask[: own.height_px])
    return counted


def cut_image(
    store: NDArray[Any], job: Job, scheme: ClassScheme, survey: SurveyPixels, tile_px: int
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Write an image's tiles into the store; return their classes and corners.

    They come class by class and, within a class, from top to bottom.

    Raises
    ------
    InputError
        If the image or its label raster cannot be read, or is not what it was when counted.
    """
    chosen = _drawn(job)
    places = np.cumsum(job.shares) - job.shares  # of each class's first tile
    corners = np.zeros((int(job.shares.sum()), 2), np.int32)
    seen = np.zeros_like(job.found)
    with survey.open(job.image.image) as raster:
        for own, strip in _strips(raster.shape, tile_px):
            # In a tile of which a class covers more than half, no pixel is farther than its side
            # from a valid one.
            levels, valid = survey.read(raster, strip, tile_px)
            codes = _codes(job.image, scheme, raster, strip, valid)
            for position in map(int, np.flatnonzero(job.shares)):
                covered = _covered_px(codes == scheme.codes[position], tile_px)
                found = _corners(covered, tile_px, job.cuts[position], own.top)
                taken = _between(chosen[position], seen[position], seen[position] + len(found))
                for place in taken:
                    row, col = found[chosen[position][place] - seen[position]]
                    top = row - own.top
                    corners[places[position] + place] = row, col
                    store[job.first + places[position] + place] = levels[
                        :, top : top + tile_px, col : col + tile_px
                    ]
                seen[position] += len(found)
    if np.any((seen != job.found) & (job.shares > 0)):
        message = f"{job.image.image} or its labels changed while tiles were cut; start again"
        raise InputError(message)
    return np.repeat(np.arange(len(scheme)), job.shares), corners


def _drawn(job: Job) -> list[NDArray[np.intp]]:
    """Return which of the tiles found of each class are taken, in order."""
    rng = np.random.default_rng(job.seed)
    return [
        np.sort(rng.choice(found, share, replace=False)) if 0 < share < found else np.arange(share)
        for found, share in zip(job.found, job.shares, strict=True)
    ]


def _between(ordered: NDArray[np.intp], first: int, stop: int) -> range:
    """Return the places of the numbers from `first` to below `stop`."""
    begin, end = np.searchsorted(ordered, (first, stop))
    return range(int(begin), int(end))


def _strips(shape: tuple[int, int], tile_px: int) -> Iterator[tuple[Window, Window]]:
    """Yield rows, and the same with those below that tiles beginning there reach into."""
    height_px, width_px = shape
    for own in windows(shape, max(2 * tile_px, _STRIP_PX // width_px), width_px):
        bottom = min(own.bottom + tile_px - 1, height_px)
        yield own, Window(own.top, 0, bottom - own.top, width_px)


def _codes(
    pair: LabelledImage,
    scheme: ClassScheme,
    raster: Raster,
    strip: Window,
    valid: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    codes = read_labels(pair.known_labels, scheme, raster.shape, strip)
    return codes if valid.all() else codes * valid


def _covered_px(mask: NDArray[np.bool_], tile_px: int) -> NDArray[np.int32]:
    """Return how many pixels of `mask` each tile covers, by the tile's first row and column."""
    if min(mask.shape) < tile_px:
        return np.zeros((0, 0), np.int32)
    total = cv2.integral(mask.view(np.uint8))
    return np.asarray(
        total[tile_px:, tile_px:]
        - total[:-tile_px, tile_px:]
        - total[tile_px:, :-tile_px]
        + total[:-tile_px, :-tile_px]
    )


def _corners(covered_px: NDArray[np.int32], tile_px: int, cut: Cut, top: int) -> NDArray[np.int32]:
    """Return first row and column in the image, (n, 2), of each tile that is covered enough.

    Parameters
    ----------
    top
        The image's row that `covered_px` begins with.
    """
    skipped = -top % cut.stride_px
    least = cut.purity * tile_px * tile_px
    enough = covered_px[skipped :: cut.stride_px, :: cut.stride_px] >= least
    return (np.argwhere(enough) * cut.stride_px + (top + skipped, 0)).astype(np.int32)
