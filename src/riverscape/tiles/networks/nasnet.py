"""NASNet-A Mobile, equal in arithmetic to the one of Keras, so that it takes Keras's weights.

The architecture is that of Zoph et al. 2018, Learning Transferable Architectures for Scalable
Image Recognition (4 @ 1056); paddings, epsilon and layer names are those of
`keras.applications.NASNetMobile(include_top=False)`.
"""

from collections.abc import Iterator
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from riverscape.tiles.networks.nasnet_cells import (
    Cell,
    NormalCell,
    Projection,
    ReductionCell,
    Shrinking,
    batch_norm,
)

__all__ = [
    "IMAGENET_INPUT",
    "IMAGENET_MD5",
    "IMAGENET_URL",
    "ORIGINAL_INPUT",
    "NASNetMobile",
]

# Where Keras publishes the weights that it trained on ImageNet, without the top.
IMAGENET_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/nasnet/NASNet-mobile-no-top.h5"
)
IMAGENET_MD5 = "1ed92395b5b598bdda52abe5c0dbfd63"

# What black and white were when those weights were trained (Keras's `preprocess_input`, mode
# "tf"), and what they are in the scripts of Carbonneau et al. 2020, which start from the same
# weights but divide pixels by 255 alone.
IMAGENET_INPUT = (-1.0, 1.0)
ORIGINAL_INPUT = (0.0, 1.0)

_STEM_CHANNELS = 32
_CHANNELS = 44  # 1056 / 24
_BLOCKS = 4
# The scripts of Carbonneau et al. 2020 let the layers learn whose names hold one of these.
_ORIGINALLY_TRAINABLE = ("separable_conv_2_normal_left2", "separable_conv_2_normal_right2")


class NASNetMobile(nn.Module):
    """NASNet-A Mobile without its top: an image in, 1056 features for each 32 px of it out.

    It takes pixels that are scaled already: within `IMAGENET_INPUT` for the published weights,
    within `ORIGINAL_INPUT` for weights that the original's scripts have trained further.
    Untrained, its weights are drawn as He et al. 2015 propose.

    Parameters
    ----------
    bands
        Number of bands of an image.

    Attributes
    ----------
    channels
        Number of features, 1056.

    Examples
    --------
    >>> import torch
    >>> network = NASNetMobile(bands=3).eval()
    >>> network(torch.zeros(1, 3, 50, 50)).shape
    torch.Size([1, 1056, 2, 2])
    """

    def __init__(self, bands: int = 3) -> None:
        super().__init__()
        self.bands = bands
        self.stem_conv1 = nn.Conv2d(bands, _STEM_CHANNELS, 3, 2, bias=False)
        self.stem_bn1 = batch_norm(_STEM_CHANNELS)
        self.cells = nn.ModuleDict()
        inputs = before = _STEM_CHANNELS
        shrank = False
        for block, channels in _plan():
            adjust: nn.Module = nn.Identity()
            if self.cells:
                adjustment = Shrinking if shrank else Projection
                adjust, before = adjustment(before, channels), channels
            kind = NormalCell if block.isdecimal() else ReductionCell
            cell = kind(inputs, before, channels, adjust)
            self.cells[block] = cell
            inputs, before, shrank = cell.outputs, inputs, kind is ReductionCell
        self.channels = inputs
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, pixels: Tensor) -> Tensor:
        """Return features (n, channel, row, col) of scaled pixels (n, band, row, col).

        An image is at least 32 px high and wide.
        """
        x = before = self.stem_bn1(self.stem_conv1(pixels))
        for cell in self.cells.values():
            x, before = cell(x, before), x
        return functional.relu(x)

    def keras_layers(self) -> Iterator[tuple[str, nn.Module]]:
        """Yield the name of each layer that has weights in Keras, and the module that it is here.

        The module is a `Conv2d`, a `BatchNorm2d` or a `SeparableConv2d`.

        Examples
        --------
        >>> dict(NASNetMobile().keras_layers())["separable_conv_2_normal_left2_5"].pointwise
        Conv2d(88, 88, kernel_size=(1, 1), stride=(1, 1), bias=False)
        """
        yield "stem_conv1", self.stem_conv1
        yield "stem_bn1", self.stem_bn1
        for block, cell in self.cells.items():
            for name, layer in cast("Cell", cell).keras_layers():
                yield f"{name}_{block}", layer

    def originally_trainable(self) -> Iterator[nn.Module]:
        """Yield the modules that the original lets learn: two separable convolutions of 12 cells.

        The rule is by name and leaves their batch normalisations frozen.

        Examples
        --------
        >>> len(list(NASNetMobile().originally_trainable()))
        24
        """
        for name, layer in self.keras_layers():
            if name.startswith(_ORIGINALLY_TRAINABLE):
                yield layer


def _plan() -> Iterator[tuple[str, int]]:
    """Yield each cell's name in Keras, a number where it is a normal cell, and its channels."""
    yield "stem_1", _CHANNELS // 4
    yield "stem_2", _CHANNELS // 2
    for stage in range(3):
        channels = _CHANNELS * 2**stage
        first = stage * _BLOCKS
        if stage:
            yield f"reduce_{first}", channels
            first += 1  # the reduction cell takes a number too
        for number in range(first, first + _BLOCKS):
            yield str(number), channels
