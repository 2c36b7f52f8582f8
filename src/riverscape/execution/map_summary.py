"""What is in the maps of an image, summed up strip by strip."""

import numpy as np
from numpy.typing import NDArray

from riverscape.assessment import ConfusionMatrix
from riverscape.imagery import Window, byte_counts
from riverscape.labels import ClassScheme
from riverscape.maps import ClassMap

__all__ = ["MapSummary"]

# As large as a figure shows them.
_PREVIEW_PX = 900


class MapSummary:
    """Pixels of each class, agreement with labels, and small copies of the maps.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> summary = MapSummary(PUBLISHED_CLASSES, (1, 3))
    >>> codes = np.array([[1, 1, 3]], np.uint8)
    >>> summary.add(Window(0, 0, 1, 3), csc=codes, cnn=codes, labels=codes)
    >>> summary.pixels["water"], summary.matrices["CSC map"].f1_weighted
    (2, 1.0)
    """

    def __init__(self, scheme: ClassScheme, shape: tuple[int, int]) -> None:
        self.matrices: dict[str, ConfusionMatrix] = {}
        self._scheme = scheme
        self._step = max(1, -(-max(shape) // _PREVIEW_PX))
        self._counts = np.zeros(256, np.int64)
        self._small: dict[str, list[NDArray[np.uint8]]] = {}

    def add(
        self,
        strip: Window,
        csc: NDArray[np.uint8],
        cnn: NDArray[np.uint8],
        labels: NDArray[np.uint8] | None,
    ) -> None:
        """Sum up a strip of whole rows, the next one from the top."""
        self._counts += byte_counts(csc)
        for name, codes in (("CNN map", cnn), ("CSC map", csc), ("Labels", labels)):
            if codes is None:
                continue
            rows = slice(-strip.top % self._step, None, self._step)
            self._small.setdefault(name, []).append(codes[rows, :: self._step].copy())
            if labels is not None and name != "Labels":
                matrix = ConfusionMatrix.of(labels, codes, self._scheme)
                before = self.matrices.get(name)
                self.matrices[name] = matrix if before is None else before + matrix

    @property
    def pixels(self) -> dict[str, int]:
        """Pixels of each class in the CSC map, by name."""
        return {cover.name: int(self._counts[cover.code]) for cover in self._scheme}

    @property
    def previews(self) -> tuple[ClassMap | None, dict[str, ClassMap]]:
        """Small copies of the labels, where there are any, and of the maps by name."""
        small = {
            name: ClassMap(np.concatenate(parts), self._scheme)
            for name, parts in self._small.items()
        }
        return small.pop("Labels", None), small
