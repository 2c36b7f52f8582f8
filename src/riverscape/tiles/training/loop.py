"""Training a network on tiles: one loop, to be read from top to bottom."""

import hashlib
import json
import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from riverscape.errors import InputError, SettingsError
from riverscape.progress import SILENT, stage
from riverscape.tiles.epochs import Epoch, Oversight, best_epoch
from riverscape.tiles.networks import Network
from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.tile_set import TileSet
from riverscape.tiles.trained import Trained
from riverscape.tiles.training.drawing import Drawing, drawing_of
from riverscape.tiles.training.evaluation import fold_matrix, validate
from riverscape.tiles.training.feed import Feed
from riverscape.tiles.training.learner import Learner
from riverscape.tiles.training.state import State, read_checkpoint, write_checkpoint
from riverscape.tiles.training.stopping import TrainingStoppedError, is_exhausted, signals
from riverscape.tiles.training.tally import Tally, folded
from riverscape.tiles.training.team import Team

__all__ = ["Course", "fit_network"]

_CHECKPOINT_SECONDS = 300
_ASK_STEPS = 20
_VALIDATION_TILES = 4000  # At most so many of each class are looked at after each epoch.
_ALONE = Team(torch.device("cpu"))
_UNWATCHED = Oversight()


@dataclass(frozen=True)
class Course:
    """What a network is taught, and until when.

    Attributes
    ----------
    validation
        Tiles of other images; the epoch that does best on them is kept. Where it is empty the
        last epoch is.
    name
        What the progress, the log and the checkpoint call it.
    starts_trained
        Whether the backbone starts from trained weights, and so learns slower.
    origin
        What the network was begun as: another beginning is another training.
    """

    train: TileSet
    validation: TileSet
    settings: TrainingSettings
    name: str = "training"
    starts_trained: bool = False
    origin: str = ""

    @property
    def epochs(self) -> int:
        """Number of epochs at most."""
        epochs = self.settings.epochs
        return self.settings.max_epochs if epochs == "auto" else epochs

    @cached_property
    def drawing(self) -> Drawing:
        """Which tiles each batch holds."""
        return drawing_of(self.train, self.settings)

    @property
    def steps(self) -> int:
        """Number of steps at most."""
        return self.epochs * self.drawing.batches_per_epoch

    def is_over(self, history: list[Epoch]) -> bool:
        """Return whether no epoch follows."""
        if not history or len(history) >= self.epochs:
            return bool(history)
        return self.settings.epochs == "auto" and is_exhausted(history, self.settings)


def fit_network(
    network: Network, course: Course, oversight: Oversight = _UNWATCHED, team: Team = _ALONE
) -> Trained:
    """Train a network on tiles.

    Parameters
    ----------
    network
        As it was built, or with weights to start from.

    Raises
    ------
    InputError
        If there are no tiles to train on.
    OutputError
        If the checkpoint is of another training, or cannot be written.
    TrainingStoppedError
        If SIGINT or SIGTERM came; the checkpoint holds what was learned.
    """
    if not len(course.train):
        message = "no tile to train on: no class covers enough of any tile; lower --purity?"
        raise InputError(message)
    learner = Learner(network, course.settings, course.steps, course.starts_trained, team)
    state = State(torch.zeros((), device=team.device), Tally(len(course.train.scheme), team.device))
    checkpoint = _Checkpoint(oversight, course, team, learner, state)
    checkpoint.read()
    checked = course.validation.sample(_VALIDATION_TILES, course.settings.seed)
    fold = fold_matrix(course.train, team.device)
    progress = oversight.progress if team.leads else SILENT

    def positions(step: int) -> NDArray[np.intp]:
        whole = course.drawing.batch(step)
        # Every process takes as many: the last batch of an epoch may show a few tiles twice.
        return np.resize(whole, -(-len(whole) // team.size) * team.size)[team.rank :: team.size]

    with (
        stage(progress, course.name, course.steps),
        Feed(course.train, positions, state.step, team.device) as feed,
        signals() as stopped,
    ):
        progress.advance(state.step)
        while not course.is_over(state.history):
            started, waited = time.perf_counter(), feed.waited_seconds
            pixels, local, classes = feed.take()
            loss, scores = learner.learn(pixels, local, state.step)
            state.loss += loss
            state.tally.add(folded(scores, fold), classes)
            state.step += 1
            number, rest = divmod(state.step, course.drawing.batches_per_epoch)
            found = None
            if not rest:
                learner.agree()
                found = validate(network, checked, team)
            state.waited += feed.waited_seconds - waited
            state.seconds += time.perf_counter() - started
            if found:
                epoch = _epoch(number, state, found, course, team)
                state.end_epoch(network, epoch)
                if not math.isfinite(epoch.loss):
                    message = f"{course.name} diverged in epoch {number}; lower --learning-rate"
                    raise SettingsError(message)
                if team.leads:
                    oversight.on_epoch(course.name, epoch)
            progress.advance(note=f"epoch {number + bool(rest)} of {course.epochs}")
            # In a team all must stop at the same step, and asking takes time.
            if (found or team.size == 1 or state.step % _ASK_STEPS == 0) and team.any(stopped()):
                checkpoint.write()
                message = (
                    f"{course.name} stopped in epoch {number + bool(rest)} of {course.epochs}"
                    f"{checkpoint.advice}"
                )
                raise TrainingStoppedError(message)
            checkpoint.write_now_and_then(bool(found))
    cast(nn.Module, network).load_state_dict(state.best)
    cast(nn.Module, network).eval()
    return Trained(network, best_epoch(state.history), tuple(state.history))


class _Checkpoint:
    """The file that a training goes on from."""

    def __init__(
        self, oversight: Oversight, course: Course, team: Team, learner: Learner, state: State
    ) -> None:
        self._path, self._team = oversight.checkpoint(course.name), team
        self._learner, self._state = learner, state
        self._identity = _identity(learner.network, course)
        self._written = time.monotonic()

    @property
    def advice(self) -> str:
        return "" if self._path is None else "; what it has learned is kept, --resume goes on"

    def read(self) -> None:
        if self._path is not None:
            read_checkpoint(self._path, self._identity, self._state, self._learner)

    def write(self) -> None:
        if self._path is not None and self._team.leads:
            write_checkpoint(self._path, self._identity, self._state, self._learner)
        self._written = time.monotonic()

    def write_now_and_then(self, epoch_ends: bool) -> None:
        if epoch_ends or time.monotonic() - self._written > _CHECKPOINT_SECONDS:
            self.write()


def _epoch(
    number: int, state: State, validation: tuple[float, float], course: Course, team: Team
) -> Epoch:
    batches = course.drawing.batches_per_epoch
    return Epoch(
        number,
        float(team.total(state.loss.clone())) / batches / team.size,
        state.tally.loss_and_accuracy(team)[1],
        *validation,
        seconds=state.seconds,
        tiles_per_second=float(team.total(state.tally.sums[2].sum())) / state.seconds,
        waiting_share=state.waited / state.seconds,
    )


def _identity(network: Network, course: Course) -> str:
    """Return what two trainings must share for one to go on with the other's checkpoint."""
    weights = cast(nn.Module, network).state_dict()
    train = course.train
    facts: dict[str, Any] = {
        "settings": course.settings.model_dump(exclude={"device", "precision", "compile"}),
        "network": {name: list(value.shape) for name, value in weights.items()},
        "classes": train.key.to_csv(),
        "origin": course.origin,
        "data": train.origin,
        "images": [image.name for image in train.images],
        "tiles": hashlib.sha256(train.chosen.tobytes() + train.classes.tobytes()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
