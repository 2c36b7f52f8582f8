"""Small networks for the tests of phase 1."""

from pathlib import Path

import numpy as np
import pytest
import torch

from riverscape.labels import PUBLISHED_CLASSES, ClassKey, LabelledImage
from riverscape.tiles import Model, ModelContract, TileSet
from riverscape.tiles.epochs import Epoch
from riverscape.tiles.export import onnx_of
from riverscape.tiles.networks import CompactCNN
from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.trained import Trained

QUICK = TrainingSettings(epochs=2, batches_per_epoch=12, batch_tiles=32, validation_share=0)


def trained(tile_px: int = 50) -> Trained:
    torch.manual_seed(1)
    network = CompactCNN(3, 5, tile_px).eval()
    return Trained(network, Epoch(1, 0, 0, 0, 0, 0))


def bundle(tile_px: int = 50, network_stride_px: int | None = None) -> Model:
    network = trained(tile_px)
    contract = ModelContract(
        name="untrained",
        classes=PUBLISHED_CLASSES.to_dict(),
        class_key=PUBLISHED_CLASSES.codes,
        tile_px=tile_px,
        network_stride_px=network_stride_px or network.network.stride_px,
        bands=("red", "green", "blue"),
        scale=(1 / 255,) * 3,
        offset=(0.0,) * 3,
        backbone={"name": "compact"},
    )
    files = {"network.onnx": onnx_of(network.network), "weights.safetensors": network.weights()}
    return Model.build(contract, files)


@pytest.fixture(scope="session")
def model() -> Model:
    return bundle()


@pytest.fixture(scope="session")
def tiles() -> TileSet:
    return plain_tiles()


def plain_tiles() -> TileSet:
    """Water is dark and smooth, vegetation green and rough; two images of either."""
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 2], 60)
    colours = np.where(classes[:, None] == 0, [[50, 60, 80]], [[90, 150, 60]])
    noise = rng.normal(0, np.where(classes == 0, 4, 30)[:, None, None, None], (120, 3, 50, 50))
    images = tuple(LabelledImage(Path(f"Alder_{n}.jpg"), Path(f"SCLS_Alder_{n}.tif")) for n in "12")
    pixels = (colours[:, :, None, None] + noise).clip(0, 255).astype(np.uint8)
    return TileSet(
        store=pixels,
        chosen=np.arange(120),
        classes=classes,
        sources=np.tile([0, 1], 60),
        corners=np.zeros((120, 2), np.int32),
        labelled_px=np.array([[9000, 0, 9000, 0, 0]] * 2),
        images=images,
        scheme=PUBLISHED_CLASSES,
        key=ClassKey.of_scheme(PUBLISHED_CLASSES),
    )
