"""Small models of Keras for tests, made and saved by Keras 3, and put as Keras 2 put them."""

import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from riverscape.tiles.keras.network import keras_on_pytorch

TILE_PX = 20


def sequential(bands: int = 3, outputs: int = 5) -> Any:
    """Return a model whose last layer is a Dense softmax."""
    layers = keras_on_pytorch().layers
    return _stirred(
        keras_on_pytorch().Sequential(
            [
                layers.Input((TILE_PX, TILE_PX, bands)),
                layers.Conv2D(6, 3, activation="relu", kernel_regularizer="l2"),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.SeparableConv2D(8, 3, strides=2, padding="same"),
                layers.LeakyReLU(),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(outputs, activation="softmax"),
            ]
        )
    )


def functional(bands: int = 3, side_px: int | None = TILE_PX) -> Any:
    """Return a model with a model in it, branches, and a softmax layer."""
    keras = keras_on_pytorch()
    layers = keras.layers
    pixels = layers.Input((side_px, side_px, bands))
    base = keras.Sequential(
        [layers.Input((side_px, side_px, bands)), layers.Conv2D(6, 3, strides=2), layers.ReLU()]
    )
    inner = layers.Input((None, None, 6))
    twig = keras.Model(inner, layers.BatchNormalization()(layers.Conv2D(6, 1)(inner)))
    x = base(pixels)
    y = layers.DepthwiseConv2D(3, padding="same")(twig(x))
    x = layers.Concatenate()([layers.Add()([x, y]), layers.AveragePooling2D(1)(y)])
    x = layers.GlobalAveragePooling2D()(layers.ZeroPadding2D(1)(x))
    return _stirred(keras.Model(pixels, layers.Softmax()(layers.Dense(5)(x))))


def save(model: Any, path: Path) -> Path:
    """Save a model by the suffix of the path; return the path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)  # it calls .h5 legacy, which is the point
        model.save(path)
        logging.disable(logging.NOTSET)
    return path


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Change the description of the network in an .h5 file; return the path."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        changed = change(config)
        file.attrs["model_config"] = json.dumps(config if changed is None else changed)
    return path


def as_keras_2(config: Any) -> Any:
    """Return a description of a network in the words of Keras 2."""
    if isinstance(config, list):
        return [as_keras_2(item) for item in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return "float32"
    new = {key: as_keras_2(value) for key, value in config.items()}
    for key in ("module", "registered_name", "build_config"):
        new.pop(key, None)
    inner = new.get("config", {})
    if "batch_shape" in inner:
        shape = {"class_name": "__tuple__", "items": inner.pop("batch_shape")}
        inner["batch_input_shape"] = shape
        inner.pop("optional", None)
    if new.get("class_name") == "Functional":
        new["class_name"] = "Model"
        models = {each["name"] for each in inner["layers"] if "layers" in each["config"]}
        for each in inner["layers"]:
            each["inbound_nodes"] = [_call(node, models) for node in each["inbound_nodes"]]
        for key in ("input_layers", "output_layers"):
            inner[key] = [inner[key]]
    if new.get("class_name") == "DepthwiseConv2D":
        inner["groups"] = 1
    return new


def _call(node: dict[str, Any], models: set[str]) -> list[Any]:
    tensors = node["args"][0]
    tensors = tensors if isinstance(tensors, list) else [tensors]
    histories = [tensor["config"]["keras_history"] for tensor in tensors]
    # Keras 2 counts the making of a model as its first call.
    return [[name, call + (name in models), place, {}] for name, call, place in histories]


def _stirred(model: Any) -> Any:
    """Give batch normalisations something to do."""
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if hasattr(layer, "layers"):
            _stirred(layer)
        elif type(layer).__name__ == "BatchNormalization":
            layer.set_weights([rng.uniform(0.5, 1.5, layer.beta.shape) for _ in range(4)])
    return model
