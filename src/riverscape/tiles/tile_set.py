"""Labelled tiles to train on, and drawing fairly from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.labels import ClassKey, ClassScheme, LabelledImage
from riverscape.tiles.band_choice import band_names
from riverscape.tiles.survey_pixels import SurveyPixels

__all__ = ["TileSet", "even_shares"]


@dataclass(frozen=True, eq=False)
class TileSet:
    """Tiles, each with its class and the place in an image that it comes from.

    The pixels stay in `store`, usually a memory-mapped file; what is here is their index, so a
    tile set larger than memory can be split and drawn from.

    Attributes
    ----------
    store
        Pixels, (stored tile, band, row, col).
    chosen
        Position of each tile in the store, (n,).
    classes
        Position of each tile's class in the scheme, (n,).
    sources
        Position of each tile's image in `images`, (n,).
    corners
        First row and column of each tile in its image, (n, 2).
    labelled_px
        Labelled pixels of each image and class, (image, class).
    key
        What the tiles are taught as: the classes themselves, or local classes by river.
    survey
        What the pixels of the images are and how they became levels, where that is known.
    origin
        What the tiles depend on: settings, bands, classes, and the images by name and SHA-256.
    """

    store: NDArray[Any]
    chosen: NDArray[np.intp]
    classes: NDArray[np.intp]
    sources: NDArray[np.intp]
    corners: NDArray[np.int32]
    labelled_px: NDArray[np.int64]
    images: tuple[LabelledImage, ...]
    scheme: ClassScheme
    key: ClassKey
    survey: SurveyPixels | None = None
    origin: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = [len(part) for part in (self.chosen, self.classes, self.sources, self.corners)]
        if self.store.ndim != 4 or len(set(shapes)) != 1:
            message = f"a store of {self.store.shape} with an index of {shapes} makes no tile set"
            raise ValueError(message)
        if self.survey is not None and len(self.survey.bands) != self.bands:
            message = f"tiles of {self.bands} bands of a survey of {self.survey.bands}"
            raise ValueError(message)
        if self.labelled_px.shape != (len(self.images), len(self.scheme)):
            message = f"labelled pixels of shape {self.labelled_px.shape}"
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def bands(self) -> int:
        """Number of bands."""
        return int(self.store.shape[1])

    @property
    def source(self) -> SurveyPixels:
        """What the pixels of the images are; 8 bits of bands without names where nobody says."""
        return self.survey or SurveyPixels(band_names(self.bands))

    @property
    def tile_px(self) -> int:
        """Side of a tile."""
        return int(self.store.shape[2])

    def pixels(self, positions: NDArray[np.intp]) -> NDArray[Any]:
        """Return the pixels of tiles, (n, band, row, col), read from the store."""
        return np.asarray(self.store[self.chosen[positions]])

    def local_classes(self) -> NDArray[np.intp]:
        """Return the position of each tile's local class in the key, (n,).

        Raises
        ------
        KeyError
            If a class of a river is not in the key.
        """
        codes = self.scheme.codes
        table = np.full((len(self.images), len(codes)), -1, np.intp)
        pairs = np.unique(np.stack([self.sources, self.classes]), axis=1).T
        for source, position in pairs:
            river = self.images[source].river
            table[source, position] = self.key.position_of(codes[position], river)
        return table[self.sources, self.classes]

    def of_images(self, chosen: Iterable[LabelledImage]) -> Self:
        """Return the tiles of some of the images; their pixels are not copied."""
        wanted = set(chosen)
        positions = [place for place, image in enumerate(self.images) if image in wanted]
        if len(positions) == len(self.images):
            return self
        part = self._of_tiles(np.flatnonzero(np.isin(self.sources, positions)))
        return replace(
            part,
            sources=np.searchsorted(positions, part.sources),
            labelled_px=self.labelled_px[positions],
            images=tuple(self.images[place] for place in positions),
        )

    def sample(self, limit: int, seed: int) -> Self:
        """Return at most `limit` tiles of each class, drawn evenly over images."""
        rng = np.random.default_rng(seed)
        kept = []
        for position in np.unique(self.classes):
            of_class = np.flatnonzero(self.classes == position)
            counts = np.bincount(self.sources[of_class], minlength=len(self.images))
            shares = even_shares(counts, limit)
            for source in np.flatnonzero(shares):
                tiles = of_class[self.sources[of_class] == source]
                kept.append(rng.choice(tiles, shares[source], replace=False))
        return self._of_tiles(np.sort(np.concatenate([np.zeros(0, np.intp), *kept])))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of tiles: class name to river to count, all rivers in each.

        Examples
        --------
        >>> from pathlib import Path
        >>> from riverscape.labels import PUBLISHED_CLASSES
        >>> tiles = TileSet(
        ...     store=np.zeros((3, 3, 50, 50), np.uint8), chosen=np.arange(3),
        ...     classes=np.array([0, 0, 2]), sources=np.array([0, 0, 0]),
        ...     corners=np.zeros((3, 2), np.int32), labelled_px=np.array([[5000, 0, 2500, 0, 0]]),
        ...     images=(LabelledImage(Path("Alder_1.jpg"), Path("SCLS_Alder_1.tif")),),
        ...     scheme=PUBLISHED_CLASSES, key=ClassKey.of_scheme(PUBLISHED_CLASSES),
        ... )
        >>> tiles.counts()["water"], tiles.counts()["paved road"]
        ({'Alder': 2}, {'Alder': 0})
        """
        rivers = sorted({image.river for image in self.images})
        river_of = np.array([rivers.index(image.river) for image in self.images], np.intp)
        table = np.zeros((len(self.scheme), len(rivers)), np.int64)
        np.add.at(table, (self.classes, river_of[self.sources]), 1)
        return {
            name: dict(zip(rivers, row, strict=True))
            for name, row in zip(self.scheme.names, table.tolist(), strict=True)
        }

    def _of_tiles(self, kept: NDArray[np.intp]) -> Self:
        return replace(
            self,
            chosen=self.chosen[kept],
            classes=self.classes[kept],
            sources=self.sources[kept],
            corners=self.corners[kept],
        )


def even_shares(counts: NDArray[np.integer[Any]], limit: int) -> NDArray[np.int64]:
    """Return how many to take of each count so that all together are at most `limit`.

    Who has few gives all of them; the others give alike.

    Examples
    --------
    >>> even_shares(np.array([10, 500, 900]), limit=210).tolist()
    [10, 100, 100]
    """
    if counts.sum() <= limit:
        return counts.astype(np.int64)
    ordered = np.sort(counts)
    # What is taken in all where everyone from the k-th on gives as much as the k-th has.
    taken = np.cumsum(ordered) - ordered + ordered * np.arange(len(ordered), 0, -1)
    full = int(np.searchsorted(taken, limit, side="right"))
    level = (limit - int(ordered[:full].sum())) // (len(ordered) - full)
    shares: NDArray[np.int64] = np.minimum(counts, level).astype(np.int64)
    return shares
