"""What pixels and tiles say together: the probability of each class at each pixel."""

from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, strips
from riverscape.pixels.context import Context
from riverscape.pixels.evidence import Evidence
from riverscape.pixels.learned import Learned
from riverscape.pixels.settings import PixelSettings, Smoothing
from riverscape.pixels.smoothing import SMOOTHINGS, smoothing_halo_px
from riverscape.pixels.teaching import Lesson
from riverscape.pixels.view import View

__all__ = ["Posterior"]

_STEPS = np.float32(255)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Probabilities of the taught classes, for any rows of a view of an image.

    Attributes
    ----------
    evidence
        What the pixels say.
    guide
        Brightness of the image, (row, col): where the guided smoothing finds edges.
    valid
        Where the image holds data, (row, col); other pixels have no say in smoothing.
    context
        What the tiles say; with a weight of 0 pixels decide alone.
    smoothing, smoothing_px
        How neighbouring pixels are evened out, and how far.
    """

    evidence: Evidence
    guide: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    context: Context
    smoothing: Smoothing = "none"
    smoothing_px: int = 1

    @classmethod
    def of(cls, learned: Learned, lesson: Lesson, view: View, settings: PixelSettings) -> Self:
        """Join what phase 2 learned with what phase 1 found, in a view of the image."""
        weight = settings.context_weight if settings.context else 0.0
        guided = settings.smoothing == "guided"
        return cls(
            learned.evidence(view),
            view.guide if guided else np.broadcast_to(np.uint8(0), view.valid.shape),
            view.valid,
            Context.around(view.place, lesson, weight),
            settings.smoothing,
            settings.smoothing_px,
        )

    @property
    def halo_px(self) -> int:
        """Rows around a strip that its answer depends on."""
        return smoothing_halo_px(self.smoothing, self.smoothing_px)

    def strips(self) -> list[Strip]:
        """Return the strips that the image is worked on by."""
        return strips(self.evidence.shape[0], self.evidence.strip_px, self.halo_px)

    def weights(self, strip: Strip) -> NDArray[Any]:
        """Return how much speaks for each taught class, up to a factor: (class, row, col).

        The largest is the most probable class. The strip must hold `halo_px` rows around it.
        """
        products = self._products(strip.halo)
        if self.smoothing == "none" or not len(products):
            return products[:, strip.inner]
        # In steps of 1/255 of their sum; of pixels without data nothing.
        factor = _STEPS * self.valid[strip.halo] / reduce(np.add, products)
        shares = np.empty(products.shape, np.uint8)
        for share, product in zip(shares, products, strict=True):
            cv2.multiply(product, factor, dst=share, dtype=cv2.CV_8U)
        smooth = SMOOTHINGS[self.smoothing]
        return smooth(shares, self.guide[strip.halo], self.smoothing_px)[:, strip.inner]

    def probabilities(self, strip: Strip) -> NDArray[np.float32]:
        """Return the probabilities of the taught classes, (class, row, col)."""
        weights = self.weights(strip).astype(np.float32)
        return np.asarray(weights / np.maximum(reduce(np.add, weights), np.finfo(np.float32).tiny))

    def _products(self, rows: slice) -> NDArray[np.float32]:
        """Return what pixels and tiles say, multiplied, (class, row, col)."""
        products = self.evidence.probabilities(rows)
        if self.context.weight:
            width_px = self.evidence.shape[1]
            for product, position in zip(products, self.evidence.taught, strict=True):
                around = self.context.scores(int(position), rows, width_px)
                product *= np.exp(around, out=around)
        return products
