"""From labelled tiles to a model."""

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from riverscape.errors import InputError, MissingExtraError
from riverscape.imagery.settings import ImageSettings
from riverscape.labels import LabelledImage
from riverscape.settings import Settings
from riverscape.tiles import Epoch, Model, Oversight, TileSet
from riverscape.workflow.held_out import MISTAKES, HeldOut, examined, plain_tiles, split_images

if TYPE_CHECKING:
    from riverscape.tiles.trained import Trained
    from riverscape.tiles.training import Team

__all__ = ["Training", "Tuning", "check_training", "fit", "held_out_of", "train", "tune"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tuning:
    """How many epochs serve best, and how the network of the best epoch does."""

    history: tuple[Epoch, ...]
    best: Epoch
    held_out: HeldOut


@dataclass(frozen=True)
class Training:
    """A trained model and how it came about.

    Attributes
    ----------
    held_out
        How it does on the images kept out to choose the best epoch by; None where none were.
    tuning
        The tuning run that found the number of epochs, where it was to be found.
    """

    model: Model
    history: tuple[Epoch, ...]
    best: Epoch
    held_out: HeldOut | None
    tuning: Tuning | None = None

    @property
    def validation(self) -> tuple[str, ...]:
        """Names of the images that were kept out of the model's training."""
        return self.held_out.images if self.held_out else ()


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
    start_from: Model | None = None,
    oversight: Oversight | None = None,
    team: "Team | None" = None,
    **facts: Any,  # noqa: ANN401
) -> Training:
    """Train a model on the tiles of labelled images.

    With ``epochs = "auto"`` the number of epochs is found first, on images kept out; then the
    model is trained anew, on all images, for that number.

    Parameters
    ----------
    name
        What the model is called.
    start_from
        A model to go on from; it may have other classes or bands.
    team
        This process's place among several that train together; alone without it.
    facts
        More of the model's contract: description, licence, citation, bands.

    Raises
    ------
    InputError
        If there are no tiles to train on, or no image to keep out where one is needed.
    MissingExtraError
        If PyTorch is not installed.
    ModelError
        If the weights to start from cannot be had.
    TrainingStoppedError
        If SIGINT or SIGTERM came.
    """
    settings = settings or Settings()
    oversight = oversight or Oversight()
    chosen, tuning = settings.training, None
    if chosen.epochs == "auto":
        tuning = tune(tiles, settings, start_from, oversight, team)
        found = {"epochs": tuning.best.number, "validation_share": 0}
        chosen = chosen.model_copy(update=found)
        settings = settings.model_copy(update={"training": chosen})
    kept, out = split_images(tiles, chosen)
    if chosen.validation_share and not out:
        logger.warning("there is nothing to keep out, so nothing says which epoch is best")
    _warn_of_known_images(start_from, out)
    trained = fit(tiles, kept, out, settings, start_from, oversight, team)
    used = settings.model_dump(include={"tile_set", "network", "training"})
    if settings.image != ImageSettings():
        used["image"] = settings.image.model_dump()
    if start_from is not None:
        used["start_from"] = {"name": start_from.contract.name, "sha256": start_from.sha256}
    model = trained.bundle(name, settings.network, tiles.of_images(kept), out, used, **facts)
    held_out = held_out_of(trained, tiles, out, settings) if out else None
    return Training(model, trained.history, trained.best, held_out, tuning)


def tune(
    tiles: TileSet,
    settings: Settings,
    start_from: Model | None = None,
    oversight: Oversight | None = None,
    team: "Team | None" = None,
    name: str = "tuning",
) -> Tuning:
    """Find how many epochs serve best, on images kept out of training.

    Raises
    ------
    InputError
        If there is no image to keep out.
    """
    kept, out = split_images(tiles, settings.training)
    if not out:
        what = "river" if settings.training.hold_out == "river" else "image"
        message = (
            f"finding the number of epochs keeps a {what} out: it needs two {what}s or more "
            "and a validation share above 0; or state --epochs"
        )
        raise InputError(message)
    watched = oversight or Oversight()
    trained = fit(tiles, kept, out, settings, start_from, watched, team, name)
    return Tuning(trained.history, trained.best, held_out_of(trained, tiles, out, settings))


def fit(
    tiles: TileSet,
    kept: list[LabelledImage],
    out: list[LabelledImage],
    settings: Settings,
    start_from: Model | None,
    oversight: Oversight,
    team: "Team | None",
    name: str = "training",
) -> "Trained":
    """Train a network on the tiles of some images, checked against those of others."""
    check_training()
    from riverscape.tiles.training import Course, begin_network, fit_network, join_team

    chosen = settings.training
    train_tiles = tiles.of_images(kept)
    _warn_of_lost_classes(tiles, train_tiles)
    network, starts_trained = begin_network(train_tiles, settings.network, chosen.seed, start_from)
    course = Course(
        train_tiles,
        tiles.of_images(out),
        chosen,
        name,
        starts_trained,
        settings.network.model_dump_json() + (start_from.sha256 if start_from else ""),
    )
    if team is not None:
        return fit_network(network, course, oversight, team)
    with join_team(chosen.device) as alone:
        return fit_network(network, course, oversight, alone)


def held_out_of(
    trained: "Trained",
    tiles: TileSet,
    out: list[LabelledImage],
    settings: Settings,
    mistakes_limit: int = MISTAKES,
) -> HeldOut:
    """Return how a network does on images that it was not trained on."""
    from riverscape.tiles.training import tile_probabilities

    held = plain_tiles(tiles, out, settings.tile_set)
    return examined(held, tile_probabilities(trained.network, held), mistakes_limit)


def _warn_of_known_images(start_from: Model | None, out: list[LabelledImage]) -> None:
    known = set(start_from.contract.training.get("images", [])) if start_from else set()
    if start_from and known & {image.name for image in out}:
        logger.warning(
            "%s was trained on some of the images kept out: their scores will be too good",
            start_from.contract.name,
        )


def _warn_of_lost_classes(tiles: TileSet, train_tiles: TileSet) -> None:
    for position in np.setdiff1d(tiles.classes, train_tiles.classes):
        logger.warning(
            "every tile of %s is in the images kept out for validation: the model will not know "
            "this class; choose another --seed or --validation-share",
            tiles.scheme.names[position],
        )
