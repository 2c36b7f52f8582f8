"""What is in the maps of an image, summed up strip by strip."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from riverscape.assessment import ConfusionMatrix, Reliability
from riverscape.imagery import Window, byte_counts
from riverscape.labels import ClassScheme
from riverscape.maps import ClassMap

__all__ = ["PREVIEW_PX", "MapSummary", "spread_px"]

# As large as a report shows them.
PREVIEW_PX = 900
"""Longer side of the small copies of maps, at most."""


class MapSummary:
    """Pixels of each class, agreement with labels, and small copies of the maps.

    Parameters
    ----------
    preview_px
        The longer side of the small copies, at most.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> summary = MapSummary(PUBLISHED_CLASSES, (1, 3))
    >>> codes = np.array([[1, 1, 3]], np.uint8)
    >>> summary.add(Window(0, 0, 1, 3), csc=codes, cnn=codes, labels=codes)
    >>> summary.pixels["water"], summary.matrices["CSC map"].f1_weighted
    (2, 1.0)
    """

    def __init__(
        self, scheme: ClassScheme, shape: tuple[int, int], preview_px: int = PREVIEW_PX
    ) -> None:
        self.matrices: dict[str, ConfusionMatrix] = {}
        self.reliability: dict[str, Reliability] = {}
        self.areas_m2: dict[str, float] = {}
        self._scheme = scheme
        step = max(1.0, max(shape) / preview_px)
        self._rows, self._cols = (spread_px(length, step) for length in shape)
        self._counts = np.zeros(256, np.int64)
        self._small: dict[str, list[NDArray[np.uint8]]] = {}
        self._small_confidence: list[NDArray[np.uint8]] = []

    def add(
        self,
        strip: Window,
        csc: NDArray[np.uint8],
        cnn: NDArray[np.uint8],
        labels: NDArray[np.uint8] | None,
        confidence: Mapping[str, NDArray[np.uint8]] = MappingProxyType({}),
    ) -> None:
        """Sum up a strip of whole rows, the next one from the top.

        Parameters
        ----------
        confidence
            How sure the maps are, in per cent, (row, col), by their names, as far as it is known.
        """
        self._counts += byte_counts(csc)
        rows = self._rows[(self._rows >= strip.top) & (self._rows < strip.bottom)] - strip.top
        kept = np.ix_(rows, self._cols)
        if "CSC map" in confidence:
            self._small_confidence.append(confidence["CSC map"][kept])
        for name, codes in (("CNN map", cnn), ("CSC map", csc), ("Labels", labels)):
            if codes is None:
                continue
            self._small.setdefault(name, []).append(codes[kept])
            if labels is not None and name != "Labels":
                matrix = ConfusionMatrix.of(labels, codes, self._scheme)
                before = self.matrices.get(name)
                self.matrices[name] = matrix if before is None else before + matrix
                if name in confidence:
                    self._add_reliability(name, Reliability.of(labels, codes, confidence[name]))

    def _add_reliability(self, name: str, found: Reliability) -> None:
        before = self.reliability.get(name)
        self.reliability[name] = found if before is None else before + found

    @property
    def pixels(self) -> dict[str, int]:
        """Pixels of each class in the CSC map, by name."""
        return {cover.name: int(self._counts[cover.code]) for cover in self._scheme}

    @property
    def confidence(self) -> NDArray[np.uint8] | None:
        """A small copy of the CSC map's confidence, if it is known."""
        return np.concatenate(self._small_confidence) if self._small_confidence else None

    @property
    def previews(self) -> tuple[ClassMap | None, dict[str, ClassMap]]:
        """Small copies of the labels, where there are any, and of the maps by name."""
        small = {
            name: ClassMap(np.concatenate(parts), self._scheme)
            for name, parts in self._small.items()
        }
        return small.pop("Labels", None), small


def spread_px(length: int, step: float) -> NDArray[np.intp]:
    """Return which of the rows or columns of a raster its small copy keeps, evenly spread.

    There are as many as in the image that is reduced as much (`Raster.preview`).

    Examples
    --------
    >>> spread_px(10, 2.5).tolist(), spread_px(1, 2.5).tolist()
    ([1, 3, 6, 8], [0])
    """
    count = max(1, round(length / step))
    # The middle of each share.
    return (2 * np.arange(count) + 1) * length // (2 * count)
