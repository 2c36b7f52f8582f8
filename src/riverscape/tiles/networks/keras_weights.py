"""Weights of NASNet Mobile out of a Keras .h5 file, by the names of the layers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.tiles.keras.hdf5 import checked_datasets, open_hdf5
from riverscape.tiles.networks.nasnet import NASNetMobile
from riverscape.tiles.networks.nasnet_cells import SeparableConv2d

__all__ = ["load_keras_weights"]

_Found = dict[tuple[str, str], NDArray[Any]]

# Keras has (row, col, input, output), PyTorch (output, input, row, col); of a depthwise
# convolution Keras has (row, col, input, 1), PyTorch (input, 1, row, col).
_KERNEL = (3, 2, 0, 1)
_DEPTHWISE = (2, 3, 0, 1)
_VECTOR = (0,)


@dataclass(frozen=True)
class _Variable:
    """A variable of a layer in Keras, what takes it here, and the order of its axes here."""

    layer: str
    name: str
    target: Tensor
    axes: tuple[int, ...]


def load_keras_weights(network: NASNetMobile, path: Path | str) -> None:
    """Load the weights of a NASNet Mobile that Keras 2 or 3 saved as .h5.

    The file may hold the network alone or inside a model with layers of its own after it, whole
    or only the weights. Where the network takes other bands than the file's three, the first
    convolution is repeated over them.

    Raises
    ------
    ModelError
        If the file is none of Keras, or holds no NASNet Mobile of three bands or of the network's;
        the network is then as it was.
    """
    path = Path(path)
    variables = list(_variables(network))
    with open_hdf5(path) as file:
        found = _by_layer(file, path, {variable.layer for variable in variables})
    _check_whole(found, variables, path)
    loaded = []
    for variable in variables:
        array = found[variable.layer, variable.name]
        value = torch.from_numpy(array.astype(np.float32))
        if value.ndim == len(variable.axes):
            value = value.permute(variable.axes)
        if variable.target is network.stem_conv1.weight:
            value = _for_bands(value, network.bands)
        if value.shape != variable.target.shape:
            message = (
                f"{path} holds no NASNet Mobile: {variable.layer} has a {variable.name} of "
                f"{array.shape}, which is another network's"
            )
            raise ModelError(message)
        loaded.append(value)
    with torch.no_grad():
        for variable, value in zip(variables, loaded, strict=True):
            variable.target.copy_(value)


def _variables(network: NASNetMobile) -> Iterator[_Variable]:
    for name, layer in network.keras_layers():
        if isinstance(layer, SeparableConv2d):
            depthwise, pointwise = layer.depthwise.weight, layer.pointwise.weight
            yield _Variable(name, "depthwise_kernel", depthwise, _DEPTHWISE)
            yield _Variable(name, "pointwise_kernel", pointwise, _KERNEL)
        elif isinstance(layer, nn.BatchNorm2d):
            state = layer.state_dict(keep_vars=True)
            yield _Variable(name, "gamma", state["weight"], _VECTOR)
            yield _Variable(name, "beta", state["bias"], _VECTOR)
            yield _Variable(name, "moving_mean", state["running_mean"], _VECTOR)
            yield _Variable(name, "moving_variance", state["running_var"], _VECTOR)
        elif isinstance(layer, nn.Conv2d):
            yield _Variable(name, "kernel", layer.weight, _KERNEL)


def _by_layer(file: Any, path: Path, layers: set[str]) -> _Found:  # noqa: ANN401
    """Return the arrays of the layers by layer and variable."""
    exact: _Found = {}
    numbered: _Found = {}
    datasets = checked_datasets(file, path)
    if "model_weights" in file:  # else the file holds weights alone
        inside = "model_weights/"
        datasets = {place: datasets[place] for place in datasets if place.startswith(inside)}
    for place, dataset in datasets.items():
        scope, _, variable = place.rpartition("/")
        layer, variable = scope.rpartition("/")[2], variable.partition(":")[0]
        # TensorFlow numbers a scope that is entered again: stem_conv1_1.
        plain = re.sub(r"_\d+$", "", layer)
        if (layer, variable) in exact:
            message = f"{path} holds more than one layer {layer}, so more than one network"
            raise ModelError(message)
        if layer in layers:
            exact[layer, variable] = dataset[()]
        elif plain in layers:
            numbered[plain, variable] = dataset[()]
    return {**numbered, **exact}


def _check_whole(found: _Found, variables: list[_Variable], path: Path) -> None:
    if not found:
        message = (
            f"{path} holds no weights of a NASNet Mobile by the names of its layers; "
            'let Keras save the whole model: model.save("model.h5")'
        )
        raise ModelError(message)
    layers = {variable.layer for variable in variables}
    lacking = sorted(
        {variable.layer for variable in variables if (variable.layer, variable.name) not in found}
    )
    if lacking:
        message = (
            f"{path} holds no whole NASNet Mobile: it lacks {len(lacking)} of {len(layers)} "
            f"layers, such as {lacking[0]}"
        )
        raise ModelError(message)


def _for_bands(kernel: Tensor, bands: int) -> Tensor:
    """Return a kernel (output, band, row, col) of three bands for others, at the same strength.

    One band takes the sum of the three, more take them in turn, as timm's `adapt_input_conv`.
    """
    known = 3
    if kernel.ndim != len(_KERNEL) or kernel.shape[1] != known or bands == known:
        return kernel
    if bands == 1:
        return kernel.sum(dim=1, keepdim=True)
    turns = [band % known for band in range(bands)]
    return kernel[:, turns] * (known / bands)
