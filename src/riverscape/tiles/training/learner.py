"""One step of learning: pixels in, better weights out."""

import logging
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from riverscape.errors import SettingsError
from riverscape.tiles.augmentation import augment
from riverscape.tiles.networks import Network
from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.training.team import Team

__all__ = ["Learner"]

logger = logging.getLogger(__name__)

_COMPACT_RATE, _USUAL_RATE = 4e-3, 1e-3


class Learner:
    """A network with its optimiser, on the device of a team.

    Parameters
    ----------
    steps
        Steps of the whole training, which the learning rate is laid over.
    starts_trained
        Whether the backbone starts from trained weights, and so learns slower.
    """

    def __init__(
        self,
        network: Network,
        settings: TrainingSettings,
        steps: int,
        starts_trained: bool,
        team: Team,
    ) -> None:
        self.network, self._settings, self._team = network, settings, team
        module = cast(nn.Module, network)
        module.to(team.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        called = cast(nn.Module, torch.compile(module)) if settings.compile else module
        if team.size > 1:
            called = DistributedDataParallel(called)
        self._called = called
        self._precision = _precision(settings, team.device)
        self._scaler = self._new_scaler()
        self._optimiser = _optimiser(network, settings, starts_trained)
        self._schedule = _schedule(self._optimiser, settings, steps)
        self._generator = torch.Generator(team.device)
        self._parts = 1

    def _new_scaler(self) -> torch.amp.GradScaler:
        half = self._precision is torch.float16
        return torch.amp.GradScaler(self._team.device.type, enabled=half)

    def learn(self, pixels: Tensor, classes: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Learn from a batch; return its loss and its scores (n, output).

        Where memory runs out the batch is computed in halves from then on.

        Raises
        ------
        SettingsError
            If there is not memory enough for a single tile, or on a GPU among several.
        """
        while True:
            try:
                return self._learn(pixels, classes, step)
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
            self._halve(len(pixels))

    def agree(self) -> None:
        """Give all of the team the leader's batch statistics: each has seen its own tiles."""
        for values in cast(nn.Module, self.network).buffers():
            self._team.share(values)

    def state(self) -> dict[str, Any]:
        """Return all that learning goes on from."""
        return {
            "network": cast(nn.Module, self.network).state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "scaler": self._scaler.state_dict(),
            "parts": self._parts,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        cast(nn.Module, self.network).load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        if state["scaler"]:  # empty where the training began in another precision
            self._scaler.load_state_dict(state["scaler"])
        self._parts = state["parts"]

    def _learn(self, pixels: Tensor, classes: Tensor, step: int) -> tuple[Tensor, Tensor]:
        # All that is random in a step follows from seed, process and step: dropout by the one,
        # augmentation by the other.
        seeds = np.random.SeedSequence((self._settings.seed, self._team.rank, step))
        dropout, light = seeds.generate_state(2)
        torch.manual_seed(int(dropout))
        self._generator.manual_seed(int(light))
        cast(nn.Module, self.network).train()
        self._optimiser.zero_grad()
        tiles = augment(pixels.float() / 255, self._settings.augmentation, self._generator)
        tiles = tiles.contiguous(memory_format=torch.channels_last)
        size = -(-len(tiles) // self._parts)
        parts = list(zip(torch.split(tiles, size), torch.split(classes, size), strict=True))
        total, scores = torch.zeros((), device=self._team.device), []
        for number, (part, its_classes) in enumerate(parts, start=1):
            alone = self._team.size == 1 or number == len(parts)
            with nullcontext() if alone else self._called.no_sync():  # type: ignore[operator]
                loss, its_scores = self._loss(part, its_classes)
                share = len(part) / len(tiles)
                self._scaler.scale(loss * share).backward()  # type: ignore[no-untyped-call]
            total += loss.detach() * share
            scores.append(its_scores.detach())
        scale = self._scaler.get_scale()
        self._scaler.step(self._optimiser)
        self._scaler.update()
        if self._scaler.get_scale() >= scale:  # else the step was skipped
            self._schedule.step()
        return total, torch.cat(scores)

    def _loss(self, tiles: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        half = self._precision is not None
        with torch.autocast(tiles.device.type, dtype=self._precision, enabled=half):
            scores = self._called(tiles).flatten(1)  # (n, output)
        loss = functional.cross_entropy(
            scores.float(), classes, label_smoothing=self._settings.label_smoothing
        )
        return loss + self.network.penalty().to(loss.device), scores

    def _halve(self, tiles: int) -> None:
        if self._team.size > 1 or 2 * self._parts > tiles:
            message = "not memory enough on this device; lower --batch, or take a smaller backbone"
            raise SettingsError(message)
        self._parts *= 2
        self._optimiser.zero_grad()
        self._scaler = self._new_scaler()
        if self._team.device.type == "cuda":
            torch.cuda.empty_cache()
        size = -(-tiles // self._parts)
        logger.warning("out of memory: batches of %d tiles go in parts of %d", tiles, size)


def _optimiser(
    network: Network, settings: TrainingSettings, starts_trained: bool
) -> torch.optim.Optimizer:
    backbone, head = list(network.backbone_parameters()), list(network.head_parameters())
    compact = network.stride_px is not None
    rate = settings.learning_rate or (_COMPACT_RATE if compact else _USUAL_RATE)
    groups = [{"params": head, "lr": rate}]
    if backbone:
        factor = settings.backbone_rate if starts_trained else 1
        groups.append({"params": backbone, "lr": rate * factor})
    if settings.optimiser == "adam-amsgrad":
        # eps as in Keras, whose default the original keeps.
        return torch.optim.Adam(groups, amsgrad=True, eps=1e-7)
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


def _schedule(
    optimiser: torch.optim.Optimizer, settings: TrainingSettings, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if settings.optimiser == "adam-amsgrad":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1, total_iters=0)
    if settings.epochs == "auto":
        # The end is not known: rise as one cycle does, then stay.
        epoch = steps // settings.max_epochs
        return torch.optim.lr_scheduler.LinearLR(optimiser, 0.04, 1, epoch)
    highest = [group["lr"] for group in optimiser.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, steps, pct_start=0.2)


def _precision(settings: TrainingSettings, device: torch.device) -> torch.dtype | None:
    if settings.precision == "auto":
        if device.type != "cuda":
            return None
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[settings.precision]


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
