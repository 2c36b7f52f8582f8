"""A trained network, and how it is packed into a model bundle."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from safetensors.torch import save
from torch import nn

from riverscape.labels import LabelledImage
from riverscape.tiles.bundle import NETWORK_FILE, WEIGHTS_FILE, Model
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.epochs import Epoch
from riverscape.tiles.export import onnx_of
from riverscape.tiles.networks import Network
from riverscape.tiles.settings import NetworkSettings
from riverscape.tiles.tile_set import TileSet

__all__ = ["Trained"]


@dataclass(frozen=True)
class Trained:
    """A trained network and how it got there."""

    network: Network
    best: Epoch
    history: tuple[Epoch, ...] = field(default_factory=tuple)

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(parameter.numel() for parameter in cast(nn.Module, self.network).parameters())

    def weights(self) -> bytes:
        """Return the weights as safetensors."""
        state = cast(nn.Module, self.network).state_dict()
        return bytes(save({name: value.contiguous() for name, value in state.items()}))

    def bundle(
        self,
        name: str,
        built: NetworkSettings,
        tiles: TileSet,
        validation: Sequence[LabelledImage],
        training: dict[str, Any],
        **facts: Any,  # noqa: ANN401
    ) -> Model:
        """Pack the network into a model bundle.

        Parameters
        ----------
        built
            The settings that the network was built from.
        tiles
            What it was trained on.
        validation
            The images kept out of training.
        training
            The settings that it was trained with.
        facts
            More of the contract: description, licence, citation, names of bands.
        """
        bands, pixels = tiles.bands, tiles.source
        facts = {
            "bands": pixels.bands,
            "ground_sample_distance_m": pixels.gsd_m,
            **facts,
        }
        contract = ModelContract(
            name=name,
            classes=tiles.scheme.to_dict(),
            class_key=tiles.key.class_codes,
            tile_px=self.network.tile_px,
            network_stride_px=self.network.stride_px,
            dtype=pixels.dtype,
            low=pixels.low,
            high=pixels.high,
            scale=(1 / 255,) * bands,
            offset=(0.0,) * bands,
            backbone={"name": built.backbone, "head": built.head, "parameters": self.parameters},
            training={
                "images": [image.name for image in tiles.images],
                "validation_images": [image.name for image in validation],
                "tiles": tiles.counts(),
                "local_classes": [asdict(local) for local in tiles.key.classes],
                "epoch_kept": self.best.number,
                **({"levels": pixels.measured} if pixels.measured else {}),
                "settings": training,
            },
            **facts,
        )
        files = {NETWORK_FILE: onnx_of(self.network), WEIGHTS_FILE: self.weights()}
        return Model.build(contract, files)
