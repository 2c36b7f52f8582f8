"""The cells of NASNet-A, with the paddings and the layer names of Keras."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "Cell",
    "NormalCell",
    "Projection",
    "ReductionCell",
    "SeparableConv2d",
    "Shrinking",
    "batch_norm",
]


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch normalisation as all of NASNet's are."""
    # Keras states the share that is kept of the running mean (0.9997), PyTorch that which is new.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=1 - 0.9997)


class SeparableConv2d(nn.Sequential):
    """A depthwise and a pointwise convolution, one layer in Keras."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            inputs, inputs, kernel, stride, padding, groups=inputs, bias=False
        )
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)


class Projection(nn.Module):
    """Bring the cell before the last to the channels of this one."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_projection = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with other channels."""
        projected: Tensor = self.bn(self.conv_projection(functional.relu(x)))
        return projected


class Shrinking(nn.Module):
    """The same where the last cell halved the size: two grids of every other pixel, joined."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.conv_2 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.bn = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with other channels at half the size, rounded up."""
        x = functional.relu(x)
        shifted = functional.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        both = (self.conv_1(x[:, :, ::2, ::2]), self.conv_2(shifted[:, :, ::2, ::2]))
        joined: Tensor = self.bn(torch.cat(both, dim=1))
        return joined


class Cell(nn.Module):
    """What both kinds of cell share: the cell before the last is adjusted, the last squeezed.

    Parameters
    ----------
    inputs
        Channels of the last cell.
    channels
        Channels of each of the parts that the cell joins in the end.
    adjust
        What brings the cell before the last to the size of the last.
    branches
        Pairs of separable convolutions, by their place in the cell.
    """

    kind: str
    parts: int

    def __init__(
        self, inputs: int, channels: int, adjust: nn.Module, branches: Mapping[str, nn.Module]
    ) -> None:
        super().__init__()
        self.adjust = adjust
        self.conv_1 = nn.Conv2d(inputs, channels, 1, bias=False)
        self.bn_1 = batch_norm(channels)
        self.branches = nn.ModuleDict(branches)
        self.outputs = channels * self.parts

    def squeezed(self, x: Tensor) -> Tensor:
        """Return the last cell with the channels of this one."""
        squeezed: Tensor = self.bn_1(self.conv_1(functional.relu(x)))
        return squeezed

    def keras_layers(self) -> Iterator[tuple[str, nn.Module]]:
        """Yield layers by their names in Keras, which there end with that of the cell."""
        for name, layer in self.adjust.named_children():
            yield f"adjust_{name}", layer
        yield f"{self.kind}_conv_1", self.conv_1
        yield f"{self.kind}_bn_1", self.bn_1
        for place, branch in self.branches.items():
            for name, layer in branch.named_children():
                yield f"{name}_{self.kind}_{place}", layer


class NormalCell(Cell):
    """A cell that keeps the size; `before` is the channels of the cell before, adjusted."""

    kind, parts = "normal", 6

    def __init__(self, inputs: int, before: int, channels: int, adjust: nn.Module) -> None:
        branches = {
            "left1": _Branch(channels, channels, 5),
            "right1": _Branch(before, channels, 3),
            "left2": _Branch(before, channels, 5),
            "right2": _Branch(before, channels, 3),
            "left5": _Branch(channels, channels, 3),
        }
        super().__init__(inputs, channels, adjust, branches)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        """Return what the cell makes of the last cell `x` and the one before."""
        p, h, branch = self.adjust(before), self.squeezed(x), self.branches
        p_mean = _mean(p)
        parts = (
            p,
            branch["left1"](h) + branch["right1"](p),
            branch["left2"](p) + branch["right2"](p),
            _mean(h) + p,
            p_mean + p_mean,
            branch["left5"](h) + h,
        )
        return torch.cat(parts, dim=1)


class ReductionCell(Cell):
    """A cell that halves the size; `before` is the channels of the cell before, adjusted."""

    kind, parts = "reduction", 4

    def __init__(self, inputs: int, before: int, channels: int, adjust: nn.Module) -> None:
        branches = {
            "left1": _Branch(channels, channels, 5, stride=2),
            "right1": _Branch(before, channels, 7, stride=2),
            "right2": _Branch(before, channels, 7, stride=2),
            "right3": _Branch(before, channels, 5, stride=2),
            "left4": _Branch(channels, channels, 3),
        }
        super().__init__(inputs, channels, adjust, branches)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        """Return what the cell makes of the last cell `x` and the one before."""
        p, h, branch = self.adjust(before), self.squeezed(x), self.branches
        h_padded = _padded(h, 3)
        h_max = functional.max_pool2d(h_padded, 3, 2)
        first = branch["left1"](h) + branch["right1"](p)
        second = h_max + branch["right2"](p)
        third = functional.avg_pool2d(h_padded, 3, 2) + branch["right3"](p)
        fourth = second + _mean(first)
        fifth = branch["left4"](first) + h_max
        return torch.cat((second, third, fourth, fifth), dim=1)


class _Branch(nn.Module):
    """Twice ReLU, separable convolution and batch normalisation; the first may halve the size."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel, self.halves = kernel, stride == 2
        same = kernel // 2
        first_padding = 0 if self.halves else same
        self.separable_conv_1 = SeparableConv2d(inputs, outputs, kernel, stride, first_padding)
        self.separable_conv_1_bn = batch_norm(outputs)
        self.separable_conv_2 = SeparableConv2d(outputs, outputs, kernel, 1, same)
        self.separable_conv_2_bn = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(x)
        x = _padded(x, self.kernel) if self.halves else x
        x = functional.relu(self.separable_conv_1_bn(self.separable_conv_1(x)))
        x = self.separable_conv_2_bn(self.separable_conv_2(x))
        return x


def _padded(x: Tensor, kernel: int) -> Tensor:
    """Pad so that a stride of 2 takes the pixels that it takes in Keras (its `correct_pad`)."""
    after = kernel // 2
    rows, cols = (after - 1 + length % 2 for length in x.shape[2:])
    return functional.pad(x, (cols, after, rows, after))


def _mean(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
