"""What a network says of tiles as they are."""

from collections.abc import Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from riverscape.tiles.networks import Network
from riverscape.tiles.tile_set import TileSet
from riverscape.tiles.training.tally import Tally, folded
from riverscape.tiles.training.team import Team

__all__ = ["fold_matrix", "tile_probabilities", "validate"]

_BATCH_TILES = 256


def tile_probabilities(network: Network, tiles: TileSet) -> NDArray[np.float32]:
    """Return the class probabilities of tiles, (n, class)."""
    device = next(cast(nn.Module, network).parameters()).device
    parts = [np.zeros((0, len(tiles.scheme)), np.float32)]
    for _, probabilities in _batches(network, tiles, Team(device)):
        parts.append(probabilities.cpu().numpy())
    return np.concatenate(parts)


def validate(network: Network, tiles: TileSet, team: Team) -> tuple[float, float]:
    """Return loss and accuracy, each the mean over classes; NaN without tiles."""
    tally = Tally(len(tiles.scheme), team.device)
    for classes, probabilities in _batches(network, tiles, team):
        tally.add(probabilities, classes)
    return tally.loss_and_accuracy(team)


def fold_matrix(tiles: TileSet, device: torch.device) -> Tensor:
    """Return 1 where an output stands for a class, (output, class)."""
    codes = torch.tensor(tiles.key.class_codes)[:, None]
    return (codes == torch.tensor(tiles.scheme.codes)[None]).float().to(device)


def _batches(network: Network, tiles: TileSet, team: Team) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield classes and probabilities of this process's share of the tiles."""
    module = cast(nn.Module, network)
    fold = fold_matrix(tiles, team.device)
    positions = np.arange(team.rank, len(tiles), team.size)
    was_training = module.training
    module.eval()
    with torch.no_grad():
        for start in range(0, len(positions), _BATCH_TILES):
            part = positions[start : start + _BATCH_TILES]
            pixels = torch.from_numpy(tiles.pixels(part)).to(team.device).float() / 255
            classes = torch.from_numpy(tiles.classes[part]).to(team.device)
            yield classes, folded(network(pixels).flatten(1), fold)
    module.train(was_training)
