"""`riverscape train`."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from riverscape.cli import image_options, options, training_options, training_results
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.execution.training import OnEpoch
    from riverscape.labels import ClassScheme
    from riverscape.tiles import Model
    from riverscape.tiles.training import Team

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape train survey/ --out my-model/

    riverscape train survey/ --out my-model/ --epochs auto

    riverscape train survey/ --labels polygons.gpkg --class-field cover --out my-model/

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
    class_field: options.ClassField = "class",
    layer: options.Layer = None,
    classes: options.Classes = None,
    bands: image_options.Bands = None,
    nodata: image_options.Nodata = None,
    value_range: image_options.ValueRange = None,
    gsd: image_options.Gsd = None,
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
    """Train a model on images with label rasters, or with polygons."""
    from riverscape.execution.training import TrainingJob
    from riverscape.execution.training_files import TrainingFiles
    from riverscape.labels import pair_labels
    from riverscape.labels.pairing import check_labels
    from riverscape.models import load_model
    from riverscape.settings import read_settings
    from riverscape.tiles.backbones import check_backbone
    from riverscape.workflow import check_training

    if tune_only and (cross_validate or epochs not in (None, "auto")):
        message = "--tune-only finds the epochs: it goes with neither --cross-validate nor a number"
        raise typer.BadParameter(message)
    if not out.name:
        out = out.resolve()
    base = load_model(start_from) if start_from else None
    changes: dict[str, dict[str, Any]] = {
        "image": image_options.image_changes(bands, nodata, value_range, gsd, None),
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
    settings = read_settings(config, changes, preset, _as_in(base))
    check_training()  # now, not after the tiles are cut
    check_backbone(settings.network.backbone)
    scheme = _scheme(classes, base)

    def work(team: "Team") -> None:
        files = TrainingFiles(out)
        if team.leads:
            files.check([Path(source) for source in sources], overwrite, resume)
        pairs = pair_labels(sources, labels, True, class_field, layer)
        check_labels(pairs, scheme, " ".join(map(str, sources)))
        watch = choose_progress(quiet, progress)
        job = TrainingJob(
            pairs, scheme, settings, files, team, base, watch, _tensorboard(tensorboard)
        )
        with files.begun(resume) if team.leads else nullcontext():
            tiles = job.tiles()
            if team.leads:
                training_results.show_counts(tiles, settings)
            if cross_validate is not None:
                training_results.cross_validate(job, tiles, cross_validate.value)
            elif tune_only:
                training_results.tune(job, tiles)
            else:
                training_results.train(job, tiles, name or out.name)

    _in_team(settings.training.device, work)


def _in_team(device: str, work: "Callable[[Team], None]") -> None:
    """Do the work alone or in a team, of which the process that leads alone says what is wrong."""
    from riverscape.tiles.training import join_team

    with join_team(device) as team, _terminable():
        if team.leads:
            work(team)
            return
        logging.getLogger("riverscape").setLevel(logging.CRITICAL)
        try:
            work(team)
        except Exception:
            raise typer.Exit(1) from None


@contextmanager
def _terminable() -> Iterator[None]:
    """Take SIGTERM as Ctrl-C, so that what was begun is left in order."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _augmentation(on: bool | None) -> dict[str, Any] | None:
    from riverscape.tiles.settings import NO_AUGMENTATION

    return NO_AUGMENTATION if on is False else None


def _as_in(base: "Model | None") -> dict[str, Any]:
    """Return the settings of a model to go on from: its size of tiles and its backbone."""
    if base is None:
        return {}
    contract = base.contract
    known = {"backbone": contract.backbone.get("name"), "head": contract.backbone.get("head")}
    return {
        "tile_set": {"tile_px": contract.tile_px},
        "network": {key: value for key, value in known.items() if value is not None},
    }


def _scheme(classes: Path | None, base: "Model | None") -> "ClassScheme":
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme

    if classes is not None:
        return ClassScheme.from_json(classes)
    return base.contract.scheme if base is not None else PUBLISHED_CLASSES


def _tensorboard(folder: Path | None) -> "OnEpoch":
    if folder is None:
        return lambda _stage, _epoch: None
    from riverscape.tiles.training.tensorboard import tensorboard_log

    return tensorboard_log(folder)
