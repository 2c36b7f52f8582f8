"""From labelled tiles to a model."""

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from riverscape.assessment import hold_out
from riverscape.errors import MissingExtraError
from riverscape.progress import SILENT, Progress
from riverscape.settings import Settings
from riverscape.tiles import Model, TileSet

if TYPE_CHECKING:
    from riverscape.tiles.trained import Epoch

__all__ = ["Training", "check_training", "train"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """A trained model and how it came about.

    Attributes
    ----------
    validation
        Names of the images that were kept out to choose the best epoch by.
    """

    model: Model
    history: "tuple[Epoch, ...]"
    best: "Epoch"
    validation: tuple[str, ...]


def check_training() -> None:
    """Check that what training needs is installed.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    if any(find_spec(package) is None for package in ("torch", "onnx", "safetensors")):
        purpose = "training a model"
        raise MissingExtraError(purpose, "train")


def train(
    tiles: TileSet,
    name: str,
    settings: Settings | None = None,
    progress: Progress = SILENT,
    **facts: Any,  # noqa: ANN401
) -> Training:
    """Train a model on the tiles of labelled images.

    Parameters
    ----------
    name
        What the model is called.
    facts
        More of the model's contract: description, licence, citation, bands.

    Raises
    ------
    InputError
        If there are no tiles to train on.
    MissingExtraError
        If PyTorch is not installed.
    """
    check_training()
    from riverscape.tiles.training import fit_network

    settings = settings or Settings()
    chosen = settings.training
    kept, held = hold_out(tiles.images, chosen.validation_share, chosen.seed)
    train_tiles = tiles.of_images(kept)
    for position in np.setdiff1d(tiles.classes, train_tiles.classes):
        logger.warning(
            "every tile of %s is in the images kept out for validation: the model will not know "
            "this class; choose another --seed or --validation-share",
            tiles.scheme.names[position],
        )
    trained = fit_network(train_tiles, tiles.of_images(held), chosen, progress)
    used = {"tile_set": settings.tile_set.model_dump(), "training": chosen.model_dump()}
    return Training(
        trained.bundle(name, train_tiles, held, used, **facts),
        trained.history,
        trained.best,
        tuple(image.name for image in held),
    )
