"""`riverscape report`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import figure_options, options
from riverscape.cli.console import ProgressStyle, choose_progress
from riverscape.cli.figure_options import PaletteName, figure_style
from riverscape.cli.results import print_json

if TYPE_CHECKING:
    from rich.table import Table

    from riverscape.assessment import RunResults
    from riverscape.execution.report import ReportFiles
    from riverscape.reports.figure_style import FigureStyle

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape report maps/

    riverscape report maps/ --plot-format pdf,svg --palette accessible

    riverscape report 2016/maps 2019/maps --out comparison/ --json

What is written: report.html in each DIR; compiled.csv and compiled.parquet, the scores of all
images by class, and PLOT_*.png in --out. In DIR itself they are renewed; elsewhere they replace
nothing without --overwrite. Where a DIR may not be written into, its page is left out and told.
"""


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("report", epilog=_EXAMPLES)(_report)


def _report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...", help="Folders that `riverscape classify` wrote.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where table and plots go; the folder itself where there is one.",
            show_default=False,
        ),
    ] = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Draw the plots.")] = True,
    plot_format: Annotated[
        str,
        typer.Option(
            metavar="png,pdf,svg", help="What plots are written as: one format or several."
        ),
    ] = "png",
    dpi: Annotated[
        int, typer.Option(metavar="DPI", min=50, max=1200, help="Pixels an inch of the plots.")
    ] = 150,
    palette: figure_options.Palette = PaletteName.original,
    assets: Annotated[
        bool,
        typer.Option(
            "--assets",
            help="Link the pictures of report.html beside it, at their full size, instead of "
            "one file that holds them all.",
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    quiet: options.ResultsQuiet = False,
    as_json: options.AsJson = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Renew the report of surveys, compile their scores into one table, and plot them."""
    style = _style(plot_format, palette, dpi)
    if out is None and len(folders) > 1:
        message = f"{len(folders)} runs need --out DIR, where their table and plots go"
        raise typer.BadParameter(message)
    from riverscape.cli.tables import print_table
    from riverscape.execution.report import read_runs, report_runs

    runs = read_runs(folders)
    shown = choose_progress(quiet, progress)
    files = report_runs(
        runs, out or folders[0], style, plots, assets, overwrite=overwrite, progress=shown
    )
    for note in files.notes:
        typer.echo(f"riverscape: {note}", err=True)
    if as_json:
        print_json(_as_json(runs, files))
    elif not quiet:
        print_table(_scores(runs))
        for line in _written(files):
            typer.echo(line)


def _style(formats: str, palette: PaletteName, dpi: int) -> "FigureStyle":
    try:
        return figure_style(formats, palette, dpi)
    except typer.BadParameter as error:
        raise typer.BadParameter(error.message, param_hint="--plot-format") from error


def _scores(runs: "Sequence[RunResults]") -> "Table":
    """Return one row a run: its images, and the mean over them of weighted F1."""
    from rich.markup import escape
    from rich.table import Table

    from riverscape.reports.experiments import experiment_names

    table = Table(box=None, pad_edge=False)
    table.add_column("run")
    table.add_column("model")
    table.add_column("classifier")
    for name in ("images", "labelled", "mean F1 CNN", "mean F1 CSC"):
        table.add_column(name, justify="right")
    for run, name in zip(runs, experiment_names(runs), strict=True):
        table.add_row(
            *map(escape, (name, run.model, run.classifier)),
            f"{len(run.images):,}",
            f"{len(run.scored):,}",
            *("-" if math.isnan(mean) else f"{mean:.4f}" for mean in _means(run).values()),
        )
    return table


def _means(run: "RunResults") -> dict[str, float]:
    """Return the mean over the images of weighted F1, by map; NaN where none has labels."""
    from riverscape.assessment import ConfusionMatrix

    return {
        kind: ConfusionMatrix.mean_f1(image.matrices[kind] for image in run.scored)
        for kind in ("CNN", "CSC")
    }


def _as_json(runs: "Sequence[RunResults]", files: "ReportFiles") -> dict[str, Any]:
    """Return what the runs reached, each map of all images together too, and what was written."""
    from riverscape.reports.experiments import experiment_names

    pages = {path.parent.resolve(): str(path) for path in files.pages}
    found = [
        {
            "run": name,
            "folder": str(run.folder),
            "model": run.model,
            "classifier": run.classifier,
            "images": len(run.images),
            "labelled": len(run.scored),
            "mean_f1": _means(run) if run.scored else None,
            "scores": {kind: total.summary() for kind in ("CNN", "CSC")
                       if (total := run.total(kind))} or None,
            "failures": dict(run.failures),
            "report": pages.get(run.folder.resolve()),
        }
        for run, name in zip(runs, experiment_names(runs), strict=True)
    ]  # fmt: skip
    return {
        "runs": found,
        "tables": [str(path) for path in files.tables],
        "plots": [str(path) for path in files.plots],
        "notes": list(files.notes),
    }


def _written(files: "ReportFiles") -> list[str]:
    lines = [str(path) for path in files.pages]
    if files.tables:
        lines.append(f"{files.tables[0]} and {files.tables[1].name}")
    if files.plots:
        names = ", ".join(path.name for path in files.plots)
        lines.append(f"{files.plots[0].parent}: {names}")
    return lines
