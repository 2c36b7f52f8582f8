"""Backbones as the rest sees them: pixels in, a feature map out."""

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor, nn

from riverscape.errors import SettingsError
from riverscape.tiles.networks.nasnet import IMAGENET_INPUT, NASNetMobile

__all__ = ["Body", "NASNetBody", "TimmBody", "cyclic"]


class Body(nn.Module):
    """A backbone without its classifier.

    Attributes
    ----------
    bands
        Number of bands that it takes.
    mean, std
        Of each band: it takes ``(pixel - mean) / std``, where pixels are 0..1.
    own_px
        Side of the images that it was made for.
    patch_px
        It takes sides that are multiples of this alone; pixels beyond would be ignored.
    """

    bands: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    own_px: int
    patch_px: int = 1

    def pooled(self, features: Tensor) -> Tensor:
        """Return features (n, feature), pooled over the feature map as `forward` gives it."""
        raise NotImplementedError

    def set_size(self, side_px: int) -> None:
        """Make it take images of another side; nothing is to do where it takes any."""

    def last_stage(self) -> Iterable[nn.Parameter]:
        """Return the parameters that learn where the body is frozen but for its last stage."""
        raise NotImplementedError


class NASNetBody(Body):
    """NASNet-A Mobile as a body.

    Parameters
    ----------
    black_and_white
        What it takes for black and for white: `IMAGENET_INPUT` of the published weights, or
        `ORIGINAL_INPUT` of those that the original's scripts have trained further.
    """

    own_px = 224

    def __init__(
        self, network: NASNetMobile, black_and_white: tuple[float, float] = IMAGENET_INPUT
    ) -> None:
        super().__init__()
        self.network, self.bands = network, network.bands
        black, white = black_and_white
        self.std = (1 / (white - black),) * self.bands
        self.mean = (-black / (white - black),) * self.bands

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the feature map (n, 1056, row, col) of scaled pixels."""
        features: Tensor = self.network(pixels)
        return features

    def pooled(self, features: Tensor) -> Tensor:
        """Return the mean over the feature map."""
        return features.mean(dim=(2, 3))

    def last_stage(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that the original lets learn."""
        for layer in self.network.originally_trainable():
            yield from layer.parameters()


class TimmBody(Body):
    """A model of timm, its classifier removed.

    Examples
    --------
    >>> import timm, torch
    >>> body = TimmBody(timm.create_model("test_resnet"), bands=3).eval()
    >>> features = body(torch.zeros(2, 3, 50, 50))
    >>> features.shape, body.pooled(features).shape
    (torch.Size([2, 96, 2, 2]), torch.Size([2, 96]))
    """

    def __init__(self, model: Any, bands: int) -> None:  # noqa: ANN401
        super().__init__()
        config = model.pretrained_cfg
        self.bands = bands
        self.mean, self.std = cyclic(config["mean"], bands), cyclic(config["std"], bands)
        self.own_px = config["input_size"][1]
        self.patch_px = _patch_px(model)
        self._is_rigid = config.get("fixed_input_size", False)
        if hasattr(model, "reset_classifier"):  # encoders have none
            model.reset_classifier(0)
        if hasattr(model, "pre_logits") and hasattr(model, "features"):
            # Of VGG: two fully connected layers, nine tenths of its parameters, for ImageNet.
            model.pre_logits = nn.Identity()
        self.model: Any = model

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the feature map of scaled pixels, in the layout that is the model's own."""
        features: Tensor = self.model.forward_features(pixels)
        return features

    def pooled(self, features: Tensor) -> Tensor:
        """Return the features as the model pools them before its classifier."""
        pooled: Tensor = self.model.forward_head(features, pre_logits=True)
        return pooled.mean(dim=(2, 3)) if pooled.ndim == 4 else pooled

    def set_size(self, side_px: int) -> None:
        """Interpolate position embeddings and set windows for another side."""
        if self._is_rigid and side_px != self.own_px and hasattr(self.model, "set_input_size"):
            with warnings.catch_warnings():
                # timm indexes as a later PyTorch will not allow, where it interpolates windows.
                warnings.filterwarnings("ignore", "Using a non-tuple sequence", UserWarning)
                self.model.set_input_size(img_size=(side_px, side_px))

    def last_stage(self) -> list[nn.Parameter]:
        """Return the parameters of the last stage: all that work at its coarsest resolution.

        Of a transformer that keeps one resolution it is the last block and what follows; of
        NASNet-A Large, the layers that the original lets learn.

        Raises
        ------
        SettingsError
            If timm does not say where its stages end.
        """
        named = list(self.model.named_parameters())
        if self.model.pretrained_cfg["architecture"] == "nasnetalarge":
            return [parameter for name, parameter in named if _ORIGINALLY_TRAINABLE.match(name)]
        order = [name for name, _ in self.model.named_modules()]
        for end in _stage_ends(self.model):
            if end in order:
                later = set(order[order.index(end) + 1 :])
                inside = f"{end}."
                names = [
                    name
                    for name, _ in named
                    if name.rpartition(".")[0] in later and not name.startswith(inside)
                ]
                if names:
                    chosen = set(names)
                    return [parameter for name, parameter in named if name in chosen]
        message = "the stages of this backbone are not known; choose --freeze none or backbone"
        raise SettingsError(message)


# What Keras calls separable_conv_2_normal_left2 and ..._right2, in each of the normal cells.
_ORIGINALLY_TRAINABLE = re.compile(r"cell_\d+\.comb_iter_1_(left|right)\.separable_2\.")


def cyclic(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Return values for `count` bands, over and over again.

    Examples
    --------
    >>> cyclic((0.1, 0.2, 0.3), 5)
    (0.1, 0.2, 0.3, 0.1, 0.2)
    """
    return tuple(values[band % len(values)] for band in range(count))


def _patch_px(model: Any) -> int:  # noqa: ANN401
    patch = getattr(getattr(model, "patch_embed", None), "patch_size", 1)
    return int(patch) if isinstance(patch, int) else int(patch[0])


def _stage_ends(model: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield where stages before the last end, the latest first."""
    stages = list(model.feature_info)
    coarsest = stages[-1]["reduction"]
    finer = [stage["module"] for stage in stages if stage["reduction"] < coarsest]
    yield from reversed(finer or [stage["module"] for stage in stages[:-1]])
