"""Networks by name."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from riverscape.errors import InputError, SettingsError
from riverscape.tiles.backbones import check_backbone
from riverscape.tiles.networks.backbone import BackboneNetwork
from riverscape.tiles.networks.bodies import Body, NASNetBody
from riverscape.tiles.networks.compact import CompactCNN
from riverscape.tiles.networks.downloads import fetch_keras_weights
from riverscape.tiles.networks.heads import Head, LinearHead, PublishedHead
from riverscape.tiles.networks.keras_weights import load_keras_weights
from riverscape.tiles.networks.nasnet import IMAGENET_INPUT, ORIGINAL_INPUT, NASNetMobile
from riverscape.tiles.networks.network import Network
from riverscape.tiles.networks.sizes import fit_tiles
from riverscape.tiles.networks.timm_bodies import random_body, timm_body
from riverscape.tiles.networks.weights import check_weights, load_weights
from riverscape.tiles.settings import NetworkSettings

__all__ = ["build_network"]

logger = logging.getLogger(__name__)

_MOST_BANDS = 16


def build_network(settings: NetworkSettings, bands: int, outputs: int, tile_px: int) -> Network:
    """Return a network with the weights that it starts from; random ones from PyTorch's seed.

    Pretrained weights are fetched here, once for all networks.

    Raises
    ------
    SettingsError
        If there is no such backbone, or it takes no such tiles, or head and freezing do not go
        with it.
    InputError
        If there are more bands than 16.
    ModelError
        If the weights cannot be had, or are of another network.
    MissingExtraError
        If timm is needed and not installed.

    Examples
    --------
    >>> settings = NetworkSettings(backbone="nasnet_mobile", weights="none", head="published")
    >>> network = build_network(settings, bands=3, outputs=5, tile_px=50)
    >>> sum(parameter.numel() for parameter in network.head_parameters())
    1115141
    """
    if not 1 <= bands <= _MOST_BANDS:
        message = f"a network takes 1 to {_MOST_BANDS} bands, not {bands}"
        raise InputError(message)
    if settings.backbone == "compact":
        return _compact(settings, bands, outputs, tile_px)
    check_backbone(settings.backbone)
    takes_map = settings.head == "published"
    fit = fit_tiles(_maker(settings.backbone, bands), settings.backbone, tile_px, takes_map)
    body = _body(settings, bands)
    body.set_size(fit.side_px)
    head: Head = LinearHead(fit.features, outputs)
    if takes_map:
        head = PublishedHead(fit.map_features, outputs)
    network = BackboneNetwork(body, head, tile_px, fit.side_px, fit.unused)
    network.freeze(settings.freeze)
    if settings.weights == "none" and settings.freeze != "none":
        logger.warning("what is frozen of %s stays random: --weights none", settings.backbone)
    return network


def _compact(settings: NetworkSettings, bands: int, outputs: int, tile_px: int) -> Network:
    if settings.head != "linear" or settings.freeze != "none":
        message = "the compact network has one head and nothing to freeze; choose another backbone"
        raise SettingsError(message)
    network = CompactCNN(bands, outputs, tile_px)
    if settings.weights not in ("pretrained", "none"):
        message = "the compact network starts at random, or from a model: --from MODEL"
        raise SettingsError(message)
    return network


def _maker(backbone: str, bands: int) -> Callable[[], Body]:
    if backbone == "nasnet_mobile":
        return lambda: NASNetBody(NASNetMobile(bands))
    return partial(random_body, backbone, bands)


def _body(settings: NetworkSettings, bands: int) -> Body:
    if settings.backbone == "nasnet_mobile":
        return _nasnet_body(settings, bands)
    return timm_body(settings.backbone, settings.weights, bands)


def _nasnet_body(settings: NetworkSettings, bands: int) -> Body:
    network, weights = NASNetMobile(bands), settings.weights
    if weights == "pretrained":
        load_keras_weights(network, fetch_keras_weights())
    elif weights != "none":
        path = Path(weights)
        check_weights(path, "nasnet_mobile")
        if path.suffix.lower() == ".safetensors":
            load_weights(network, path, "nasnet_mobile")
        else:
            load_keras_weights(network, path)
    # With its own head the original feeds pixels of 0..1, also to weights trained on -1..1.
    return NASNetBody(network, ORIGINAL_INPUT if settings.head == "published" else IMAGENET_INPUT)
