"""`riverscape demo`."""

from pathlib import Path
from typing import Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("demo", epilog="Example: riverscape demo --out demo/")(_demo)


def _demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where survey and maps go.")] = Path(
        "demo"
    ),
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> int:
    """Make a synthetic survey of two rivers, classify it with the bundled model and score it."""
    from riverscape.cli.tables import image_table, print_table
    from riverscape.execution import classify_survey
    from riverscape.execution.report import renew_page
    from riverscape.labels import pair_labels
    from riverscape.models import DEFAULT_MODEL
    from riverscape.outputs import free_to_write
    from riverscape.reports.figure_style import FigureStyle
    from riverscape.scenes import River, write_survey
    from riverscape.settings import Settings

    survey, maps = out / "survey", out / "maps"
    free_to_write([survey, maps], overwrite)
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    shown = choose_progress(quiet, progress)
    write_survey(survey, rivers, 2, height_px=1200, width_px=1800, seed=1, progress=shown)
    run = classify_survey(
        pair_labels([survey], required=True),
        maps,
        DEFAULT_MODEL,
        Settings(),
        overwrite=overwrite,
        progress=shown,
    )
    report = renew_page(maps, FigureStyle())
    print_table(image_table(run.results))
    figures = ", ".join(str(result.products.figure) for result in run.results.values())
    typer.echo(f"\nsynthetic photographs  {survey}\nmaps and scores        {maps}")
    typer.echo(f"figures to look at     {figures}")
    typer.echo(f"report of them all     {report}")
    return 1 if run.failures else 0
