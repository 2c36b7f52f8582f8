"""`riverscape data`."""

from pathlib import Path
from typing import Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Published data to try and to train on.")


@app.command("fetch", epilog="Example: riverscape data fetch --out sample/")
def _fetch(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the data go.")],
    source: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A mirror of the data's folder, where GitHub is blocked."),
    ] = None,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Fetch the published sample photographs of the Ste-Marguerite River with their labels.

    Files that are there and whole are not fetched again; each file's SHA-256 is checked.
    """
    from riverscape.samples import fetch_sample

    count = fetch_sample(out, source, choose_progress(quiet, progress))
    typer.echo(f"{count} files in {out}")
