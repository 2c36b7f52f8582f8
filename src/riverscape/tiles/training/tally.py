"""Sums of loss and hits by class, kept on the device until they are asked for."""

import torch
from torch import Tensor

from riverscape.tiles.training.team import Team

__all__ = ["Tally", "folded"]


def folded(scores: Tensor, fold: Tensor) -> Tensor:
    """Return probabilities (n, class) of scores (n, output).

    The share of outputs that stand for no class is spread over the classes in proportion.

    Parameters
    ----------
    fold
        1 where an output belongs to a class, (output, class).

    Examples
    --------
    >>> scores = torch.tensor([[0.5, 0.25, 0.25]]).log()
    >>> folded(scores, torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).tolist()
    [[0.5, 0.5]]
    """
    shares = scores.float().softmax(dim=1) @ fold
    return shares / shares.sum(dim=1, keepdim=True).clamp(min=1e-12)


class Tally:
    """Loss, hits and tiles of each class."""

    def __init__(self, classes: int, device: torch.device) -> None:
        self.sums = torch.zeros(3, classes, dtype=torch.float32, device=device)

    def add(self, probabilities: Tensor, classes: Tensor) -> None:
        """Add tiles by their class probabilities (n, class) and true classes (n,)."""
        own = probabilities.gather(1, classes[:, None])[:, 0].clamp(min=1e-12)
        hit = (probabilities.argmax(dim=1) == classes).float()
        rows = torch.stack([-own.log(), hit, torch.ones_like(own)])
        self.sums.index_add_(1, classes, rows)

    def loss_and_accuracy(self, team: Team) -> tuple[float, float]:
        """Return both as means over the classes seen, over all processes; NaN without tiles."""
        loss, hits, tiles = team.total(self.sums.clone()).cpu().double()
        seen = tiles > 0
        if not seen.any():
            return float("nan"), float("nan")
        return (
            float((loss[seen] / tiles[seen]).mean()),
            float((hits[seen] / tiles[seen]).mean()),
        )
