"""What JPEG files do to tiles: blocks of 8 x 8, rounded frequencies, halved colour."""

import math

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["JPEG_BANDS", "jpeg_compressed"]

# What photographs are: grey, or red, green and blue.
JPEG_BANDS = (1, 3)

# The tables of ITU-T T.81 (1992), annex K.1: luminance and chrominance.
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
# JFIF 1.02: red, green, blue to Y, Cb, Cr, of values around 0.
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_BLOCK, _COARSE = 8, 16  # Side of a block, and of the area that shares a block of colour.


def jpeg_compressed(tiles: Tensor, quality: Tensor, shift: tuple[int, int]) -> Tensor:
    """Return tiles (n, band, row, col) of 0..1 as a JPEG file would give them back.

    Three bands are red, green and blue, and their colour is halved in resolution (4:2:0); one is
    brightness.

    Parameters
    ----------
    quality
        Quality of each tile, (n,), 1..100 as libjpeg counts.
    shift
        Rows and columns, 0..15, by which the blocks are shifted against the tiles.

    Examples
    --------
    >>> grey = torch.full((1, 3, 50, 50), 0.5)
    >>> jpeg_compressed(grey, torch.tensor([40.0]), (3, 5)).sub(grey).abs().max().item() < 0.01
    True
    """
    height, width = tiles.shape[2:]
    down, right = (
        -(length + first) % _COARSE for length, first in zip((height, width), shift, strict=True)
    )
    x = functional.pad(tiles, (shift[1], right, shift[0], down), mode="replicate") * 255 - 128
    if x.shape[1] == 3:
        matrix = torch.tensor(_TO_YCC, device=x.device)
        x = torch.einsum("ij,njrc->nirc", matrix, x)
        luminance = _rounded(x[:, :1], _LUMINANCE, quality)
        colour = _rounded(functional.avg_pool2d(x[:, 1:], 2), _CHROMINANCE, quality)
        colour = functional.interpolate(colour, scale_factor=2.0, mode="nearest")
        x = torch.cat([luminance, colour], dim=1)
        x = torch.einsum("ij,njrc->nirc", torch.linalg.inv(matrix), x)
    else:
        x = _rounded(x, _LUMINANCE, quality)
    x = x[:, :, shift[0] : shift[0] + height, shift[1] : shift[1] + width]
    return ((x + 128) / 255).clamp(0, 1)


def _rounded(x: Tensor, table: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """Round the frequencies of each block of x (n, band, row, col) as the table says."""
    n, bands, height, width = x.shape
    cosines = _cosines(x.device)
    blocks = x.reshape(n, bands, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = blocks.transpose(3, 4)  # (n, band, block_row, block_col, row, col)
    # libjpeg's jpeg_quality_scaling: percentage of the table at a quality.
    percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None]
    steps = ((torch.tensor(table, device=x.device) * percent + 50) / 100).floor().clamp(1, 255)
    steps = steps[:, None, None, None]  # (n, 1, 1, 1, row, col)
    frequencies = cosines @ blocks @ cosines.T
    blocks = cosines.T @ ((frequencies / steps).round() * steps) @ cosines
    return blocks.transpose(3, 4).reshape(n, bands, height, width)


def _cosines(device: torch.device) -> Tensor:
    """Return the orthonormal cosine transform of 8 values, (frequency, place)."""
    frequency = torch.arange(_BLOCK, device=device)[:, None]
    place = torch.arange(_BLOCK, device=device)[None]
    matrix = torch.cos((2 * place + 1) * frequency * math.pi / (2 * _BLOCK)) / 2
    matrix[0] /= math.sqrt(2)
    return matrix
