"""Class-conditional densities of colour: histograms, smoothed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from riverscape.errors import InputError
from riverscape.pixels.table import SpectralTable

__all__ = ["KernelDensity"]

# Cells of all bands together: 64 a band for three bands, 32 for four.
_GRID_BITS = 20
_MAX_BITS = 6
_MAX_BANDS = 5
# Weight of a colour that no pixel had, in pixels spread evenly: it leaves such a colour to the
# classes' shares, and so to the context.
_UNSEEN_PIXELS = 1.0


@dataclass(frozen=True)
class KernelDensity:
    """A Gaussian kernel density estimate of each class's colours, on a grid.

    Parameters
    ----------
    bandwidth
        Standard deviation of the kernel, of colours 0..1.
    """

    bandwidth: float = 0.02

    def fit(self, table: SpectralTable) -> "FittedDensity":
        """Smooth each class's histogram of colours.

        Raises
        ------
        InputError
            If there are too many bands for a grid.
        """
        bands = table.rows.shape[1]
        if bands > _MAX_BANDS:
            message = f"kde takes up to {_MAX_BANDS} bands, not {bands}; use forest or mlp"
            raise InputError(message)
        bits = min(table.bits, _MAX_BITS, _GRID_BITS // bands)
        cells = 1 << bits
        keys = np.ravel_multi_index(tuple((table.rows >> (table.bits - bits)).T), (cells,) * bands)
        weights = table.class_weights()
        scores = []
        for position, weight in enumerate(weights):
            counted = np.bincount(keys, table.counts[:, position], minlength=cells**bands)
            density = ndimage.gaussian_filter(
                counted.reshape((cells,) * bands).astype(np.float32),
                self.bandwidth * cells,
                mode="nearest",
                truncate=3,
            )
            unseen = _UNSEEN_PIXELS / cells**bands
            scores.append((density + (unseen if weight else 0)) * weight)
        return FittedDensity(np.stack(scores).astype(np.float32), table.bits)


@dataclass(frozen=True)
class FittedDensity:
    """Densities on a grid of colours, (class, band 1, band 2, ...), classes weighted."""

    densities: NDArray[np.float32]
    bits: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        cells = self.densities.shape[1]
        places = (rows.T + 0.5) * (cells / (1 << self.bits)) - 0.5
        values = np.stack(
            [
                ndimage.map_coordinates(density, places, order=1, mode="nearest")
                for density in self.densities
            ],
            axis=1,
        )
        return np.asarray(values / values.sum(axis=1, keepdims=True), np.float32)
