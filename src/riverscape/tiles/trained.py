"""A trained network, and how it is packed into a model bundle."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from riverscape.labels import LabelledImage
from riverscape.tiles.bundle import NETWORK_FILE, WEIGHTS_FILE, Model
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.networks import CompactCNN
from riverscape.tiles.tile_set import TileSet

__all__ = ["Epoch", "Trained"]


@dataclass(frozen=True)
class Epoch:
    """What one epoch reached; accuracy is the mean over classes. Validation may be NaN."""

    number: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Trained:
    """A trained network and how it got there."""

    network: CompactCNN
    best: Epoch
    history: tuple[Epoch, ...] = field(default_factory=tuple)

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def weights(self) -> bytes:
        """Return the weights as safetensors."""
        state = {name: value.contiguous() for name, value in self.network.state_dict().items()}
        return bytes(save(state))

    def onnx(self) -> bytes:
        """Return the network as ONNX: pixels 0..1 in, probabilities out, any number and size."""
        tile = torch.zeros(1, self.network.bands, self.network.tile_px, self.network.tile_px)
        network = nn.Sequential(self.network, nn.Softmax(dim=1)).eval()
        with warnings.catch_warnings(), TemporaryDirectory() as folder:
            # The exporter warns of itself; the bundle checks what it wrote.
            warnings.simplefilter("ignore")
            file = Path(folder) / "network.onnx"
            torch.onnx.export(
                network,
                (tile,),
                file,
                dynamo=False,
                opset_version=17,
                input_names=["pixels"],
                output_names=["probabilities"],
                dynamic_axes={
                    "pixels": {0: "n", 2: "row", 3: "col"},
                    "probabilities": {0: "n", 2: "tile_row", 3: "tile_col"},
                },
            )
            return file.read_bytes()

    def bundle(
        self,
        name: str,
        tiles: TileSet,
        validation: Sequence[LabelledImage],
        training: dict[str, Any],
        **facts: Any,  # noqa: ANN401
    ) -> Model:
        """Pack the network into a model bundle.

        Parameters
        ----------
        tiles
            What it was trained on.
        validation
            The images kept out of training.
        training
            The settings that it was trained with.
        facts
            More of the contract: description, licence, citation, names of bands.
        """
        bands = tiles.tiles.shape[1]
        contract = ModelContract(
            name=name,
            classes=tiles.scheme.to_dict(),
            class_key=tiles.scheme.codes,
            tile_px=self.network.tile_px,
            network_stride_px=self.network.stride_px,
            bands=facts.pop("bands", _band_names(bands)),
            scale=(1 / 255,) * bands,
            offset=(0.0,) * bands,
            backbone={"name": "compact", "parameters": self.parameters},
            training={
                "images": [image.name for image in tiles.images],
                "validation_images": [image.name for image in validation],
                "tiles": tiles.counts(),
                "epoch_kept": self.best.number,
                "settings": training,
            },
            **facts,
        )
        return Model.build(contract, {NETWORK_FILE: self.onnx(), WEIGHTS_FILE: self.weights()})


def _band_names(count: int) -> tuple[str, ...]:
    known = ("red", "green", "blue")
    return known if count == len(known) else tuple(f"band {band + 1}" for band in range(count))
