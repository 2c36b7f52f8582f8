"""`riverscape train`."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.settings import Settings
    from riverscape.tiles import TileSet

__all__ = ["register"]

logger = logging.getLogger(__name__)

_EXAMPLES = """
Examples:

    riverscape train survey/ --out my-model/

    riverscape train survey/ --labels labels/ --classes classes.json --out my-model/

Training needs PyTorch: pip install "riverscape[train]"
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
    tile: Annotated[int | None, typer.Option(metavar="PX", help="Side of a tile; 50.")] = None,
    stride: Annotated[
        int | None, typer.Option(metavar="PX", help="Distance between tiles; 25.")
    ] = None,
    purity: Annotated[
        float | None, typer.Option(help="Least share of a tile that its class covers; 0.9.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs; 8.")] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(help="Share of images kept out to choose the best epoch; 0.2. 0: the last."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same network.")] = None,
    config: options.Config = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Train a model on images with label rasters; write the bundle and the training curves."""
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, pair_labels
    from riverscape.labels.pairing import check_labels
    from riverscape.outputs import free_to_write
    from riverscape.reports.curves import save_training_curves
    from riverscape.settings import read_settings
    from riverscape.tiles import cut_tiles
    from riverscape.tiles.bundle import check_replaceable
    from riverscape.workflow import check_training, train

    settings = read_settings(
        config,
        {
            "tile_set": {"tile_px": tile, "stride_px": stride, "purity": purity},
            "training": {"epochs": epochs, "validation_share": validation_share, "seed": seed},
        },
    )
    check_training()  # now, not after the tiles are cut
    curves = out.parent / f"{out.name}_curves.png"
    free_to_write([out, curves], overwrite)
    check_replaceable(out, overwrite)  # now, not after hours of training
    scheme = ClassScheme.from_json(classes) if classes else PUBLISHED_CLASSES
    pairs = pair_labels(sources, labels, required=True)
    check_labels(pairs, scheme, " ".join(map(str, sources)))
    tiles = cut_tiles(pairs, scheme, settings.tile_set)
    _show_counts(tiles, settings)
    training = train(tiles, name or out.name, settings, progress=choose_progress(quiet, progress))
    training.model.save(out, overwrite)
    save_training_curves(curves, training.history, training.best.number)
    best = training.best
    if training.validation:
        typer.echo(
            f"epoch {best.number} kept: accuracy {best.validation_accuracy:.4f}, mean over "
            f"classes, on the images kept out ({', '.join(training.validation)})"
        )
    typer.echo(f"model in {out}, training curves in {curves}")


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
