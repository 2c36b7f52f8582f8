"""`riverscape train`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import options, training_options, training_results
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.execution.training import OnEpoch
    from riverscape.labels import ClassScheme
    from riverscape.tiles import Model

__all__ = ["register"]

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


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("train", epilog=_EXAMPLES)(_train)


def _train(
    sources: options.Sources,
    out: Annotated[Path, typer.Option(metavar="MODEL", help="Where the model bundle goes.")],
    name: Annotated[
        str | None, typer.Option(help="What the model is called; the name of --out without it.")
    ] = None,
    labels: options.Labels = None,
    classes: options.Classes = None,
    preset: training_options.Preset = None,
    tile: training_options.Tile = None,
    stride: training_options.Stride = None,
    purity: training_options.Purity = None,
    split_classes_by_river: training_options.SplitClassesByRiver = None,
    backbone: training_options.Backbone = None,
    weights: training_options.Weights = None,
    head: training_options.Head = None,
    freeze: training_options.Freeze = None,
    start_from: training_options.StartFrom = None,
    epochs: training_options.Epochs = None,
    patience: training_options.Patience = None,
    target_accuracy: training_options.TargetAccuracy = None,
    batch: training_options.Batch = None,
    learning_rate: training_options.LearningRate = None,
    augmentation: training_options.Augmentation = None,
    seed: training_options.Seed = None,
    validation_share: training_options.ValidationShare = None,
    hold_out: training_options.HoldOut = None,
    tune_only: training_options.TuneOnly = False,
    cross_validate: training_options.CrossValidate = None,
    device: training_options.Device = None,
    precision: training_options.Precision = None,
    compiled: training_options.Compile = None,
    tensorboard: training_options.Tensorboard = None,
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
                training_results.show_counts(tiles, settings)
            if cross_validate is not None:
                training_results.cross_validate(job, tiles, cross_validate.value)
            elif tune_only:
                training_results.tune(job, tiles)
            else:
                training_results.train(job, tiles, name or out.name)


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
