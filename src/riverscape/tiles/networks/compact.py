"""The compact CNN: our own network for phase 1."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["CompactCNN"]


class CompactCNN(nn.Module):
    """A bag of local views: small, valid convolutions, then the mean over the tile.

    Every convolution is without padding and the head is linear, so a tile's answer depends on
    its own pixels alone, and the answers for all tiles of a large window come from one pass over
    it: overlapping tiles cost nothing extra.

    The stem sees squares of two cells, a cell being a tenth of the tile's side; two blocks of
    depthwise 3 x 3 convolutions widen the view to six cells; the mean is over what is left.

    Parameters
    ----------
    bands
        Number of bands of an image.
    outputs
        Number of classes to tell apart.
    tile_px
        Side of a tile, at least 10 px.
    widths
        Channels after the stem and after each block.

    Examples
    --------
    >>> import torch
    >>> network = CompactCNN(bands=3, outputs=5, tile_px=50).eval()
    >>> network(torch.zeros(2, 3, 50, 50)).shape
    torch.Size([2, 5, 1, 1])
    >>> network(torch.zeros(1, 3, 100, 75)).shape  # tiles at every 5 px
    torch.Size([1, 5, 11, 6])
    """

    def __init__(
        self, bands: int, outputs: int, tile_px: int, widths: tuple[int, int, int] = (64, 96, 128)
    ) -> None:
        super().__init__()
        self.bands, self.outputs, self.tile_px = bands, outputs, tile_px
        self.stride_px: int | None = tile_px // 10
        stem, middle, last = widths
        self.stem = _Unit(nn.Conv2d(bands, stem, 2 * self.stride_px, self.stride_px, bias=False))
        self.blocks = nn.Sequential(_block(stem, middle), _block(middle, last))
        self.dropout = nn.Dropout2d(0.1)
        self.head = nn.Conv2d(last, outputs, 1)
        # Cells across the stem's answer for one tile, less the two that each block takes away.
        self.pooled_cells = (tile_px - 2 * self.stride_px) // self.stride_px + 1 - 4

    def forward(self, pixels: Tensor) -> Tensor:
        """Return class scores (n, output, tile_row, tile_col) of pixels 0..1."""
        x = self.stem(pixels * 4 - 2)  # (n, stem, cell_row, cell_col)
        x = self.blocks(x)
        x = self.head(self.dropout(x))  # what each place speaks for
        return functional.avg_pool2d(x, self.pooled_cells, stride=1)

    def backbone_parameters(self) -> Iterable[nn.Parameter]:
        """Yield none: nothing of it was trained before."""
        return ()

    def head_parameters(self) -> Iterable[nn.Parameter]:
        """Yield every parameter."""
        return self.parameters()

    def penalty(self) -> Tensor:
        """Return 0: it has no l2 terms of its own."""
        return torch.zeros(())


class _Unit(nn.Sequential):
    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU())


def _block(inputs: int, outputs: int) -> nn.Sequential:
    wide = 2 * outputs
    return nn.Sequential(
        _Unit(nn.Conv2d(inputs, wide, 1, bias=False)),
        _Unit(nn.Conv2d(wide, wide, 3, groups=wide, bias=False)),
        _Unit(nn.Conv2d(wide, outputs, 1, bias=False)),
    )
