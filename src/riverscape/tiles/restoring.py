"""The network of a bundle as PyTorch has it."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from riverscape.errors import ModelError, SettingsError
from riverscape.tiles.agreement import check_agreement
from riverscape.tiles.bundle import NETWORK_FILE, WEIGHTS_FILE, Model
from riverscape.tiles.networks import Network
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.session import open_session
from riverscape.tiles.settings import NetworkSettings

__all__ = ["restored_network", "stored_weights"]


def restored_network(model: Model) -> Network:
    """Build the network of a bundle, with its weights, ready to predict.

    Raises
    ------
    ModelError
        If the bundle holds no weights, or they do not give what its ``network.onnx`` answers.
    MissingExtraError
        If timm is needed and not installed.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> network = restored_network(load_model("ste-marguerite"))
    >>> network.bands, network.outputs, network.tile_px
    (3, 5, 50)
    """
    weights, contract = stored_weights(model), model.contract
    backbone = {"head": "linear", **contract.backbone}
    try:
        built = NetworkSettings(backbone=backbone["name"], weights="none", head=backbone["head"])
        network = build_network(
            built, len(contract.bands), len(contract.class_key), contract.tile_px
        )
        cast(nn.Module, network).load_state_dict(weights)
    except (KeyError, RuntimeError, SettingsError, ValidationError) as error:
        text = " ".join(str(error).split())
        message = f"the network of the model {contract.name} cannot be built again: {text}"
        raise ModelError(message) from error
    cast(nn.Module, network).eval()
    session = open_session(model.files[NETWORK_FILE])

    def answer(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        (probabilities,) = session.run(None, {session.get_inputs()[0].name: pixels})
        return np.asarray(probabilities)

    check_agreement(network, answer, f"{NETWORK_FILE} of the model {contract.name}")
    return network


def stored_weights(model: Model) -> dict[str, Tensor]:
    """Return the weights of a bundle by their names in its network.

    Raises
    ------
    ModelError
        If it holds none, or they cannot be read.
    """
    contract, reason = model.contract, ""
    if contract.backbone.get("name") == "keras":
        reason = "was imported from Keras"
    elif WEIGHTS_FILE not in model.files:
        reason = f"holds no {WEIGHTS_FILE}"
    if reason:
        message = (
            f"the model {contract.name} can classify, but not be trained further or rebuilt in "
            f"PyTorch: it {reason}"
        )
        raise ModelError(message)
    try:
        weights: dict[str, Tensor] = load(model.files[WEIGHTS_FILE])
    except SafetensorError as error:
        text = " ".join(str(error).split())
        message = f"{WEIGHTS_FILE} of the model {contract.name} cannot be read: {text}"
        raise ModelError(message) from error
    return weights
