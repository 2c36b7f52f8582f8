"""Training curves in TensorBoard."""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from riverscape.errors import MissingExtraError
from riverscape.tiles.epochs import Epoch

__all__ = ["tensorboard_log"]


def tensorboard_log(folder: Path) -> Callable[[str, Epoch], None]:
    """Return what `Oversight.on_epoch` calls to write each stage's epochs as a TensorBoard run.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        purpose = "logging to TensorBoard"
        raise MissingExtraError(purpose, "tensorboard") from error

    def log(stage: str, epoch: Epoch) -> None:
        # Opened and closed each time, so that what is done is on disk if the training breaks.
        writer = SummaryWriter(str(folder / "-".join(stage.split())))
        for name, value in asdict(epoch).items():
            if name != "number" and not math.isnan(value):
                writer.add_scalar(name, value, epoch.number)
        writer.close()

    return log
