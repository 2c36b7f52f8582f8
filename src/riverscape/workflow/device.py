"""What the network computes on, where a graphics card was asked for."""

import logging

from riverscape.tiles import Model

__all__ = ["note_device"]

logger = logging.getLogger(__name__)


def note_device(model: Model) -> None:
    """Warn where a model was to compute on a graphics card of this machine and cannot."""
    if model.device == "gpu" and model.computes_on == "cpu":
        logger.warning(
            "ONNX Runtime can use no graphics card here (it takes onnxruntime-gpu in place of "
            "onnxruntime, and NVIDIA's driver): phase 1 computes on the processor"
        )
