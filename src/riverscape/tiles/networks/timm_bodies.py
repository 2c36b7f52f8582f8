"""Bodies out of timm, with the weights that they start from."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from riverscape.errors import ModelError
from riverscape.tiles.backbones import timm_name
from riverscape.tiles.networks.bodies import TimmBody
from riverscape.tiles.networks.downloads import fetch_timm_weights
from riverscape.tiles.networks.weights import check_weights, load_weights

__all__ = ["count_parameters", "random_body", "timm_body"]

_COLOURS = 3


def random_body(name: str, bands: int) -> TimmBody:
    """Return a body with random weights, from PyTorch's seed."""
    import timm

    return TimmBody(timm.create_model(timm_name(name), in_chans=bands), bands)


def count_parameters(name: str) -> int:
    """Return the number of parameters of a body, without building it.

    Examples
    --------
    >>> count_parameters("resnet18")
    11176512
    """
    with torch.device("meta"):
        body = random_body(name, _COLOURS)
    return sum(parameter.numel() for parameter in body.parameters())


def timm_body(name: str, weights: str, bands: int) -> TimmBody:
    """Return a body and what it starts from.

    Weights are those of three bands; for others the first convolution is repeated over them, or
    summed for one (timm's `adapt_input_conv`).

    Parameters
    ----------
    weights
        ``pretrained``, ``none``, or a .safetensors file with timm's names of the weights, with
        or without a classifier, which is not read. It is the file that timm publishes as
        ``model.safetensors``.

    Raises
    ------
    ModelError
        If the weights cannot be had, or do not fit: random ones never stand in for them.

    Examples
    --------
    >>> timm_body("test_resnet", weights="none", bands=5)(torch.zeros(1, 5, 50, 50)).shape
    torch.Size([1, 96, 2, 2])
    """
    if weights == "none":
        return random_body(name, bands)
    body = _published(name) if weights == "pretrained" else _from_file(name, Path(weights))
    return body if bands == _COLOURS else _with_bands(body, name, bands)


def _published(name: str) -> TimmBody:
    import timm

    known = timm_name(name)
    path = fetch_timm_weights(known)
    # timm forgets what kind of file it is when it is told which.
    foreign = timm.get_pretrained_cfg(known).custom_load and path.suffix == ".npz"
    source = {"file": str(path), "custom_load": foreign}
    try:
        # With its classifier, since timm then wants each weight to be there.
        model = timm.create_model(known, pretrained=True, pretrained_cfg_overlay=source)
    except Exception as error:  # of damaged files each format raises its own
        reason = " ".join(str(error).split())[:200]
        message = (
            f"{path} does not hold the pretrained weights of {name} ({reason}); delete it to fetch "
            "it again, or start at random with --weights none"
        )
        raise ModelError(message) from error
    return TimmBody(model, _COLOURS)


def _from_file(name: str, path: Path) -> TimmBody:
    check_weights(path, name)
    body = random_body(name, _COLOURS)
    config = body.model.pretrained_cfg
    ignored = (*_listed(config.get("classifier")), "pre_logits")
    load_weights(body.model, path, name, ignored, _renaming(name))
    return body


def _with_bands(body: TimmBody, name: str, bands: int) -> TimmBody:
    from timm.models import adapt_input_conv

    wide, state = random_body(name, bands), body.state_dict()
    try:
        for module in _listed(body.model.pretrained_cfg["first_conv"]):
            weight = f"model.{module}.weight"
            state[weight] = adapt_input_conv(bands, state[weight])
        wide.load_state_dict(state)
    except (KeyError, RuntimeError, NotImplementedError, AssertionError) as error:
        message = (
            f"the weights of {name} are for three bands and cannot be carried over to {bands}; "
            "choose another backbone or --weights none"
        )
        raise ModelError(message) from error
    return wide


def _listed(names: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _renaming(name: str) -> Callable[..., Any] | None:
    """Return the function by which timm translates the names of this family, if it has one."""
    from timm.models import model_entrypoint

    family = sys.modules[model_entrypoint(timm_name(name)).__module__]
    return getattr(family, "checkpoint_filter_fn", None)
