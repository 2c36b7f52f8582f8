"""Class-conditional densities of colour: histograms, smoothed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.pixels.table import SpectralTable

__all__ = ["KernelDensity", "check_features"]

# Cells of all bands together: 32 a band for up to four bands, 16 for five. A cell is narrower
# than the kernel, and between cells the density is interpolated: a finer grid scores the same.
_GRID_BITS = 20
_MAX_BITS = 5
_MAX_BANDS = 5
# Share of the total that is spread evenly over colours and the classes that occur: it leaves a
# colour that no pixel had undecided, and so to the context.
_UNSEEN_SHARE = 1e-6


def check_features(bands: int) -> None:
    """Check that a grid can hold so many bands of features.

    Raises
    ------
    InputError
        If it cannot.
    """
    if bands > _MAX_BANDS:
        message = f"kde takes up to {_MAX_BANDS} bands, not {bands}; use logistic, forest or mlp"
        raise InputError(message)


@dataclass(frozen=True)
class KernelDensity:
    """A Gaussian kernel density estimate of each class's colours, on a grid.

    Parameters
    ----------
    bandwidth
        Standard deviation of the kernel, of colours 0..1.
    """

    bandwidth: float = 0.04

    def fit(self, table: SpectralTable, weights: NDArray[np.float64]) -> "FittedDensity":
        """Smooth each class's histogram of colours.

        Parameters
        ----------
        weights
            What a pixel of each class counts for, (class,).

        Raises
        ------
        InputError
            If there are too many bands for a grid.
        """
        bands = table.rows.shape[1]
        from scipy import ndimage  # late: no other classifier needs it

        check_features(bands)
        bits = min(table.bits, _MAX_BITS, _GRID_BITS // bands)
        cells = 1 << bits
        keys = np.ravel_multi_index(tuple((table.rows >> (table.bits - bits)).T), (cells,) * bands)
        densities = np.zeros((len(weights), *(cells,) * bands), np.float32)
        unseen = _UNSEEN_SHARE * (table.class_totals @ weights) / cells**bands
        for position in table.present:
            counted = np.bincount(keys, table.counts[:, position], minlength=cells**bands)
            density = ndimage.gaussian_filter(
                counted.reshape(densities.shape[1:]).astype(np.float32),
                self.bandwidth * cells,
                mode="nearest",
                truncate=3,
            )
            densities[position] = density * weights[position] + unseen
        return FittedDensity(densities, table.bits)


@dataclass(frozen=True)
class FittedDensity:
    """Densities on a grid of colours, (class, band 1, band 2, ...), classes weighted."""

    densities: NDArray[np.float32]
    bits: int

    def probabilities(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return class probabilities (n, class) of colours (n, band)."""
        from scipy import ndimage

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
