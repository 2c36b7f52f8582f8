"""The network that a training begins with."""

import logging

import torch

from riverscape.tiles.bundle import Model
from riverscape.tiles.carrying import carry_over
from riverscape.tiles.networks import Network
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.settings import NetworkSettings
from riverscape.tiles.tile_set import TileSet

__all__ = ["begin_network"]

logger = logging.getLogger(__name__)


def begin_network(
    tiles: TileSet, settings: NetworkSettings, seed: int, start_from: Model | None
) -> tuple[Network, bool]:
    """Return a new network for tiles, and whether its backbone starts from trained weights.

    Parameters
    ----------
    start_from
        A model whose weights it takes over, as far as bands and classes are the same.

    Raises
    ------
    ModelError
        If the weights cannot be had, or do not fit.
    SettingsError
        If there is no such backbone.
    """
    torch.manual_seed(seed)
    if start_from is not None:
        settings = settings.model_copy(update={"weights": "none"})
    network = build_network(settings, tiles.bands, len(tiles.key), tiles.tile_px)
    if start_from is not None:
        carried = carry_over(network, start_from, tiles, tiles.source.bands)
        logger.info("from %s: %s", start_from.contract.name, carried)
    trained = start_from is not None or settings.weights != "none"
    return network, trained and bool(list(network.backbone_parameters()))
