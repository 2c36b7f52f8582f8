"""An image as its distinct colours and where each of them occurs."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Strip, map_parts, strips
from riverscape.pixels.table import SpectralTable

__all__ = ["Spectra"]

# Up to this many bits a colour addresses a table directly: 16.8 million entries, 64 MB.
_DIRECT_BITS = 24
_KEY_BITS = 63


@dataclass(frozen=True, eq=False)
class Spectra:
    """The distinct colours of an image and, for each pixel, which of them it has.

    Attributes
    ----------
    rows
        Distinct colours (n, band) of `bits` bits a band, in ascending order.
    index
        Row of each pixel, (row, col), int32.
    bits
        Bits kept of each band.

    Examples
    --------
    >>> image = np.array([[[200, 200, 10]], [[0, 0, 90]]], np.uint8)  # (band, row, col)
    >>> spectra = Spectra.of(image, bits=8)
    >>> spectra.rows.tolist(), spectra.index.tolist()
    ([[10, 90], [200, 0]], [[1, 1, 0]])
    """

    rows: NDArray[np.uint8]
    index: NDArray[np.int32]
    bits: int

    @classmethod
    def of(cls, image: NDArray[np.uint8], bits: int, threads: int = 1) -> Self:
        """Find the distinct colours of an image (band, row, col).

        Raises
        ------
        InputError
            If there are more bands than fit into one key.
        """
        bands, height_px, width_px = image.shape
        if bands * bits > _KEY_BITS:
            message = f"{bands} bands of {bits} bits do not fit into one key; lower the bits"
            raise InputError(message)
        packed = np.empty((height_px, width_px), np.int64 if bands * bits > 31 else np.int32)

        def pack(strip: Strip) -> None:
            part = packed[strip.rows]
            part[:] = image[0, strip.rows] >> (8 - bits)
            for band in image[1:]:
                part <<= bits
                part |= band[strip.rows] >> (8 - bits)

        parts = strips(height_px)
        map_parts(pack, parts, threads)
        if bands * bits > _DIRECT_BITS:
            keys, index = np.unique(packed, return_inverse=True)
            return cls(_unpacked(keys, bands, bits), index.astype(np.int32), bits)
        position = np.zeros(1 << (bands * bits), np.int32)
        for strip in parts:
            position[packed[strip.rows]] = 1
        keys = np.flatnonzero(position)
        position[keys] = np.arange(len(keys), dtype=np.int32)

        def look_up(strip: Strip) -> None:
            # A pixel's packed colour makes room for its row: one array of the image's size less.
            packed[strip.rows] = position[packed[strip.rows]]

        map_parts(look_up, parts, threads)
        return cls(_unpacked(keys, bands, bits), packed, bits)

    def tabulate(
        self,
        positions: NDArray[np.uint8],
        classes: int,
        weights: NDArray[np.uint8] | None = None,
    ) -> SpectralTable:
        """Count how often each colour occurs in each class.

        Parameters
        ----------
        positions
            Position of each pixel's class, (row, col); pixels at `classes` or beyond take no
            part.
        classes
            Number of classes.
        weights
            What each pixel counts for, (row, col); 1 without them.
        """
        wide = classes + 1
        counts = np.zeros(len(self.rows) * wide, np.int64)
        for strip in strips(len(self.index)):
            keys = np.multiply(self.index[strip.rows], wide, dtype=np.int64)
            keys += np.minimum(positions[strip.rows], classes)
            if weights is None:
                counts += np.bincount(keys.ravel(), minlength=len(counts))
                continue
            # Sums of small whole numbers are exact in floating point.
            part = weights[strip.rows].ravel()
            counts += np.bincount(keys.ravel(), part, len(counts)).astype(np.int64)
        table = counts.reshape(-1, wide)[:, :classes]
        return SpectralTable(self.rows, np.ascontiguousarray(table), self.bits)


def _unpacked(keys: NDArray[np.integer], bands: int, bits: int) -> NDArray[np.uint8]:
    shifts = bits * np.arange(bands - 1, -1, -1)
    return ((keys[:, None] >> shifts) & ((1 << bits) - 1)).astype(np.uint8)
