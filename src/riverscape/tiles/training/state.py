"""How far a training is, and the file that keeps it."""

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from riverscape.errors import OutputError
from riverscape.outputs import whole_file
from riverscape.tiles.epochs import Epoch, best_epoch
from riverscape.tiles.networks import Network
from riverscape.tiles.training.learner import Learner
from riverscape.tiles.training.tally import Tally

__all__ = ["State", "read_checkpoint", "write_checkpoint"]


@dataclass
class State:
    """How far a training is: steps done, epochs done, and what the running epoch holds so far.

    Attributes
    ----------
    best
        The weights of the best epoch so far.
    loss
        Sum of the losses of the running epoch, on the device.
    tally
        Hits of the running epoch.
    seconds, waited
        Spent in the running epoch, and of that waiting for tiles.
    """

    loss: Tensor
    tally: Tally
    step: int = 0
    history: list[Epoch] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    waited: float = 0.0

    def end_epoch(self, network: Network, epoch: Epoch) -> None:
        """Enter an epoch that is done, keep its weights if it is the best, and begin the next."""
        self.history.append(epoch)
        if best_epoch(self.history) is epoch:
            weights = cast(nn.Module, network).state_dict()
            self.best = {name: value.detach().clone() for name, value in weights.items()}
        self.loss.zero_()
        self.tally.sums.zero_()
        self.seconds = self.waited = 0.0


def write_checkpoint(path: Path, identity: str, state: State, learner: Learner) -> None:
    """Write a training's state, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    content = {
        "identity": identity,
        "learner": learner.state(),
        "loss": state.loss,
        "tally": state.tally.sums,
        "step": state.step,
        "history": [asdict(epoch) for epoch in state.history],
        "best": state.best,
        "seconds": state.seconds,
        "waited": state.waited,
    }
    # To memory first: on a full disk torch says something else than that it is full.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with whole_file(path) as aside:
        aside.write_bytes(buffer.getbuffer())


def read_checkpoint(path: Path, identity: str, state: State, learner: Learner) -> None:
    """Go on from the state in a file; without the file, from the beginning.

    Raises
    ------
    OutputError
        If the file is damaged or of another training.
    """
    if not path.exists():
        return
    try:
        # weights_only: nothing in the file is executed. What is wanted on the device goes there
        # when it is taken over; the optimiser's step counts must stay here.
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        same = content["identity"] == identity
    except Exception as error:  # torch raises many kinds
        message = f"{path} is damaged; add --overwrite to begin anew"
        raise OutputError(message) from error
    if not same:
        message = (
            f"{path} is of a training on other tiles or with other settings; "
            "add --overwrite to begin anew"
        )
        raise OutputError(message)
    learner.restore(content["learner"])
    state.loss.copy_(content["loss"])
    state.tally.sums.copy_(content["tally"])
    state.step, state.best = content["step"], content["best"]
    state.history = [Epoch(**epoch) for epoch in content["history"]]
    state.seconds, state.waited = content["seconds"], content["waited"]
