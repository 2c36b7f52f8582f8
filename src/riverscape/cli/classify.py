"""`riverscape classify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.execution import SurveyRun

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape classify survey/ --out maps/

    riverscape classify StMarg_31162.jpg --out maps/ --pixel-classifier mlp

    riverscape classify survey/ --labels labels/ --out maps/ --model my-model/ --resume
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
    pixel_classifier: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Phase 2: kde (default), mlp, forest or gaussian.",
            show_default=False,
        ),
    ] = None,
    context: Annotated[
        bool | None,
        typer.Option(
            "--context/--no-context",
            help="Whether the tile probabilities weigh in when pixels are labelled.",
            show_default="context",
        ),
    ] = None,
    tile_stride: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Distance between tiles; half a tile by default.", min=1),
    ] = None,
    bits: Annotated[
        int | None,
        typer.Option(min=4, max=8, help="Bits of each band in the spectral table; 8 is exact."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same maps.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Images classified at the same time.")] = 1,
    config: options.Config = None,
    figures: Annotated[
        bool, typer.Option("--figures/--no-figures", help="Draw a figure of each image.")
    ] = True,
    overwrite: options.Overwrite = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Skip images that an earlier run finished.")
    ] = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> int:
    """Make land-cover maps of images; score them where label rasters are found."""
    if overwrite and resume:
        message = "--overwrite and --resume exclude each other"
        raise typer.BadParameter(message)
    from riverscape.execution import classify_survey
    from riverscape.labels import pair_labels
    from riverscape.labels.pairing import check_labels
    from riverscape.models import load_model
    from riverscape.settings import read_settings

    settings = read_settings(
        config,
        {
            "tiles": {"stride_px": tile_stride},
            "pixels": {
                "classifier": pixel_classifier,
                "context": context,
                "bits": bits,
                "seed": seed,
            },
        },
    )
    bundle = load_model(model)
    pairs = pair_labels(sources, labels)
    labelled = [pair for pair in pairs if pair.labels]
    check_labels(labelled, bundle.contract.scheme, " ".join(map(str, sources)))
    run = classify_survey(
        pairs,
        out,
        bundle,
        settings,
        figures=figures,
        overwrite=overwrite,
        resume=resume,
        workers=workers,
        progress=choose_progress(quiet, progress),
    )
    _show(run, out)
    return 1 if run.failures else 0


def _show(run: "SurveyRun", out: Path) -> None:
    from riverscape.cli.tables import image_table, print_table

    if run.results:
        print_table(image_table(run.results))
    for name, result in sorted(run.results.items()):
        for note in result.notes:
            typer.echo(f"{name}: {note}")
    done = len(run.results)
    skipped = f", {len(run.skipped)} whole already" if run.skipped else ""
    if done or skipped:
        plural = "" if done == 1 else "s"
        typer.echo(f"{done} image{plural} classified{skipped}; maps are in {out}")
    for name, reason in sorted(run.failures.items()):
        typer.echo(f"riverscape: {name} failed: {reason}", err=True)
