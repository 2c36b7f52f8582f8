"""A network of Keras, rebuilt on PyTorch. Needs Keras 3."""

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.tiles.keras.config import is_channels_first
from riverscape.tiles.keras.file import KerasFile

__all__ = ["KerasNetwork", "keras_on_pytorch", "rebuild"]


class KerasNetwork(nn.Module):
    """A network of Keras that takes tiles in the order of axes of riverscape.

    Parameters
    ----------
    model
        The model of Keras, its last softmax taken off.
    tile_px
        Side of its tiles, where the model leaves the size open.

    Raises
    ------
    ModelError
        If it does not take square images with bands, or answers more than scores of classes.
    """

    stride_px = None

    def __init__(self, model: Any, file: KerasFile, tile_px: int | None = None) -> None:  # noqa: ANN401
        super().__init__()
        self.model, self.path = model, file.path
        self.channels_first = is_channels_first(file.config)
        shape, answer = model.input_shape, model.output_shape
        if len(shape) != 4:
            message = f"{file.path} takes {shape}, which is no image (n, row, col, band)"
            raise ModelError(message)
        *sides, bands = (*shape[2:], shape[1]) if self.channels_first else shape[1:]
        if not bands:
            message = f"{file.path} does not say how many bands an image has"
            raise ModelError(message)
        if len(answer) != 2 or not answer[1]:
            message = f"{file.path} answers {answer}, not one score for each class of a tile"
            raise ModelError(message)
        self.bands, self.outputs = int(bands), int(answer[1])
        self.tile_px = self._side(sides, tile_px)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return class scores (n, output) of scaled pixels (n, band, row, col)."""
        pixels = pixels if self.channels_first else pixels.permute(0, 2, 3, 1)
        scores: Tensor = self.model(pixels, training=False)
        return scores

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # It never learns, so whoever asks for a copy that stays as it is may have itself; Keras
        # would write and read the whole model.
        return self

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return the weights by the names of their layers in Keras."""
        return dict(_weights(self.model, ""))

    def _side(self, sides: list[int | None], tile_px: int | None) -> int:
        stated = {side for side in sides if side}
        if len(stated) > 1:
            message = f"{self.path} takes tiles of {sides[0]} x {sides[1]} px; they must be square"
            raise ModelError(message)
        if not stated and tile_px is None:
            message = f"{self.path} leaves the size of tiles open: state it with --tile"
            raise ModelError(message)
        if stated and tile_px is not None and stated != {tile_px}:
            message = f"{self.path} takes tiles of {stated.pop()} px, not of {tile_px}"
            raise ModelError(message)
        return stated.pop() if stated else int(tile_px or 0)


def rebuild(file: KerasFile, tile_px: int | None = None) -> KerasNetwork:
    """Build the network of a file that was checked, with its weights, on the processor.

    Raises
    ------
    ModelError
        If Keras cannot build it, or it takes no square tiles.
    """
    keras = keras_on_pytorch()
    with TemporaryDirectory() as folder, warnings.catch_warnings(), keras.device("cpu"):
        # Keras warns of its own older ways of saving, which is what is read here.
        warnings.simplefilter("ignore")
        try:
            copy = file.write(Path(folder))
            model = keras.models.load_model(copy, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises many unrelated kinds
            text = " ".join(str(error).split())
            message = f"{file.path} cannot be rebuilt by Keras {keras.__version__}: {text[:300]}"
            raise ModelError(message) from error
        _check_order(model, file)
        return KerasNetwork(model, file, tile_px).eval()


def keras_on_pytorch() -> Any:  # noqa: ANN401
    """Import Keras so that it runs on PyTorch.

    Neither the environment nor a person's own settings of Keras are changed or heeded.

    Raises
    ------
    ModelError
        If Keras runs on something else in this process already.
    """
    if "keras" not in sys.modules:
        with TemporaryDirectory() as home, _environment(KERAS_BACKEND="torch", KERAS_HOME=home):
            import keras
    import keras

    if keras.config.backend() != "torch":
        message = (
            f"Keras runs on {keras.config.backend()} in this process; import the model in a new "
            "one, in which riverscape can choose PyTorch"
        )
        raise ModelError(message)
    return keras


def _check_order(model: Any, file: KerasFile) -> None:  # noqa: ANN401
    """Check that weights which Keras takes in by their order are those of the same name.

    Gamma and moving variance have the same shape: in another order they would pass unseen.
    """
    for layer in model.layers:
        variables = (*layer.trainable_weights, *layer.non_trainable_weights)
        saved = file.weight_names.get(layer.name, ())
        for variable, name in zip(variables, saved, strict=False):
            # Keras 3 calls depthwise_kernel kernel; TensorFlow numbers what it meets again.
            if not re.sub(r"(_\d+)?(:\d+)?$", "", name).endswith(variable.name):
                message = (
                    f"{file.path} cannot be rebuilt: in {layer.name} it has {name} where this "
                    f"version of Keras has {variable.path}"
                )
                raise ModelError(message)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the packages that Keras imports
            yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _weights(model: Any, prefix: str) -> Iterator[tuple[str, NDArray[Any]]]:  # noqa: ANN401
    for layer in model.layers:
        place = f"{prefix}{layer.name}/"
        if hasattr(layer, "layers"):
            yield from _weights(layer, place)
        else:
            for variable in layer.weights:
                array = variable.value.detach().numpy()
                yield f"{place}{variable.name}", np.ascontiguousarray(array)
