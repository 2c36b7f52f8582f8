"""Opening a network in ONNX Runtime."""

from typing import Any

import onnxruntime

from riverscape.errors import ModelError

__all__ = ["open_session"]


def open_session(network: bytes) -> Any:  # noqa: ANN401
    """Open a network, the content of an ONNX file.

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
    try:
        return onnxruntime.InferenceSession(
            network, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises its own, unrelated kinds
        message = f"network.onnx is no network that ONNX Runtime can run: {error}"
        raise ModelError(" ".join(message.split())) from error
