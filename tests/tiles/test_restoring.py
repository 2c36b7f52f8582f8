"""A bundle's network in PyTorch is the network that the bundle classifies with."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

from riverscape.errors import ModelError
from riverscape.models import load_model
from riverscape.tiles import Model, TileSet
from riverscape.tiles.epochs import Epoch
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.restoring import restored_network
from riverscape.tiles.settings import NetworkSettings
from riverscape.tiles.trained import Trained


def _bundle(tiles: TileSet, **settings: str) -> tuple[Model, nn.Module]:
    torch.manual_seed(4)
    built = NetworkSettings.model_validate({"weights": "none", **settings})
    network = build_network(built, tiles.bands, len(tiles.key), tiles.tile_px)
    trained = Trained(network, Epoch(1, 0, 0, 0, 0, 0))
    return trained.bundle("given", built, tiles, [], {}), cast(nn.Module, network).eval()


@pytest.mark.parametrize(
    "settings",
    [
        {"backbone": "compact"},
        {"backbone": "test_resnet"},
        {"backbone": "test_resnet", "head": "published"},
    ],
)
def test_the_network_comes_back_with_all_its_weights(
    tiles: TileSet, settings: dict[str, str]
) -> None:
    model, network = _bundle(tiles, **settings)
    restored = cast(nn.Module, restored_network(model))
    assert not restored.training
    own, other = network.state_dict(), restored.state_dict()
    assert own.keys() == other.keys()
    assert all(torch.equal(own[name], other[name]) for name in own)


def test_it_answers_as_the_bundle_does() -> None:
    model = load_model("ste-marguerite")
    pixels = np.random.default_rng(3).integers(0, 256, (2, 3, 75, 60)).astype(np.uint8)
    with torch.no_grad():
        scores = restored_network(model)(torch.from_numpy(pixels).float() / 255)
    answer = scores.softmax(dim=1).numpy()
    assert answer.shape == (2, 5, 6, 3)
    assert np.allclose(answer, model.in_float().predict(pixels), atol=1e-5)


def _changed(model: Model, weights: bytes | None, **backbone: Any) -> Model:
    files = {**model.files, "weights.safetensors": weights or b""}
    if weights is None:
        del files["weights.safetensors"]
    contract = model.contract.model_copy(
        update={"backbone": {**model.contract.backbone, **backbone}}
    )
    return Model.build(contract, files)


@pytest.mark.parametrize(
    ("backbone", "reason"),
    [
        ({}, "holds no weights.safetensors"),
        ({"name": "keras"}, "was imported from Keras"),
    ],
)
def test_a_bundle_without_weights_of_ours_says_why(
    model: Model, backbone: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelError, match=f"the model untrained can classify.*{reason}") as error:
        restored_network(_changed(model, None, **backbone))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "no_such_net"}, "cannot be built again: no backbone is called no_such_net"),
        ({"name": "test_resnet"}, "cannot be built again: Error"),
        ({"head": "unheard of"}, "cannot be built again: 1 validation error"),
    ],
)
def test_a_bundle_of_another_network_is_refused(
    model: Model, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason) as error:
        restored_network(_changed(model, model.files["weights.safetensors"], **change))
    assert "\n" not in str(error.value)


def test_weights_that_are_none_are_refused(model: Model) -> None:
    with pytest.raises(ModelError, match="of the model untrained cannot be read"):
        restored_network(_changed(model, b"nothing"))


def test_weights_that_give_other_answers_are_refused(model: Model, tiles: TileSet) -> None:
    _, other = _bundle(tiles, backbone="compact")
    weights = save({name: value.contiguous() for name, value in other.state_dict().items()})
    with pytest.raises(ModelError, match=r"network\.onnx of the model untrained answers"):
        restored_network(_changed(model, weights))
