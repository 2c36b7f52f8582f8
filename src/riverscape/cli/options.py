"""Options that several verbs share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from riverscape.cli.console import ProgressStyle

__all__ = ["Classes", "Config", "Labels", "Overwrite", "Progress", "Quiet", "Sources"]

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="IMAGE|SURVEY...", help="Images, or folders of images.", show_default=False
    ),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE|DIR",
        help="Label rasters, where they do not lie beside their images.",
        show_default=False,
    ),
]
Classes = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.json", help="Classes: code, name, colour; the published five without it."
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="Settings; options given here win over the file."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what exists.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Progress = Annotated[
    ProgressStyle, typer.Option(help="A bar for people, or JSON lines for programs.")
]
