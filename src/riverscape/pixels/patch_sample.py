"""Which pixels teach a classifier that sees patches: a bounded sample, alike for all classes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["PixelSample", "patches_around"]

# Pixels looked at at a time: 2 MB for each of the arrays that a draw works with.
_CHUNK_PX = 1 << 18


@dataclass(frozen=True, eq=False)
class PixelSample:
    """Pixels drawn from each class.

    Attributes
    ----------
    places
        Index of each pixel drawn in the image read row by row, (n,), ascending.
    labels
        Which of the taught classes it is of, (n,).
    taught
        Positions of the classes of which there are pixels, ascending.
    totals
        Weight of all pixels of each taught class, drawn or not.
    """

    places: NDArray[np.intp]
    labels: NDArray[np.intp]
    taught: NDArray[np.intp]
    totals: NDArray[np.float64]

    @classmethod
    def draw(
        cls,
        positions: NDArray[np.uint8],
        weights: NDArray[np.uint8],
        classes: int,
        most: int,
        seed: int,
    ) -> Self:
        """Draw at most `most` pixels of each class, without replacement, by their weight.

        Each pixel has a key, an exponential number over its weight, and those of the least keys
        are drawn: the next one is always drawn with probability in proportion to weight among
        those that are left (Efraimidis & Spirakis 2006, Information Processing Letters 97:181).
        So one pass over the image is enough, and little more is held than the sample.

        Parameters
        ----------
        positions
            Position of each pixel's class, (row, col); those at `classes` or beyond take no part.
        weights
            What each pixel counts for, (row, col); those of 0 take no part.
        classes
            Number of classes.
        most
            Most pixels of a class; a class that has fewer gives all.
        seed
            Same seed, same pixels.

        Raises
        ------
        ValueError
            If positions and weights differ in shape.

        Examples
        --------
        >>> positions = np.array([[0, 0, 0, 2, 255]], np.uint8)
        >>> weights = np.array([[5, 0, 1, 4, 9]], np.uint8)
        >>> sample = PixelSample.draw(positions, weights, classes=3, most=9, seed=0)
        >>> sample.places.tolist(), sample.taught.tolist(), sample.totals.tolist()
        ([0, 2, 3], [0, 2], [6.0, 4.0])
        """
        if positions.shape != weights.shape:
            message = f"positions {positions.shape} and weights {weights.shape} do not fit"
            raise ValueError(message)
        generator = np.random.default_rng(seed)
        # The key below which a pixel of each class is still wanted; of no class, none is.
        wanted = np.full(256, -np.inf)
        wanted[:classes] = np.inf
        totals = np.zeros(256)
        positions, weights = positions.ravel(), weights.ravel()
        places, labels, keys = np.empty(0, np.intp), np.empty(0, np.uint8), np.empty(0)
        for start in range(0, len(positions), _CHUNK_PX):
            chunk = slice(start, start + _CHUNK_PX)
            label, weight = positions[chunk], weights[chunk]
            totals += np.bincount(label, weight, len(totals))
            key = np.full(label.size, np.inf)
            np.divide(generator.standard_exponential(label.size), weight, key, where=weight > 0)
            found = np.flatnonzero(key < wanted[label])
            places = np.concatenate([places, found + start])
            labels = np.concatenate([labels, label[found]])
            keys = np.concatenate([keys, key[found]])
            order = np.lexsort((keys, labels))
            rank = np.arange(len(order)) - np.searchsorted(labels[order], labels[order])
            last, kept = order[rank == most - 1], order[rank < most]
            wanted[labels[last]] = keys[last]
            places, labels, keys = places[kept], labels[kept], keys[kept]
        order = np.argsort(places)
        taught, index = np.unique(labels[order], return_inverse=True)
        return cls(places[order], index, taught.astype(np.intp), totals[taught])


def patches_around(
    pixels: NDArray[np.uint8], places: NDArray[np.intp], size_px: int
) -> NDArray[np.uint8]:
    """Return the square of `size_px` around each place, (n, band, row, col).

    Edges repeat their last pixel.

    Examples
    --------
    >>> pixels = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)
    >>> patches_around(pixels, np.array([0]), size_px=3).tolist()
    [[[[0, 0, 1], [0, 0, 1], [3, 3, 4]]]]
    """
    bands, height_px, width_px = pixels.shape
    around = np.arange(size_px) - size_px // 2
    row, col = np.divmod(places[:, None], width_px)
    rows = (row + around).clip(0, height_px - 1)[:, None, :, None]
    cols = (col + around).clip(0, width_px - 1)[:, None, None, :]
    return np.asarray(pixels[np.arange(bands)[:, None, None], rows, cols])
