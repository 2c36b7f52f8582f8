"""What training asks of every network."""

from collections.abc import Iterable
from typing import Protocol

from torch import Tensor, nn

__all__ = ["Network"]


class Network(Protocol):
    """A network of phase 1: an `nn.Module` of pixels 0..1 in and class scores out.

    Attributes
    ----------
    bands, outputs, tile_px
        What it was built for.
    stride_px
        Where it is set, the network also takes windows larger than a tile and answers
        (n, output, tile_row, tile_col) for the tiles at every `stride_px` of them; where it is
        None it takes tiles alone and answers (n, output).
    """

    bands: int
    outputs: int
    tile_px: int
    stride_px: int | None

    def __call__(self, pixels: Tensor) -> Tensor:
        """Return class scores, before softmax, of pixels 0..1 (n, band, row, col)."""
        ...

    def backbone_parameters(self) -> Iterable[nn.Parameter]:
        """Yield the parameters that learn at the lower rate of a backbone, frozen ones left out."""
        ...

    def head_parameters(self) -> Iterable[nn.Parameter]:
        """Yield the parameters that learn at the full rate, frozen ones left out."""
        ...

    def penalty(self) -> Tensor:
        """Return what the head adds to the loss: its l2 terms, 0 where it has none."""
        ...
