"""The one place where a network becomes ONNX or TorchScript."""

import copy
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.tiles.agreement import check_agreement, trial_windows
from riverscape.tiles.networks import Network
from riverscape.tiles.session import open_session

__all__ = ["onnx_of", "torchscript_of"]

# ONNX Runtime 1.19, the oldest that is supported, knows it, and so does most other software.
_OPSET = 17


def onnx_of(network: Network) -> bytes:
    """Return a network as ONNX: pixels 0..1 in, probabilities out.

    Any number of tiles at once, and windows of any size where the network takes them
    (`stride_px`). ONNX Runtime answers as PyTorch does: that is checked each time.

    Raises
    ------
    ModelError
        If PyTorch cannot export it, or the export answers otherwise.

    Examples
    --------
    >>> from riverscape.tiles.networks import CompactCNN
    >>> session = open_session(onnx_of(CompactCNN(bands=3, outputs=5, tile_px=50)))
    >>> session.get_inputs()[0].shape, session.get_outputs()[0].shape
    (['n', 3, 'row', 'col'], ['n', 5, 'tile_row', 'tile_col'])
    """
    still = _still(network)
    free = {"pixels": {0: "n"}, "probabilities": {0: "n"}}
    if network.stride_px is not None:
        free["pixels"] |= {2: "row", 3: "col"}
        free["probabilities"] |= {2: "tile_row", 3: "tile_col"}
    with _exporting("ONNX"), TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        torch.onnx.export(
            _with_softmax(still),
            (_traced_tiles(still),),
            file,
            # The other exporter writes through one more package and needs shapes spelled out;
            # this one takes every backbone as it is, and what it wrote is checked below.
            dynamo=False,
            opset_version=_OPSET,
            input_names=["pixels"],
            output_names=["probabilities"],
            dynamic_axes=free,
        )
        written = file.read_bytes()
    session = open_session(written)

    def answer(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        (probabilities,) = session.run(None, {"pixels": pixels})
        return np.asarray(probabilities)

    check_agreement(still, answer, "its ONNX export")
    return written


def torchscript_of(network: Network, contract_json: str = "") -> bytes:
    """Return a network as TorchScript: pixels 0..1 in, probabilities out, as in `onnx_of`.

    Parameters
    ----------
    contract_json
        Goes into the file as ``model.json``: what the network expects and answers.

    Raises
    ------
    ModelError
        If PyTorch cannot export it, or the export answers otherwise.
    """
    still = _still(network)
    file = io.BytesIO()
    with _exporting("TorchScript"), torch.no_grad():
        tiles, module = _traced_tiles(still), _with_softmax(still)
        script = torch.jit.trace(module, tiles)  # type: ignore[no-untyped-call]
        torch.jit.save(script, file, _extra_files={"model.json": contract_json})
        read = torch.jit.load(io.BytesIO(file.getvalue()))  # type: ignore[no-untyped-call]

    def answer(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            return np.asarray(read(torch.from_numpy(pixels)))

    check_agreement(still, answer, "its TorchScript export")
    return file.getvalue()


def _still(network: Network) -> Network:
    """Return a copy for prediction, on the processor; the network itself may go on learning."""
    copied = copy.deepcopy(network)
    cast(nn.Module, copied).cpu().eval()
    return copied


def _traced_tiles(network: Network) -> Tensor:
    """Return tiles for the exporter to follow through the network.

    They are fewer than are compared later: if it took their number for a constant, that shows.
    """
    return next(trial_windows(network))[:2]


def _with_softmax(network: Network) -> nn.Module:
    return nn.Sequential(cast(nn.Module, network), nn.Softmax(dim=1)).eval()


@contextmanager
def _exporting(form: str) -> Iterator[None]:
    """Tell what goes wrong in one line, and keep the exporters' warnings to themselves."""
    with warnings.catch_warnings():
        # They warn of their own retirement and of what they hold constant; a constant that
        # should not be one shows when the answers are compared.
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception as error:  # PyTorch raises many unrelated kinds
            text = " ".join(str(error).split())[:300]
            message = f"PyTorch cannot export this network as {form}: {text}"
            raise ModelError(message) from error
