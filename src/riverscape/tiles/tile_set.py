"""Labelled tiles to train on, cut from labelled images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import open_raster
from riverscape.labels import ClassScheme, LabelledImage, read_labels
from riverscape.tiles.settings import TileSetSettings

__all__ = ["TileSet", "cut_tiles"]


@dataclass(frozen=True, eq=False)
class TileSet:
    """Tiles (n, band, row, col) with the position of their class and the image they come from.

    Attributes
    ----------
    tiles
        Pixels, (n, band, row, col).
    classes
        Position of each tile's class in the scheme, (n,).
    sources
        Position of each tile's image in `images`, (n,).
    labelled_px
        Labelled pixels of each image and class, (image, class).
    """

    tiles: NDArray[Any]
    classes: NDArray[np.intp]
    sources: NDArray[np.intp]
    labelled_px: NDArray[np.int64]
    images: tuple[LabelledImage, ...]
    scheme: ClassScheme

    def __len__(self) -> int:
        return len(self.classes)

    def of_images(self, chosen: Iterable[LabelledImage]) -> Self:
        """Return the tiles of some of the images."""
        wanted = set(chosen)
        positions = [place for place, image in enumerate(self.images) if image in wanted]
        if len(positions) == len(self.images):
            return self
        kept = np.isin(self.sources, positions)
        return replace(
            self,
            tiles=self.tiles[kept],
            classes=self.classes[kept],
            sources=np.searchsorted(positions, self.sources[kept]),
            labelled_px=self.labelled_px[positions],
            images=tuple(self.images[place] for place in positions),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of tiles: class name to river to count, all rivers in each.

        Examples
        --------
        >>> from pathlib import Path
        >>> from riverscape.labels import PUBLISHED_CLASSES
        >>> image = LabelledImage(Path("Alder_0001.jpg"), Path("SCLS_Alder_0001.tif"))
        >>> tiles = TileSet(
        ...     np.zeros((3, 3, 50, 50), np.uint8), np.array([0, 0, 2]), np.array([0, 0, 0]),
        ...     np.array([[5000, 0, 2500, 0, 0]]), (image,), PUBLISHED_CLASSES,
        ... )
        >>> tiles.counts()["water"], tiles.counts()["paved road"]
        ({'Alder': 2}, {'Alder': 0})
        """
        rivers = np.array([image.river for image in self.images])
        of_tile = rivers[self.sources] if len(self) else rivers[:0]
        return {
            name: {
                str(river): int(np.sum((self.classes == position) & (of_tile == river)))
                for river in sorted(set(rivers))
            }
            for position, name in enumerate(self.scheme.names)
        }


def cut_tiles(
    images: Sequence[LabelledImage], scheme: ClassScheme, settings: TileSetSettings
) -> TileSet:
    """Cut the tiles of labelled images.

    Raises
    ------
    InputError
        If an image or its label raster cannot be read or they do not fit each other.
    """
    usual = [_Cut(settings.stride_px, settings.purity)] * len(scheme)
    found = _count(images, scheme, settings.tile_px, usual)
    denser = _Cut(settings.rare_stride_px, settings.rare_purity)
    cuts = [
        denser if count < settings.rare_tiles else cut
        for count, cut in zip(found, usual, strict=True)
    ]
    tiles, classes, sources, bands = [], [], [], 0
    labelled_px = np.zeros((len(images), len(scheme)), np.int64)
    for index, pair in enumerate(images):
        pixels, codes = _read(pair, scheme)
        if bands and len(pixels) != bands:
            message = f"{pair.image} has {len(pixels)} band(s), the images before it have {bands}"
            raise InputError(message)
        bands = len(pixels)
        for position, (code, cut) in enumerate(zip(scheme.codes, cuts, strict=True)):
            mask = codes == code
            labelled_px[index, position] = np.count_nonzero(mask)
            rows, cols = _places(mask, settings.tile_px, cut)
            if not len(rows):
                continue
            view = np.lib.stride_tricks.sliding_window_view(
                pixels, (settings.tile_px, settings.tile_px), axis=(1, 2)
            )
            tiles.append(np.moveaxis(view[:, rows, cols], 0, 1))
            classes += [position] * len(rows)
            sources += [index] * len(rows)
    return TileSet(
        np.concatenate(
            tiles or [np.zeros((0, bands, settings.tile_px, settings.tile_px), np.uint8)]
        ),
        np.array(classes, np.intp),
        np.array(sources, np.intp),
        labelled_px,
        tuple(images),
        scheme,
    )


@dataclass(frozen=True)
class _Cut:
    stride_px: int
    purity: float


def _count(
    images: Sequence[LabelledImage], scheme: ClassScheme, tile_px: int, cuts: list[_Cut]
) -> list[int]:
    totals = [0] * len(scheme)
    for pair in images:
        codes = read_labels(pair.label_raster, scheme)
        for position, (code, cut) in enumerate(zip(scheme.codes, cuts, strict=True)):
            totals[position] += len(_places(codes == code, tile_px, cut)[0])
    return totals


def _read(pair: LabelledImage, scheme: ClassScheme) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    with open_raster(pair.image) as raster:
        if raster.dtype != "uint8":
            message = f"{pair.image} holds {raster.dtype} pixels; training takes uint8"
            raise InputError(message)
        return raster.read(), read_labels(pair.label_raster, scheme, raster.shape)


def _places(
    mask: NDArray[np.bool_], tile_px: int, cut: _Cut
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first row and column of each tile that `mask` covers enough of."""
    if min(mask.shape) < tile_px:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    total = cv2.integral(mask.view(np.uint8))
    inside = (
        total[tile_px:, tile_px:]
        - total[:-tile_px, tile_px:]
        - total[tile_px:, :-tile_px]
        + total[:-tile_px, :-tile_px]
    )[:: cut.stride_px, :: cut.stride_px]
    rows, cols = np.nonzero(inside >= cut.purity * tile_px * tile_px)
    return rows * cut.stride_px, cols * cut.stride_px
