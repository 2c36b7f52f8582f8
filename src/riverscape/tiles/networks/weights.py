"""Weights of a backbone out of a file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from riverscape.errors import ModelError

__all__ = ["check_weights", "load_weights"]

_State = Mapping[str, Tensor]
_PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".pkl", ".pickle", ".tar")
_KERAS = (".h5", ".hdf5", ".keras")


def check_weights(path: Path, backbone: str) -> None:
    """Check that a file is of a kind that weights of this backbone are read from.

    Raises
    ------
    ModelError
        If it is not there, or of another kind.

    Examples
    --------
    >>> check_weights(Path("imagenet"), "resnet18")
    Traceback (most recent call last):
        ...
    riverscape.errors.ModelError: imagenet: no such file; --weights takes pretrained, none or a file
    """
    kind = path.suffix.lower()
    message = ""
    if not path.is_file():
        message = f"{path}: no such file; --weights takes pretrained, none or a file"
    elif kind in _PICKLES:
        message = (
            f"{path} is refused: such files can execute code when they are opened. If you trust "
            "its source, convert it in Python: import torch, safetensors.torch as s; "
            f's.save_file(torch.load("{path.name}", weights_only=True), '
            f'"{path.stem}.safetensors")'
        )
    elif kind in _KERAS and backbone != "nasnet_mobile":
        message = f"{path} is of Keras: only nasnet_mobile reads that, {backbone} .safetensors"
    elif kind not in (".safetensors", *_KERAS):
        message = f"{path} is no file of weights: they are in .safetensors, or .h5 of Keras"
    if message:
        raise ModelError(message)


def load_weights(
    network: nn.Module,
    path: Path,
    backbone: str,
    ignored: Sequence[str] = (),
    rename: Callable[[dict[str, Tensor], nn.Module], dict[str, Tensor]] | None = None,
) -> None:
    """Load weights from a .safetensors file, all of them or none.

    Parameters
    ----------
    backbone
        What messages call it.
    ignored
        Modules that the file may hold and the network does not: the classifier, which a head
        takes the place of.
    rename
        Translates names of an older or foreign form, asked where the file's own do not fit.

    Raises
    ------
    ModelError
        If the file is damaged or of another network: nothing is loaded then.
    """
    stored = _read(path)
    state = stored
    if _misfit(network, state, ignored) and rename is not None:
        try:
            state = rename(dict(stored), network)
        except Exception:  # it stumbles over whatever it does not know
            state = stored
    if _misfit(network, state, ignored):
        message = f"{path} holds no weights of {backbone}: {_misfit(network, stored, ignored)}"
        raise ModelError(message)
    own = network.state_dict()
    network.load_state_dict({**own, **{name: state[name] for name in own if name in state}})


def _read(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        message = f"{path} cannot be read as .safetensors: {' '.join(str(error).split())}"
        raise ModelError(message) from error
    return state


def _misfit(network: nn.Module, state: _State, ignored: Sequence[str]) -> str:
    """Return which tensors are missing, unexpected or of another shape; nothing where all fit."""
    own: dict[str, Any] = network.state_dict()
    # How many batches a batch normalisation has seen: not every program keeps it, nor is it used.
    missing = [name for name in own if name not in state and "num_batches_tracked" not in name]
    passed_over = tuple(f"{module}." for module in ignored)
    strange = [name for name in state if name not in own and not name.startswith(passed_over)]
    shapes = [
        f"{name} {tuple(state[name].shape)}, not {tuple(own[name].shape)}"
        for name in own
        if name in state and state[name].shape != own[name].shape
    ]
    parts = {"missing": missing, "unexpected": strange, "of another shape": shapes}
    return "; ".join(
        f"{len(names)} {what} ({', '.join(names[:2])}{', ...' if names[2:] else ''})"
        for what, names in parts.items()
        if names
    )
