"""Tiles that a network takes for another class than their labels say, and which to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riverscape.labels import LandCover

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mistake", "mistakes_table", "most_confident_mistakes", "surroundings"]


@dataclass(frozen=True, eq=False)
class Mistake:
    """A tile whose labels say one class and the network another, with what there is to see.

    Attributes
    ----------
    pixels
        The tile or its wider surroundings, (band, row, col) uint8.
    image
        Name of the image that the tile is cut from.
    row_px, col_px
        The tile's upper left corner in the image.
    tile_px
        Side of the tile.
    certainty
        Probability of the predicted class, 0..1.
    tile_at
        The tile's upper left corner (row, col) in `pixels`.

    Raises
    ------
    ValueError
        If the pixels are not (band, row, col) uint8, the tile lies outside them or the image,
        labelled and predicted class are one, the image has no name or the certainty is not 0..1.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> water, sediment = PUBLISHED_CLASSES.classes[:2]
    >>> tile = np.zeros((3, 50, 50), np.uint8)
    >>> Mistake(tile, "Alder_0001", 100, 25, 50, water, sediment, 0.98).predicted.name
    'dry sediment'
    """

    pixels: NDArray[np.uint8]
    image: str
    row_px: int
    col_px: int
    tile_px: int
    labelled: LandCover
    predicted: LandCover
    certainty: float
    tile_at: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.dtype != np.uint8 or not len(self.pixels):
            message = f"pixels of {self.pixels.dtype} {self.pixels.shape} are no (band, row, col)"
            raise ValueError(message)
        fits = all(
            0 <= start <= length - self.tile_px
            for start, length in zip(self.tile_at, self.pixels.shape[1:], strict=True)
        )
        if self.tile_px < 1 or not fits:
            message = (
                f"a tile of {self.tile_px} px at {self.tile_at} is not inside pixels of "
                f"{self.pixels.shape}"
            )
            raise ValueError(message)
        if not self.image.strip():
            message = "a mistake on an image without a name"
            raise ValueError(message)
        if min(self.row_px, self.col_px) < 0:
            message = f"row {self.row_px} col {self.col_px} is not inside {self.image}"
            raise ValueError(message)
        if self.labelled == self.predicted:
            message = f"a tile labelled and predicted {self.labelled.name} is no mistake"
            raise ValueError(message)
        if not 0 <= self.certainty <= 1:
            message = f"a certainty of {self.certainty} is not in 0..1"
            raise ValueError(message)


def surroundings(
    shape_px: tuple[int, int], row_px: int, col_px: int, tile_px: int, margin_px: int
) -> tuple[slice, slice]:
    """Return the rows and columns of an image that hold a tile and a margin around it.

    At the edge of the image they are shifted back to fit, never cut short unless the image is.

    Examples
    --------
    >>> surroundings((600, 800), row_px=100, col_px=0, tile_px=50, margin_px=50)
    (slice(50, 200, None), slice(0, 150, None))
    """
    rows, cols = (
        _span(length, start, tile_px, margin_px)
        for length, start in zip(shape_px, (row_px, col_px), strict=True)
    )
    return rows, cols


def _span(length_px: int, start_px: int, tile_px: int, margin_px: int) -> slice:
    side_px = min(tile_px + 2 * margin_px, length_px)
    first = min(max(start_px - margin_px, 0), length_px - side_px)
    return slice(first, first + side_px)


def most_confident_mistakes(
    classes: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    sources: NDArray[np.integer],
    corners_px: NDArray[np.integer],
    limit: int,
    apart_px: int,
    per_kind: int = 4,
) -> NDArray[np.intp]:
    """Return which tiles to show of those labelled otherwise than predicted, most certain first.

    Mistakes of a kind share image, labelled and predicted class. Of those whose corners are
    closer than `apart_px`, in rows and in columns, the most certain one stands for all.

    Parameters
    ----------
    classes
        Position of each tile's labelled class, (n,).
    probabilities
        What the network says of each tile, (n, class); the predicted class has the largest.
    sources
        Position of each tile's image, (n,).
    corners_px
        Row and column of each tile's upper left corner, (n, 2).
    limit
        Tiles to return at most. A smaller limit returns some of what a larger one does.
    per_kind
        Further mistakes of a kind are returned only where room is left, so that one long bank
        does not fill the sheet.

    Returns
    -------
    NDArray[np.intp]
        Positions of tiles.

    Raises
    ------
    ValueError
        If the arrays differ in length.

    Examples
    --------
    Four tiles labelled class 0; the second lies beside the third, the last is no mistake.

    >>> probabilities = np.array([[0.2, 0.8], [0.3, 0.7], [0.1, 0.9], [0.6, 0.4]])
    >>> corners = np.array([[0, 0], [200, 25], [200, 50], [400, 0]])
    >>> classes, sources = np.zeros(4, int), np.zeros(4, int)
    >>> most_confident_mistakes(classes, probabilities, sources, corners, limit=9, apart_px=50)
    array([2, 0])
    """
    shapes = classes.shape, probabilities.shape[:1], sources.shape, corners_px.shape
    if shapes != (*[classes.shape] * 3, (*classes.shape, 2)):
        message = f"classes, probabilities, sources and corners of {shapes} do not belong together"
        raise ValueError(message)
    predicted, certainty = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != classes)
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]
    names = np.stack([sources, classes, predicted], axis=1)[wrong]
    by_kind = np.lexsort(names.T)  # stable: within a kind the most certain stays first
    starts = np.flatnonzero(np.diff(names[by_kind], axis=0).any(axis=1)) + 1
    ranks = np.full(len(wrong), -1)  # place of each among those of its kind; -1 is thinned out
    for members in np.split(by_kind, starts):
        kept = members[_apart(corners_px[wrong[members]], apart_px, limit)]
        ranks[kept] = np.arange(len(kept))
    shown = np.flatnonzero(ranks >= 0)
    shown = shown[np.argsort(ranks[shown] >= per_kind, kind="stable")][:limit]
    return wrong[np.sort(shown)]


def _apart(corners_px: NDArray[np.integer], apart_px: int, limit: int) -> list[int]:
    """Return positions of corners, each the first that is not close to one before it."""
    corners = corners_px.astype(np.int64)
    left = np.arange(len(corners))
    kept: list[int] = []
    while len(left) and len(kept) < limit:
        kept.append(int(left[0]))
        distances = np.abs(corners[left[1:]] - corners[left[0]]).max(axis=1)
        left = left[1:][distances >= apart_px]
    return kept


def mistakes_table(mistakes: Sequence[Mistake]) -> "pd.DataFrame":
    """Return a row for each mistake: image, row, col, labelled, predicted, certainty.

    Row and column are those of the tile's upper left pixel.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> water, sediment = PUBLISHED_CLASSES.classes[:2]
    >>> tile = np.zeros((3, 50, 50), np.uint8)
    >>> mistake = Mistake(tile, "Alder_0001", 100, 25, 50, water, sediment, 0.98)
    >>> print(mistakes_table([mistake]).to_csv(index=False))
    image,row,col,labelled,predicted,certainty
    Alder_0001,100,25,water,dry sediment,0.98
    <BLANKLINE>
    """
    import pandas as pd

    return pd.DataFrame(
        [
            (
                mistake.image,
                mistake.row_px,
                mistake.col_px,
                mistake.labelled.name,
                mistake.predicted.name,
                mistake.certainty,
            )
            for mistake in mistakes
        ],
        columns=["image", "row", "col", "labelled", "predicted", "certainty"],
    )
