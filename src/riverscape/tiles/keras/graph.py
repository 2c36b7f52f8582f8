"""The ONNX of a network of Keras, in the form that ONNX Runtime makes the most of."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

from riverscape.tiles.agreement import check_agreement
from riverscape.tiles.export import onnx_of
from riverscape.tiles.keras.network import KerasNetwork
from riverscape.tiles.networks import Network
from riverscape.tiles.session import open_session

__all__ = ["lean_onnx"]


def lean_onnx(network: KerasNetwork) -> bytes:
    """Return a network of Keras as ONNX: scaled pixels of tiles in, probabilities out.

    What PyTorch exports of it is three times too long: constants not worked out yet, axes turned
    from Keras's order and back at each layer, and batch normalisations as three steps, the first
    of which, a subtraction, ONNX Runtime does not draw into the convolution before.

    Raises
    ------
    ModelError
        If it cannot be exported, or the export answers otherwise than Keras does.
    """
    # Exporting asks no more of a network than this one has.
    exportable = cast(Network, network)
    graph = _worked_out(onnx_of(exportable))
    _add_for_subtract(graph.graph)
    used = {node.domain for node in graph.graph.node}
    versions = [version for version in graph.opset_import if version.domain in used]
    del graph.opset_import[:]
    graph.opset_import.extend(versions)
    written: bytes = graph.SerializeToString()
    session = open_session(written)

    def answer(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        (probabilities,) = session.run(None, {"pixels": pixels})
        return np.asarray(probabilities)

    check_agreement(exportable, answer, "its ONNX export")
    return written


def _worked_out(network: bytes) -> Any:  # noqa: ANN401
    """Return the graph after the steps of ONNX Runtime that hold on any machine."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    with TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        options.optimized_model_filepath = str(file)
        onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        return onnx.load(file)


def _add_for_subtract(graph: Any) -> None:  # noqa: ANN401
    constants = {constant.name: constant for constant in graph.initializer}
    users = [name for node in graph.node for name in node.input]
    for node in graph.node:
        if node.op_type != "Sub":
            continue
        constant = constants.get(node.input[1])
        if constant is not None and users.count(constant.name) == 1:
            node.op_type = "Add"
            negative = numpy_helper.from_array(-numpy_helper.to_array(constant), constant.name)
            constant.CopyFrom(negative)
