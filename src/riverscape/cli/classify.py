"""`riverscape classify`."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import figure_options, image_options, options, pixel_options
from riverscape.cli.console import ProgressStyle, choose_progress
from riverscape.cli.figure_options import PaletteName, figure_style
from riverscape.cli.finishing import describe, finish
from riverscape.cli.stopping import Stopped

if TYPE_CHECKING:
    from riverscape.execution.places import Place
    from riverscape.imagery import Source
    from riverscape.labels import LabelledImage
    from riverscape.tiles import Model

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape classify survey/ --out maps/

    riverscape classify StMarg_31162.jpg --out maps/ --confidence --uncertainty

    riverscape classify survey/ --out published/ --preset published

    riverscape classify survey/ --out maps/ --pixel-classifier forest --features median,texture

    riverscape classify survey/ --labels labels/ --out maps/ --model my-model/ --resume

    riverscape classify survey/ --out maps/ --figure-format pdf --palette accessible

    riverscape classify survey/ --out maps/ --stac --json

    riverscape classify mosaic.tif --out maps/ --dask tcp://10.0.0.1:8786

    riverscape classify mosaic.tif --out maps/ --device gpu

    riverscape classify s3://rivers/mosaic.tif --out maps/ --dask cloud.yaml --scratch s3://rivers/tmp
"""


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("classify", epilog=_EXAMPLES)(_classify)


def _classify(
    sources: options.Sources,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the maps go.")],
    model: Annotated[
        str, typer.Option(metavar="NAME|MODEL", help="A bundled model's name or a bundle's path.")
    ] = "ste-marguerite",
    labels: options.Labels = None,
    class_field: options.ClassField = "class",
    layer: options.Layer = None,
    bands: image_options.Bands = None,
    nodata: image_options.Nodata = None,
    value_range: image_options.ValueRange = None,
    gsd: image_options.Gsd = None,
    resample: image_options.Resample = None,
    mosaic: image_options.Mosaic = False,
    tile_stride: pixel_options.TileStride = None,
    device: pixel_options.Device = None,
    certainty_power: pixel_options.CertaintyPower = None,
    threshold: pixel_options.Threshold = None,
    modal_tiles: pixel_options.ModalTiles = None,
    tile_border: pixel_options.TileBorder = None,
    class_border: pixel_options.ClassBorder = None,
    share: pixel_options.Share = None,
    balance: pixel_options.Balance = None,
    least_patch: pixel_options.LeastPatch = None,
    preset: pixel_options.Preset = None,
    pixel_classifier: pixel_options.PixelClassifier = None,
    features: pixel_options.Features = None,
    patch_size: pixel_options.PatchSize = None,
    bits: pixel_options.Bits = None,
    context: pixel_options.Context = None,
    smoothing: pixel_options.Smoothing = None,
    smoothing_radius: pixel_options.SmoothingRadius = None,
    seed: pixel_options.Seed = None,
    despeckle: pixel_options.Despeckle = None,
    confidence: pixel_options.Confidence = None,
    probabilities: pixel_options.Probabilities = None,
    uncertainty: pixel_options.Uncertainty = None,
    figures: figure_options.Figures = True,
    figure_format: figure_options.FigureFormat = "png",
    palette: figure_options.Palette = PaletteName.original,
    dpi: figure_options.Dpi = 150,
    stac: Annotated[
        bool,
        typer.Option("--stac", help="Describe the maps for catalogues, as STAC Items."),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes to work with: on images, or on the windows of a large one.",
            show_default="1; with --dask, what the cluster has",
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local|slurm|pbs|FILE",
            help="Work on a Dask cluster: one that runs, or one that is started for this.",
            show_default=False,
        ),
    ] = None,
    scratch: Annotated[
        str | None,
        typer.Option(
            metavar="URL|DIR",
            help="With --dask: storage that all machines reach (a shared folder, s3://, gs://, "
            "az://). The folder of --out need not be seen by the workers then.",
            show_default="the folder of --out",
        ),
    ] = None,
    max_ram: options.MaxRam = None,
    window: options.Window = None,
    config: options.Config = None,
    overwrite: options.Overwrite = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on where an earlier run broke off, also in the middle of an image.",
        ),
    ] = False,
    quiet: options.ResultsQuiet = False,
    as_json: options.AsJson = False,
    progress: options.Progress = ProgressStyle.bar,
) -> int:
    """Make land-cover maps of images; score them where labels are found."""
    if overwrite and resume:
        message = "--overwrite and --resume exclude each other"
        raise typer.BadParameter(message)
    if scratch is not None and dask is None:
        message = "--scratch is what the workers of --dask share: it needs --dask"
        raise typer.BadParameter(message)
    style = figure_style(figure_format, palette, dpi)
    from riverscape.execution import classify_survey, is_unfinished, mosaic_of
    from riverscape.execution.products import derived_files
    from riverscape.execution.stac import check_collection
    from riverscape.models import load_model
    from riverscape.settings import read_settings
    from riverscape.workflow.resources import make_resources

    changes: dict[str, dict[str, Any]] = {
        "image": image_options.image_changes(bands, nodata, value_range, gsd, resample),
        "tiles": {"stride_px": tile_stride, "device": device},
        "teaching": {
            "certainty_power": certainty_power,
            "threshold": threshold,
            "modal_tiles": modal_tiles,
            "tile_border_px": tile_border,
            "class_border_px": class_border,
            "share": share,
            "balance": balance,
            "least_px": least_patch,
        },
        "pixels": {
            "classifier": pixel_classifier,
            "features": _listed(features),
            "bits": bits,
            "patch_px": patch_size,
            "context": context,
            "smoothing": smoothing,
            "smoothing_px": smoothing_radius,
            "despeckle_px": despeckle,
            "seed": seed,
        },
        "layers": {
            "confidence": confidence,
            "probabilities": probabilities,
            "uncertainty": uncertainty,
        },
    }
    settings = read_settings(config, changes, preset)
    bundle = load_model(model).on(settings.tiles.device)
    if stac:
        check_collection(out, overwrite)
    images: list[Source] = [*sources]
    if mosaic:
        images = [mosaic_of(sources, out, overwrite or resume)]
    pairs = _paired(images, labels, bundle, class_field, layer)
    stood = derived_files(out)
    place = _cluster(dask, workers, scratch, max_ram, quiet or progress is ProgressStyle.json)
    try:
        run = classify_survey(
            pairs,
            out,
            bundle,
            settings,
            figures=figures,
            figure_style=style,
            overwrite=overwrite,
            resume=resume,
            workers=workers or 1,
            place=place,
            resources=replace(make_resources(max_ram), window_px=window),
            progress=choose_progress(quiet, progress),
        )
    except KeyboardInterrupt:
        message = "stopped before the first image was done: there is nothing to go on with"
        if is_unfinished(out):
            message = "stopped; --resume goes on from here"
        raise Stopped(message) from None
    described = partial(describe, out, pairs, bundle, model, stac)
    return finish(run, out, style, described, stood, as_json, quiet)


def _cluster(
    dask: str | None,
    workers: int | None,
    scratch: str | None,
    max_ram_mb: float | None,
    quiet: bool,
) -> "Place | None":
    """Return the Dask cluster to work on, None without one."""
    if dask is None:
        return None
    from riverscape.execution.dask_cluster import ClusterChoice
    from riverscape.execution.dask_place import DaskPlace
    from riverscape.execution.run_depot import depot_at

    def announce(dashboard: str) -> None:
        if not quiet:
            typer.echo(f"the cluster's dashboard is {dashboard}", err=True)

    depot = None if scratch is None else depot_at(scratch)
    return DaskPlace(ClusterChoice(dask, workers), max_ram_mb, announce, scratch=depot)


def _listed(names: str | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(name.strip() for name in names.split(","))


def _paired(
    sources: "list[Source]",
    labels: Path | None,
    model: "Model",
    class_field: str,
    layer: str | None,
) -> "list[LabelledImage]":
    """Return the images with their labels, which are checked before any map is made."""
    from riverscape.labels import pair_labels
    from riverscape.labels.pairing import check_labels

    pairs = pair_labels(sources, labels, False, class_field, layer)
    labelled = [pair for pair in pairs if pair.labels]
    check_labels(labelled, model.contract.scheme, " ".join(map(str, sources)))
    return pairs
