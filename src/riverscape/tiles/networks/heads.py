"""What turns the features of a backbone into class scores."""

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Head", "LinearHead", "PublishedHead"]

_L2 = 0.001


class Head(nn.Module):
    """What follows a backbone.

    Attributes
    ----------
    outputs
        Number of class scores.
    takes_map
        Whether it takes the backbone's whole feature map, or the features pooled over the tile.
    """

    outputs: int
    takes_map: bool

    def penalty(self) -> Tensor:
        """Return what it adds to the loss."""
        return torch.zeros(())


class LinearHead(Head):
    """One linear layer on the pooled features.

    Examples
    --------
    >>> LinearHead(features=128, outputs=5)(torch.zeros(2, 128)).shape
    torch.Size([2, 5])
    """

    takes_map = False

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.scores = nn.Linear(features, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Return class scores (n, output) of features (n, feature)."""
        scores: Tensor = self.scores(features)
        return scores


class PublishedHead(Head):
    """The head of Carbonneau et al. 2020, with the initial weights that Keras gives it.

    The feature map, flattened; 256 units; dropout of a half; 128 units; the scores. Both hidden
    layers end in ReLU, and 0.001 times the sum of their squared weights is added to the loss.

    Parameters
    ----------
    features
        Numbers in the feature map of one tile.

    Examples
    --------
    >>> head = PublishedHead(features=1056 * 2 * 2, outputs=5)
    >>> head(torch.zeros(2, 1056, 2, 2)).shape
    torch.Size([2, 5])
    """

    takes_map = True

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.dense_1 = nn.Linear(features, 256)
        self.dropout = nn.Dropout(0.5)
        self.dense_2 = nn.Linear(256, 128)
        self.scores = nn.Linear(128, outputs)
        for layer in (self.dense_1, self.dense_2, self.scores):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return class scores (n, output) of a feature map, (n, channel, row, col) or other."""
        x = functional.relu(self.dense_1(features.flatten(1)))
        x = functional.relu(self.dense_2(self.dropout(x)))
        scores: Tensor = self.scores(x)
        return scores

    def penalty(self) -> Tensor:
        """Return 0.001 times the sum of the squared weights of the hidden layers."""
        squares = self.dense_1.weight.square().sum() + self.dense_2.weight.square().sum()
        return _L2 * squares
