"""A network in numbers of 8 bits: smaller, faster where the processor has instructions for it.

Needs the onnx package.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from riverscape.errors import ModelError
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.prediction import mirrored
from riverscape.tiles.session import open_session

__all__ = ["calibration_windows", "quantised_onnx"]

_SETTINGS: dict[str, Any] = {
    "quant_format": QuantFormat.QDQ,
    # Where the time goes. Other layers lose more than they gain: norms, softmax, means.
    "op_types_to_quantize": ["Conv", "Gemm", "MatMul", "Relu", "Clip"],
    "per_channel": True,
    "activation_type": QuantType.QUInt8,
    "weight_type": QuantType.QInt8,
    # Weights of 7 bits: on processors without VNNI sums of 8 by 8 bits overflow, and the network
    # would answer otherwise there than where it was measured.
    "reduce_range": True,
    # A few numbers far out would else coarsen all others: with the full range F1 of a compact
    # network fell by 0.015 on a photograph, with this by 0.001.
    "calibrate_method": CalibrationMethod.Percentile,
    # One array at a time, so that memory does not grow with their number.
    "extra_options": {"CalibPercentile": 99.99, "CalibStridedMinMax": 1},
}


def calibration_windows(
    pixels: NDArray[Any], contract: ModelContract, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw windows of an image to calibrate by: (n, band, row, col), scaled by the contract.

    They are tiles, or squares of twice that side where the network takes them.

    Parameters
    ----------
    pixels
        The image, (band, row, col). An image smaller than a tile is mirrored at its edges.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> pixels = np.full((3, 120, 90), 255, np.uint8)
    >>> contract = load_model("ste-marguerite").contract
    >>> windows = calibration_windows(pixels, contract, 4, np.random.default_rng(0))
    >>> windows.shape, float(windows.max())
    ((4, 3, 100, 90), 1.0)
    """
    pixels = mirrored(pixels, contract.tile_px)
    side_px = contract.tile_px * (2 if contract.network_stride_px else 1)
    height_px, width_px = (min(side_px, length) for length in pixels.shape[1:])
    rows = rng.integers(pixels.shape[1] - height_px + 1, size=count)
    cols = rng.integers(pixels.shape[2] - width_px + 1, size=count)
    places = zip(rows, cols, strict=True)
    return contract.scaled(
        np.stack([pixels[:, row : row + height_px, col : col + width_px] for row, col in places])
    )


def quantised_onnx(network: bytes, windows: Sequence[NDArray[np.float32]]) -> bytes:
    """Return a network, the content of an ONNX file, with layers that compute in 8 bits.

    Parameters
    ----------
    windows
        What it sees in use, (n, band, row, col) each: the range of each layer's numbers is
        taken from it.

    Raises
    ------
    ModelError
        If ONNX Runtime cannot quantise it.
    """
    name = open_session(network).get_inputs()[0].name
    # ONNX Runtime prints how far it is; stdout belongs to results.
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        given, prepared, written = (Path(folder) / f"{step}.onnx" for step in "abc")
        given.write_bytes(network)
        try:
            # ONNX's own inference of shapes is enough; the symbolic one stumbles over NASNet.
            quant_pre_process(given, prepared, skip_symbolic_shape=True)
            kept = _seeing_pixels(prepared)
            quantize_static(
                prepared, written, _Reader(name, windows), nodes_to_exclude=kept, **_SETTINGS
            )
        except Exception as error:  # onnxruntime and onnx raise their own, unrelated kinds
            text = " ".join(str(error).split())
            message = f"ONNX Runtime cannot quantise this network: {text}"
            raise ModelError(message) from error
        return written.read_bytes()


def _seeing_pixels(network: Path) -> list[str]:
    """Return the name of the convolution that sees the pixels themselves: it stays in float.

    Of the bundled model's answers on photographs that it was not calibrated by 0.36 per cent are
    of another class so, 0.52 with that layer in 8 bits too; phase 1 takes half of its time in
    float instead of 0.4.
    """
    nodes = onnx.load(network, load_external_data=False).graph.node
    return [node.name for node in nodes if node.op_type == "Conv"][:1]


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands windows to ONNX Runtime, one array after the other."""

    def __init__(self, name: str, windows: Sequence[NDArray[np.float32]]) -> None:
        self._name, self._windows = name, windows
        self.set_range(0, len(windows))

    def __len__(self) -> int:
        return len(self._windows)

    def set_range(self, start_index: int, end_index: int) -> None:
        """Hand out these windows alone, from the first of them on."""
        self._left = iter(self._windows[start_index:end_index])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the next input, None after the last."""
        window = next(self._left, None)
        return None if window is None else {self._name: window}
