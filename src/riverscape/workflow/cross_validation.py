"""Cross-validation: each river, or each image, is left out of training once and then scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from riverscape.assessment import ConfusionMatrix
from riverscape.errors import InputError
from riverscape.labels import LabelledImage
from riverscape.settings import Settings
from riverscape.tiles import Model, Oversight, TileSet
from riverscape.workflow.held_out import MISTAKES, HeldOut
from riverscape.workflow.training import fit, held_out_of, tune

if TYPE_CHECKING:
    import pandas as pd

    from riverscape.tiles.training import Team

__all__ = ["Fold", "Unit", "cross_validate", "folds_table", "total_matrix"]

Unit = Literal["river", "image"]


@dataclass(frozen=True)
class Fold:
    """What was left out of a training, and how the network does on its tiles."""

    left_out: str
    epochs: int
    held_out: HeldOut


def cross_validate(
    tiles: TileSet,
    unit: Unit,
    settings: Settings,
    start_from: Model | None = None,
    oversight: Oversight | None = None,
    team: "Team | None" = None,
    on_fold: Callable[[Fold], None] = lambda _fold: None,
) -> list[Fold]:
    """Leave each river or image out in turn, train on all others, and score what was left out.

    The last epoch is kept, so nothing is chosen by what is scored; with ``epochs = "auto"`` the
    number of epochs is found within the others, for each fold anew.

    Parameters
    ----------
    on_fold
        Called after each fold.

    Raises
    ------
    InputError
        If there is nothing to leave out.
    """
    oversight = oversight or Oversight()
    groups = _groups(tiles, unit)
    if len(groups) < 2:
        message = f"leaving one {unit} out needs two {unit}s or more; here is {len(groups)}"
        raise InputError(message)
    limit = max(2, 3 * MISTAKES // len(groups))
    folds = []
    for name, out in groups.items():
        kept = [image for image in tiles.images if image not in out]
        chosen = settings.training.model_copy(update={"validation_share": 0})
        if chosen.epochs == "auto":
            others = tiles.of_images(kept)
            stage = f"tuning without {name}"
            best = tune(others, settings, start_from, oversight, team, stage).best
            chosen = chosen.model_copy(update={"epochs": best.number})
        fixed = settings.model_copy(update={"training": chosen})
        trained = fit(tiles, kept, [], fixed, start_from, oversight, team, name=f"left out: {name}")
        held_out = held_out_of(trained, tiles, out, settings, limit)
        folds.append(Fold(name, len(trained.history), held_out))
        on_fold(folds[-1])
    return folds


def folds_table(folds: Sequence[Fold]) -> "pd.DataFrame":
    """Return a row for each fold: what was left out, epochs, tiles, weighted F1, F1 by class.

    A class that the fold's labels do not hold has no score there; the last row is the mean.
    """
    rows = []
    for fold in folds:
        matrix = fold.held_out.matrix
        scores = {
            score.name: score.f1 if score.support else float("nan") for score in matrix.classes
        }
        head = {"left_out": fold.left_out, "epochs": fold.epochs, "tiles": matrix.support}
        rows.append({**head, "f1_weighted": matrix.f1_weighted, **scores})
    import pandas as pd

    table = pd.DataFrame(rows)
    means = table.drop(columns=["left_out"]).mean(axis=0)
    means["epochs"] = round(means["epochs"])
    means["tiles"] = table["tiles"].sum()
    return pd.concat([table, pd.DataFrame([{"left_out": "mean", **means}])], ignore_index=True)


def total_matrix(folds: Sequence[Fold]) -> ConfusionMatrix:
    """Return the tiles of all folds by labelled and predicted class."""
    total = folds[0].held_out.matrix
    for fold in folds[1:]:
        total = total + fold.held_out.matrix
    return total


def _groups(tiles: TileSet, unit: Unit) -> dict[str, list[LabelledImage]]:
    groups: dict[str, list[LabelledImage]] = {}
    for image in tiles.images:
        groups.setdefault(image.river if unit == "river" else image.name, []).append(image)
    return groups
