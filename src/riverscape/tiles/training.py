"""Training a network on tiles: one loop, to be read from top to bottom."""

import time
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from riverscape.errors import InputError
from riverscape.progress import SILENT, Progress, stage
from riverscape.tiles.augmentation import augment
from riverscape.tiles.networks import CompactCNN
from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.tile_set import TileSet
from riverscape.tiles.trained import Epoch, Trained

__all__ = ["fit_network"]


def fit_network(
    train: TileSet,
    validation: TileSet | None,
    settings: TrainingSettings,
    progress: Progress = SILENT,
) -> Trained:
    """Train the compact CNN on tiles.

    Parameters
    ----------
    validation
        Tiles of other images; the epoch that does best on them is kept. Without them the last
        epoch is.

    Raises
    ------
    InputError
        If there are no tiles to train on.
    """
    if not len(train):
        message = "no tile to train on: no class covers enough of any tile; lower --purity?"
        raise InputError(message)
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    network = CompactCNN(train.tiles.shape[1], len(train.scheme), train.tiles.shape[2])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    steps = settings.epochs * settings.batches_per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, steps, pct_start=0.2
    )
    batches = _balanced_batches(train, settings)
    history: list[Epoch] = []
    best_state = network.state_dict()
    with stage(progress, "training", steps):
        for number in range(1, settings.epochs + 1):
            started = time.perf_counter()
            network.train()
            losses = torch.zeros(settings.batches_per_epoch)
            hits = _ClassHits(len(train.scheme))
            for step in range(settings.batches_per_epoch):
                drawn = next(batches)
                tiles = augment(_unit(train.tiles[drawn]), settings.augmentation, generator)
                tiles = tiles.contiguous(memory_format=torch.channels_last)
                classes = torch.from_numpy(train.classes[drawn])
                scores = network(tiles)[:, :, 0, 0]  # (n, class)
                loss = functional.cross_entropy(
                    scores, classes, label_smoothing=settings.label_smoothing
                )
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
                losses[step] = loss.detach()
                hits.add(scores.detach(), classes)
                progress.advance(note=f"epoch {number} of {settings.epochs}")
            checked = _validate(network, validation, settings)
            spent = time.perf_counter() - started
            history.append(Epoch(number, float(losses.mean()), hits.accuracy(), *checked, spent))
            if _is_best(history):
                best_state = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(best_state)
    return Trained(network.eval(), _best(history), tuple(history))


def _best(history: list[Epoch]) -> Epoch:
    """Return the epoch with the lowest validation loss, or the last where none was measured."""
    measured = [epoch for epoch in history if not np.isnan(epoch.validation_loss)]
    return min(measured, key=lambda epoch: epoch.validation_loss, default=history[-1])


def _is_best(history: list[Epoch]) -> bool:
    return _best(history) is history[-1]


def _unit(tiles: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(tiles).float() / 255


def _balanced_batches(train: TileSet, settings: TrainingSettings) -> Iterator[NDArray[np.intp]]:
    """Yield positions of tiles, drawn over classes by their balance, and evenly over images."""
    rng = np.random.default_rng(settings.seed)
    found = np.unique(train.classes)
    shares = train.labelled_px.sum(axis=0)[found] ** (1 - settings.class_balance)
    groups = [
        [
            np.flatnonzero((train.classes == position) & (train.sources == source))
            for source in np.unique(train.sources[train.classes == position])
        ]
        for position in found
    ]
    while True:
        chosen = rng.choice(len(groups), size=settings.batch_tiles, p=shares / shares.sum())
        drawn = []
        for position in chosen:
            group = groups[position]
            tiles = group[rng.integers(len(group))]
            drawn.append(tiles[rng.integers(len(tiles))])
        yield np.array(drawn)


def _validate(
    network: CompactCNN, validation: TileSet | None, settings: TrainingSettings
) -> tuple[float, float]:
    """Return loss and accuracy, each the mean over classes, on tiles as they are."""
    if validation is None or not len(validation):
        return float("nan"), float("nan")
    network.eval()
    hits = _ClassHits(len(validation.scheme))
    with torch.no_grad():
        for start in range(0, len(validation), settings.batch_tiles):
            part = slice(start, start + settings.batch_tiles)
            classes = torch.from_numpy(validation.classes[part])
            scores = network(_unit(validation.tiles[part]))[:, :, 0, 0]
            hits.add(scores, classes)
    return hits.loss(), hits.accuracy()


class _ClassHits:
    """Sums of loss and hits for each class."""

    def __init__(self, classes: int) -> None:
        self._loss = torch.zeros(classes, dtype=torch.float64)
        self._hits = torch.zeros(classes, dtype=torch.float64)
        self._count = torch.zeros(classes, dtype=torch.float64)

    def add(self, scores: Tensor, classes: Tensor) -> None:
        loss = functional.cross_entropy(scores, classes, reduction="none").double()
        self._loss.index_add_(0, classes, loss)
        self._hits.index_add_(0, classes, (scores.argmax(dim=1) == classes).double())
        self._count.index_add_(0, classes, torch.ones_like(loss))

    def loss(self) -> float:
        return self._mean(self._loss)

    def accuracy(self) -> float:
        return self._mean(self._hits)

    def _mean(self, total: Tensor) -> float:
        seen = self._count > 0
        return float((total[seen] / self._count[seen]).mean())
