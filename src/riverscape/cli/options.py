"""Options that several verbs share, so that they read the same everywhere."""

import re
from pathlib import Path
from typing import Annotated

import typer

from riverscape.cli.console import ProgressStyle

__all__ = [
    "AsJson",
    "ClassField",
    "Classes",
    "Config",
    "Labels",
    "Layer",
    "MaxRam",
    "Overwrite",
    "Progress",
    "Quiet",
    "ResultsQuiet",
    "Sources",
    "Window",
]

# Text, not paths: in an address two slashes are not one.
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGE|SURVEY...",
        help="Images, folders of images, or addresses as https:// or s3://.",
        show_default=False,
    ),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE|DIR",
        help="Label rasters, where they do not lie beside their images; or polygons (GeoPackage, "
        "Shapefile, GeoJSON): one file for all images, or a folder with one for each.",
        show_default=False,
    ),
]
ClassField = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Of polygons: the field with each one's class, by code or by name."
    ),
]
Layer = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of polygons: the layer, where the file has several."),
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
ResultsQuiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and no table: only what went wrong is said."),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print the results as one JSON object, for programs."),
]
Progress = Annotated[
    ProgressStyle, typer.Option(help="A bar for people, or JSON lines for programs.")
]


def _megabytes(text: str) -> float:
    """Return a size as written by people, in 10^6 bytes."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*([kMGT]?)i?B?\s*", text)
    if match is None:
        message = f"{text!r} is no amount of memory; write it as in 4GB or 800MB"
        raise typer.BadParameter(message)
    number, unit = match.groups()
    return float(number) * {"k": 1e-3, "": 1e-6, "M": 1.0, "G": 1e3, "T": 1e6}[unit]


Window = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        min=64,
        help="Side of the windows that a large image is worked on by; it changes no map.",
        show_default="what the memory allows",
    ),
]
MaxRam = Annotated[
    float | None,
    typer.Option(
        metavar="SIZE",
        parser=_megabytes,
        help="Memory to keep to, as in 4GB; it sets how much of a large image is held at a time.",
        show_default="a quarter of the machine's",
    ),
]
