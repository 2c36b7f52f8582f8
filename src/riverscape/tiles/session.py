"""Opening a network in ONNX Runtime, on the processor or on a graphics card."""

from contextlib import suppress
from typing import Any, Literal

import onnxruntime

from riverscape.errors import ModelError

__all__ = ["Device", "computes_on", "has_gpu", "open_session", "providers"]

Device = Literal["cpu", "gpu"]
"""What a network computes on."""

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# Windows come in a few shapes: trying every algorithm out for each takes longer than it gains. And
# sums in the 10 bits of TF32 would differ from a processor's by more than their order does.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}


def has_gpu() -> bool:
    """Return whether ONNX Runtime was built for graphics cards; there may be none all the same."""
    return _CUDA in onnxruntime.get_available_providers()


def providers(device: Device) -> list[Any]:
    """Return what ONNX Runtime is to compute on, the best first; the processor is always left.

    Examples
    --------
    >>> providers("cpu")
    ['CPUExecutionProvider']
    """
    if device == "gpu" and has_gpu():
        return [(_CUDA, _CUDA_OPTIONS), _CPU]
    return [_CPU]


def computes_on(session: Any) -> Device:  # noqa: ANN401
    """Return what an open network computes on."""
    return "gpu" if session.get_providers()[0] == _CUDA else "cpu"


def open_session(network: bytes, device: Device = "cpu") -> Any:  # noqa: ANN401
    """Open a network, the content of an ONNX file.

    Where it is to compute on a graphics card and there is none that can be used, it computes on
    the processor: `computes_on` tells.

    Raises
    ------
    ModelError
        If ONNX Runtime cannot run it.
    """
    options = onnxruntime.SessionOptions()
    # One thread to a call: windows are what is spread over threads, so that the bytes of a map
    # do not depend on their number.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    wanted = providers(device)
    if len(wanted) > 1:
        with suppress(Exception):  # a card or its libraries that cannot be used
            return onnxruntime.InferenceSession(
                network, sess_options=options, providers=wanted, enable_fallback=0
            )
    try:
        return onnxruntime.InferenceSession(network, sess_options=options, providers=[_CPU])
    except Exception as error:  # onnxruntime raises its own, unrelated kinds
        message = f"network.onnx is no network that ONNX Runtime can run: {error}"
        raise ModelError(" ".join(message.split())) from error
