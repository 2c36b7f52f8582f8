"""What `riverscape train` does with a survey, and what it says of the result."""

import logging
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from riverscape.execution.training import TrainingJob
    from riverscape.settings import Settings
    from riverscape.tiles import TileSet
    from riverscape.workflow import HeldOut
    from riverscape.workflow.cross_validation import Unit

__all__ = ["cross_validate", "show_counts", "train", "tune"]

logger = logging.getLogger(__name__)

_NAMES = 5


def train(job: "TrainingJob", tiles: "TileSet", name: str) -> None:
    """Train a model; say what it reaches and where it is."""
    from riverscape.execution.training import train_survey

    training = train_survey(job, tiles, name)
    if not job.team.leads:
        return
    tuning, best = training.tuning, training.best
    if tuning is not None:
        typer.echo(f"trained on all images for {best.number} epochs, as many as served best on")
        _show_held_out(tuning.held_out)
    elif training.held_out is not None:
        typer.echo(f"epoch {best.number} of {len(training.history)} kept, which served best on")
        _show_held_out(training.held_out)
    speed = training.history[-1]
    typer.echo(
        f"{speed.tiles_per_second:,.0f} tiles a second, {speed.waiting_share:.0%} of the time "
        "waiting for tiles"
    )
    typer.echo(f"model in {job.files.bundle}, its record in {job.files.folder}")


def tune(job: "TrainingJob", tiles: "TileSet") -> None:
    """Find the number of epochs; say which it is."""
    from riverscape.execution.training import tune_survey

    tuning = tune_survey(job, tiles)
    if job.team.leads:
        typer.echo(f"epoch {tuning.best.number} of {len(tuning.history)} served best on")
        _show_held_out(tuning.held_out)
        typer.echo(f"curves, confusion matrix and mistakes in {job.files.folder}")


def cross_validate(job: "TrainingJob", tiles: "TileSet", unit: "Unit") -> None:
    """Leave each river or image out in turn; print the table."""
    from rich.table import Table

    from riverscape.cli.tables import print_table
    from riverscape.execution.training import cross_validate_survey

    folds = cross_validate_survey(job, tiles, unit)
    if not job.team.leads:
        return
    table = Table(box=None, pad_edge=False)
    for column in folds.columns:
        named = {"left_out": f"{unit} left out", "f1_weighted": "F1"}
        table.add_column(
            named.get(column, column), justify="left" if column == "left_out" else "right"
        )
    for _, row in folds.iterrows():
        scores = [f"{value:.4f}" if value == value else "–" for value in row.iloc[3:]]
        table.add_row(row["left_out"], f"{row['epochs']:.0f}", f"{row['tiles']:,.0f}", *scores)
    print_table(table)
    typer.echo(f"folds.csv, confusion matrix and mistakes in {job.files.folder}")


def _show_held_out(held_out: "HeldOut") -> None:
    matrix = held_out.matrix
    scores = ", ".join(f"{one.name} {one.f1:.3f}" for one in matrix.classes if one.support)
    names = ", ".join(held_out.images[:_NAMES])
    more = len(held_out.images) - _NAMES
    names += f" and {more} more" if more > 0 else ""
    typer.echo(f"  {names}, kept out: {matrix.support:,} tiles")
    typer.echo(f"  F1 of tiles {matrix.f1_weighted:.4f} ({scores})")


def show_counts(tiles: "TileSet", settings: "Settings") -> None:
    """Print how many tiles there are of each class and river; warn of classes with few."""
    from rich.table import Table

    from riverscape.cli.tables import print_table

    counts = tiles.counts()
    rivers = sorted({river for by_river in counts.values() for river in by_river})
    table = Table(box=None, pad_edge=False)
    table.add_column("tiles of class")
    for river in rivers:
        table.add_column(river, justify="right")
    for name, by_river in counts.items():
        table.add_row(name, *(f"{by_river[river]:,}" for river in rivers))
        total = sum(by_river.values())
        if total == 0:
            logger.warning("no tile of %s: the model will not know this class", name)
        elif total < settings.tile_set.min_tiles:
            logger.warning("only %d tiles of %s: the model will know it badly", total, name)
    print_table(table)
