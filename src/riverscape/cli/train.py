"""`riverscape train`."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.execution.training import OnEpoch, TrainingJob
    from riverscape.labels import ClassScheme
    from riverscape.settings import Settings
    from riverscape.tiles import Model, TileSet
    from riverscape.workflow import HeldOut
    from riverscape.workflow.cross_validation import Unit

__all__ = ["register"]

logger = logging.getLogger(__name__)

_EXAMPLES = """
Examples:

    riverscape train survey/ --out my-model/

    riverscape train survey/ --out my-model/ --epochs auto

    riverscape train survey/ --out check/ --cross-validate river

    riverscape train survey/ --out my-model/ --backbone convnext_tiny --weights convnext.safetensors

    riverscape train mine/ --out mine-model/ --from ste-marguerite

Beside MODEL a folder MODEL_training keeps the record: train.json, curves, and where images were
kept out the confusion matrix and the most certain mistakes, which is where wrong labels show.

Training needs PyTorch: pip install "riverscape[train]". Several GPUs:
torchrun --nproc-per-node 4 -m riverscape train ...
"""


class _Preset(StrEnum):
    published = "published"


class _Head(StrEnum):
    linear = "linear"
    published = "published"


class _Freeze(StrEnum):
    none = "none"
    partial = "partial"
    backbone = "backbone"


class _Unit(StrEnum):
    river = "river"
    image = "image"


class _Precision(StrEnum):
    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


def _epochs(text: str | None) -> str | None:
    if text is not None and text != "auto" and not (text.isdecimal() and int(text) > 0):
        message = f"{text!r} is neither auto nor a number of epochs"
        raise typer.BadParameter(message)
    return text


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("train", epilog=_EXAMPLES)(_train)


_TILES, _NETWORK, _LEARNING = "Tiles", "Network", "Learning"
_CHECKING, _MACHINE = "Checking", "Where and how it runs"


def _train(
    sources: options.Sources,
    out: Annotated[Path, typer.Option(metavar="MODEL", help="Where the model bundle goes.")],
    name: Annotated[
        str | None, typer.Option(help="What the model is called; the name of --out without it.")
    ] = None,
    labels: options.Labels = None,
    classes: options.Classes = None,
    preset: Annotated[
        _Preset | None,
        typer.Option(help="published: phase 1 as the method's authors trained it."),
    ] = None,
    tile: Annotated[
        int | None, typer.Option(metavar="PX", help="Side of a tile; 50.", rich_help_panel=_TILES)
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Distance between tiles; 25.", rich_help_panel=_TILES),
    ] = None,
    purity: Annotated[
        float | None,
        typer.Option(
            help="Least share of a tile that its class covers; 0.9.", rich_help_panel=_TILES
        ),
    ] = None,
    split_classes_by_river: Annotated[
        bool | None,
        typer.Option(
            "--split-classes-by-river",
            help="Train each river's classes apart and fold them back.",
            rich_help_panel=_TILES,
        ),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            help="compact, nasnet_mobile or a timm backbone: riverscape models list --backbones.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="pretrained|none|FILE",
            help="What a backbone starts from; pretrained.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    head: Annotated[
        _Head | None,
        typer.Option(help="What follows the backbone; linear.", rich_help_panel=_NETWORK),
    ] = None,
    freeze: Annotated[
        _Freeze | None,
        typer.Option(help="What of the backbone does not learn; none.", rich_help_panel=_NETWORK),
    ] = None,
    start_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|MODEL",
            help="Go on from a model; classes and bands may differ.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    epochs: Annotated[
        str | None,
        typer.Option(
            callback=_epochs,
            metavar="auto|N",
            help="Epochs; 8. auto: as many as serve images kept out, then anew on all.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="auto stops after so many epochs without a better one; 5.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    target_accuracy: Annotated[
        float | None,
        typer.Option(
            help="auto stops where images kept out reach this, 0..1.", rich_help_panel=_LEARNING
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(metavar="TILES", help="Tiles of a batch; 256.", rich_help_panel=_LEARNING),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="0.004 for compact, 0.001 for others.", rich_help_panel=_LEARNING),
    ] = None,
    augmentation: Annotated[
        bool | None,
        typer.Option(
            "--augmentation/--no-augmentation",
            help="Show tiles turned and in other light; yes.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Same seed, same network.", rich_help_panel=_LEARNING)
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(
            help="Share of images kept out to choose the best epoch; 0.2. 0: the last.",
            rich_help_panel=_CHECKING,
        ),
    ] = None,
    hold_out: Annotated[
        _Unit | None,
        typer.Option(help="What is kept out whole; image.", rich_help_panel=_CHECKING),
    ] = None,
    tune_only: Annotated[
        bool,
        typer.Option(
            "--tune-only", help="Find the epochs, write no model.", rich_help_panel=_CHECKING
        ),
    ] = False,
    cross_validate: Annotated[
        _Unit | None,
        typer.Option(
            help="Leave each river or image out once and score it; write no model.",
            rich_help_panel=_CHECKING,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(metavar="auto|cpu|cuda", help="auto takes a GPU.", rich_help_panel=_MACHINE),
    ] = None,
    precision: Annotated[
        _Precision | None,
        typer.Option(help="auto is half on a GPU, full on the CPU.", rich_help_panel=_MACHINE),
    ] = None,
    compiled: Annotated[
        bool | None,
        typer.Option("--compile", help="Use torch.compile.", rich_help_panel=_MACHINE),
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also log for TensorBoard.", rich_help_panel=_MACHINE),
    ] = None,
    config: options.Config = None,
    overwrite: options.Overwrite = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was broken off.")
    ] = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Train a model on images with label rasters."""
    from riverscape.execution.training import TrainingFiles, TrainingJob
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, pair_labels
    from riverscape.labels.pairing import check_labels
    from riverscape.models import load_model
    from riverscape.settings import read_settings
    from riverscape.tiles.backbones import check_backbone
    from riverscape.workflow import check_training

    base = load_model(start_from) if start_from else None
    changes: dict[str, dict[str, Any]] = {
        "tile_set": {
            "tile_px": tile,
            "stride_px": stride,
            "purity": purity,
            "split_classes_by_river": split_classes_by_river,
        },
        "network": {"backbone": backbone, "weights": weights, "head": head, "freeze": freeze},
        "training": {
            "epochs": "auto" if tune_only else epochs,
            "patience": patience,
            "target_accuracy": target_accuracy,
            "batch_tiles": batch,
            "learning_rate": learning_rate,
            "augmentation": _augmentation(augmentation),
            "seed": seed,
            "validation_share": validation_share,
            "hold_out": hold_out,
            "device": device,
            "precision": precision,
            "compile": compiled,
        },
    }
    if base is not None:
        _go_on_as(base, changes)
    settings = read_settings(config, changes, preset)
    check_training()  # now, not after the tiles are cut
    check_backbone(settings.network.backbone)
    log = _tensorboard(tensorboard)
    from riverscape.tiles.training import join_team

    scheme = ClassScheme.from_json(classes) if classes else _scheme_of(base, PUBLISHED_CLASSES)
    with join_team(settings.training.device) as team:
        files = TrainingFiles(out)
        if team.leads:
            files.prepare(overwrite, resume)
        pairs = pair_labels(sources, labels, required=True)
        check_labels(pairs, scheme, " ".join(map(str, sources)))
        watch = choose_progress(quiet, progress)
        job = TrainingJob(pairs, scheme, settings, files, team, base, watch, log)
        with files.begun():
            tiles = job.tiles()
            if team.leads:
                _show_counts(tiles, settings)
            if cross_validate is not None:
                _cross_validate(job, tiles, cross_validate.value)
            elif tune_only:
                _tune(job, tiles)
            else:
                _fit(job, tiles, name or out.name)


def _fit(job: "TrainingJob", tiles: "TileSet", name: str) -> None:
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


def _tune(job: "TrainingJob", tiles: "TileSet") -> None:
    from riverscape.execution.training import tune_survey

    tuning = tune_survey(job, tiles)
    if job.team.leads:
        typer.echo(f"epoch {tuning.best.number} of {len(tuning.history)} served best on")
        _show_held_out(tuning.held_out)
        typer.echo(f"curves, confusion matrix and mistakes in {job.files.folder}")


def _cross_validate(job: "TrainingJob", tiles: "TileSet", unit: "Unit") -> None:
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
    typer.echo(f"  {', '.join(held_out.images)}, kept out: {matrix.support:,} tiles")
    typer.echo(f"  F1 of tiles {matrix.f1_weighted:.4f} ({scores})")


def _augmentation(on: bool | None) -> dict[str, Any] | None:
    from riverscape.tiles.settings import NO_AUGMENTATION

    return NO_AUGMENTATION if on is False else None


def _go_on_as(base: "Model", changes: dict[str, dict[str, Any]]) -> None:
    """Take over the model's tile size and backbone where nothing else is asked for."""
    contract = base.contract
    taken: dict[str, dict[str, Any]] = {
        "tile_set": {"tile_px": contract.tile_px},
        "network": {
            "backbone": contract.backbone.get("name"),
            "head": contract.backbone.get("head"),
        },
    }
    for table, values in taken.items():
        for key, value in values.items():
            if changes[table][key] is None:
                changes[table][key] = value


def _scheme_of(base: "Model | None", usual: "ClassScheme") -> "ClassScheme":
    return base.contract.scheme if base is not None else usual


def _tensorboard(folder: Path | None) -> "OnEpoch":
    if folder is None:
        return lambda _stage, _epoch: None
    from riverscape.tiles.training.tensorboard import tensorboard_log

    return tensorboard_log(folder)


def _show_counts(tiles: "TileSet", settings: "Settings") -> None:
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
