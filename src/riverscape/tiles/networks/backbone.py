"""A network of phase 1 made of a backbone and a head."""

from collections.abc import Collection, Iterator
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from riverscape.tiles.networks.bodies import Body
from riverscape.tiles.networks.heads import Head

__all__ = ["BackboneNetwork"]


class BackboneNetwork(nn.Module):
    """A backbone and a head: takes tiles of pixels 0..1, answers class scores.

    Pixels are standardised as the backbone was trained, tiles enlarged bilinearly to the size
    that it takes, both inside the network, so that every use of it is the same.

    Parameters
    ----------
    body
        The backbone.
    head
        What makes class scores of its features.
    tile_px
        Side of a tile.
    side_px
        Side that tiles are enlarged to.
    unused
        Names of parameters of the body that have no part in the scores; they never learn.

    Attributes
    ----------
    stride_px
        None: it takes tiles alone.

    Examples
    --------
    >>> import torch
    >>> from riverscape.tiles.networks.bodies import NASNetBody
    >>> from riverscape.tiles.networks.heads import LinearHead
    >>> from riverscape.tiles.networks.nasnet import NASNetMobile
    >>> body, head = NASNetBody(NASNetMobile()), LinearHead(1056, outputs=5)
    >>> network = BackboneNetwork(body, head, tile_px=50, side_px=64).eval()
    >>> network(torch.zeros(2, 3, 50, 50)).shape
    torch.Size([2, 5])
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        body: Body,
        head: Head,
        tile_px: int,
        side_px: int,
        unused: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.bands, self.outputs, self.tile_px = body.bands, head.outputs, tile_px
        self.stride_px: int | None = None
        self.side_px = side_px
        self.register_buffer("mean", torch.tensor(body.mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(body.std).view(-1, 1, 1))
        self.body, self.head = body, head
        self._unused = frozenset(unused)
        self.freeze("none")

    def forward(self, pixels: Tensor) -> Tensor:
        """Return class scores (n, output) of pixels 0..1 (n, band, row, col)."""
        x = (pixels - self.mean) / self.std
        if self.side_px != self.tile_px:
            side = (self.side_px, self.side_px)
            x = functional.interpolate(x, side, mode="bilinear", align_corners=False)
        features = self.body(x)
        if not self.head.takes_map:
            features = self.body.pooled(features)
        scores: Tensor = self.head(features)
        return scores

    def freeze(self, part: Literal["none", "partial", "backbone"]) -> None:
        """Keep a part of the body from learning.

        Parameters
        ----------
        part
            ``none`` of it, the whole ``backbone``, or ``partial``: all but its last stage.

        Raises
        ------
        SettingsError
            If its stages are not known.
        """
        last = {id(parameter) for parameter in self.body.last_stage()} if part == "partial" else ()
        for name, parameter in self.body.named_parameters():
            learns = part == "none" or id(parameter) in last
            # Training on several GPUs would wait for what the unused should learn.
            parameter.requires_grad_(learns and name not in self._unused)

    def train(self, mode: bool = True) -> Self:
        """Prepare for training or prediction; what is frozen stays as it is for prediction.

        So the statistics of its batch normalisations are kept, and nothing of it is dropped.
        """
        super().train(mode)
        for module in self.body.modules():
            parameters = list(module.parameters())
            if parameters and not any(parameter.requires_grad for parameter in parameters):
                module.eval()
        return self

    def backbone_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters of the body that learn."""
        return (parameter for parameter in self.body.parameters() if parameter.requires_grad)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters of the head."""
        return self.head.parameters()

    def penalty(self) -> Tensor:
        """Return the l2 terms of the head."""
        return self.head.penalty()
