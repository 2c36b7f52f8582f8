"""Which pixels teach a classifier that sees patches: a bounded sample, alike for all classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, strips
from riverscape.pixels.draws import uniform

__all__ = ["PatchSample", "patches_around"]

# Rows looked at at a time.
_ROWS = 128


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Pixels drawn so far: their class, key, row and column in the image, and patch."""

    labels: NDArray[np.uint8]
    keys: NDArray[np.float64]
    places: NDArray[np.intp]
    patches: NDArray[np.uint8]

    def chosen(self, which: NDArray[np.intp]) -> "_Drawn":
        return _Drawn(self.labels[which], self.keys[which], self.places[which], self.patches[which])

    def joined(self, other: "_Drawn") -> "_Drawn":
        return _Drawn(
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.patches, other.patches]),
        )


class PatchSample:
    """At most so many pixels of each class of an image, without replacement, by their weight.

    Each pixel has a key, an exponential number over its weight, and those of the least keys are
    drawn: the next one is always drawn with probability in proportion to weight among those that
    are left (Efraimidis & Spirakis 2006, Information Processing Letters 97:181). The key follows
    from the seed and the pixel's place alone: windows, in any order, draw what the whole does,
    and little more is held than the sample.

    Parameters
    ----------
    classes
        Number of classes.
    most
        Most pixels of a class; a class that has fewer gives all.
    seed
        Same seed, same pixels.
    size_px
        Side of the patches.

    Examples
    --------
    >>> positions = np.array([[0, 0, 0, 2, 255]], np.uint8)
    >>> weights = np.array([[5, 0, 1, 4, 9]], np.uint8)
    >>> sample = PatchSample(classes=3, most=9, seed=0, size_px=3)
    >>> window = Window(0, 0, 1, 5)
    >>> sample.add(positions[None], window, positions, weights, weights > 0, window)
    >>> sample.places[:, 1].tolist(), sample.taught.tolist(), sample.totals.tolist()
    ([0, 2, 3], [0, 2], [6, 4])
    >>> other = PatchSample(classes=3, most=9, seed=0, size_px=3)
    >>> other.join(sample.kept)
    >>> other.places[:, 1].tolist()
    [0, 2, 3]
    """

    def __init__(self, classes: int, most: int, seed: int, size_px: int) -> None:
        self._classes, self._most, self._seed, self._size_px = classes, most, seed, size_px
        self._weight = np.zeros(classes, np.int64)
        # The key below which a pixel of each class is still wanted.
        self._wanted = np.full(classes, np.inf)
        self._drawn: _Drawn | None = None
        self._pixels = 0
        self._sums: list[tuple[int, int]] = []

    def add(
        self,
        pixels: NDArray[np.uint8],
        place: Window,
        positions: NDArray[np.uint8],
        weights: NDArray[np.uint8],
        valid: NDArray[np.bool_],
        window: Window,
    ) -> None:
        """Draw from a window of the image.

        Parameters
        ----------
        pixels
            Levels, (band, row, col), where the image is `place`: the window and at least half a
            patch around it.
        positions
            Position of each pixel's class in the window, (row, col); those at the number of
            classes or beyond take no part.
        weights
            What each pixel counts for, (row, col); those of 0 take no part.
        valid
            Where the window holds data, (row, col).
        """
        self._count(pixels[(slice(None), *window.within(place))], valid)
        teaches = (positions < self._classes) & (weights > 0)
        totals = np.bincount(positions[teaches], weights[teaches], self._classes)
        self._weight += totals.astype(np.int64)
        for strip in strips(window.height_px, _ROWS):
            here = Window(window.top + strip.start, window.left, strip.stop - strip.start,
                          window.width_px)  # fmt: skip
            self._draw(
                pixels, place, positions[strip.rows], weights[strip.rows], teaches[strip.rows], here
            )

    @property
    def kept(self) -> dict[str, NDArray[Any]]:
        """What is to be known of it to join it to another sample: arrays by name.

        Raises
        ------
        ValueError
            If nothing was drawn yet.
        """
        drawn = self._found
        return {
            "labels": drawn.labels,
            "keys": drawn.keys,
            "places": drawn.places,
            "patches": drawn.patches,
            "weight": self._weight,
            "pixels": np.array([self._pixels]),
            "sums": np.array(self._sums, np.int64),
        }

    def join(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Add what was `kept` of a sample of other windows."""
        self._weight += kept["weight"]
        self._pixels += int(kept["pixels"][0])
        self._sum_up([(int(total), int(squares)) for total, squares in kept["sums"]])
        drawn = (kept[name] for name in ("labels", "keys", "places", "patches"))
        self._take(_Drawn(*drawn))

    @property
    def taught(self) -> NDArray[np.intp]:
        """Positions of the classes of which there are pixels, ascending."""
        return np.flatnonzero(self._weight)

    @property
    def totals(self) -> NDArray[np.int64]:
        """Weight of all pixels of each taught class, drawn or not."""
        return self._weight[self.taught]

    @property
    def class_totals(self) -> NDArray[np.int64]:
        """Weight of all pixels of each class."""
        return self._weight

    @property
    def labels(self) -> NDArray[np.intp]:
        """Which of the taught classes each pixel is of, (n,)."""
        return np.searchsorted(self.taught, self._sorted.labels)

    @property
    def places(self) -> NDArray[np.intp]:
        """Row and column of each pixel drawn in the image, (n, 2), row by row."""
        return self._sorted.places

    @property
    def patches(self) -> NDArray[np.uint8]:
        """The square around each pixel, (n, band, row, col)."""
        return self._sorted.patches

    @property
    def mean(self) -> NDArray[np.float32]:
        """Mean of the levels of all valid pixels, (band,)."""
        count = max(self._pixels, 1)
        return np.array([total / count for total, _ in self._sums], np.float32)

    @property
    def deviation(self) -> NDArray[np.float32]:
        """Standard deviation of the levels of all valid pixels, (band,); 1 where all are one."""
        count = max(self._pixels, 1)
        variances = [(count * squares - total**2) / count**2 for total, squares in self._sums]
        deviation = np.sqrt(variances).astype(np.float32)
        deviation[deviation == 0] = 1
        return deviation

    @property
    def _sorted(self) -> _Drawn:
        return self._found.chosen(np.lexsort(self._found.places.T[::-1]))

    @property
    def _found(self) -> _Drawn:
        if self._drawn is None:
            message = "nothing was drawn yet"
            raise ValueError(message)
        return self._drawn

    def _count(self, pixels: NDArray[np.uint8], valid: NDArray[np.bool_]) -> None:
        """Add up the levels and their squares: whole numbers, exact in any order."""
        self._pixels += int(np.count_nonzero(valid))
        level = np.arange(256)
        counts = [np.bincount(band[valid], minlength=256) for band in pixels]
        self._sum_up([(int(count @ level), int(count @ level**2)) for count in counts])

    def _sum_up(self, sums: list[tuple[int, int]]) -> None:
        before = self._sums or [(0, 0)] * len(sums)
        self._sums = [(a + c, b + d) for (a, b), (c, d) in zip(before, sums, strict=True)]

    def _draw(
        self,
        pixels: NDArray[np.uint8],
        place: Window,
        positions: NDArray[np.uint8],
        weights: NDArray[np.uint8],
        teaches: NDArray[np.bool_],
        here: Window,
    ) -> None:
        row, col = np.nonzero(teaches)
        labels = positions[row, col]
        keys = -np.log1p(-uniform(here, self._seed)[row, col]) / weights[row, col]
        found = keys < self._wanted[labels]
        row, col, labels, keys = row[found], col[found], labels[found], keys[found]
        top, left = here.top - place.top, here.left - place.left
        patches = patches_around(pixels, (row + top) * place.width_px + col + left, self._size_px)
        places = np.stack([row + here.top, col + here.left], axis=1)
        self._take(_Drawn(labels, keys, places, patches))

    def _take(self, new: _Drawn) -> None:
        """Take pixels in, and of each class leave those of the least keys."""
        self._drawn = new if self._drawn is None else self._drawn.joined(new)
        order = np.lexsort((self._drawn.keys, self._drawn.labels))
        ordered = self._drawn.labels[order]
        rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
        last = order[rank == self._most - 1]
        self._wanted[self._drawn.labels[last]] = self._drawn.keys[last]
        self._drawn = self._drawn.chosen(order[rank < self._most])


def patches_around(
    pixels: NDArray[np.uint8], places: NDArray[np.intp], size_px: int
) -> NDArray[np.uint8]:
    """Return the square of `size_px` around each place, (n, band, row, col).

    Edges repeat their last pixel.

    Parameters
    ----------
    places
        Index of each pixel in the image read row by row, (n,).

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
