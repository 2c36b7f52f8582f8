"""`riverscape maps areas`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from rich.table import Table

    from riverscape.labels import ClassScheme
    from riverscape.maps.class_areas import ClassAreas

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape maps areas CLASS_CSC_Alder_0001.tif

    riverscape maps areas CLASS_CSC_Alder_0001.tif --out Alder_areas.csv

Square metres are those of the plane of a projected CRS, and taken on the ellipsoid where the CRS is
geographic. What has no data counts for nothing.
"""


def register(app: typer.Typer) -> None:
    """Add the verb to `riverscape maps`."""
    app.command("areas", epilog=_EXAMPLES)(_areas)


def _areas(
    class_map: Annotated[Path, typer.Argument(metavar="MAP", help="A class map.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Where the table goes; none without it.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Classes: code, name, colour; without it the map's own, else the published five.",
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Measure how much of a map each class takes, in pixels, per cent and square metres."""
    from riverscape.cli.tables import print_table
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme
    from riverscape.maps import read_scheme
    from riverscape.maps.measuring import measure_areas, save_areas
    from riverscape.outputs import free_to_write

    free_to_write([] if out is None else [out], overwrite)
    own = ClassScheme.from_json(classes) if classes else read_scheme(class_map)
    scheme = own or PUBLISHED_CLASSES
    areas = measure_areas(class_map, scheme, choose_progress(quiet, progress))
    print_table(_table(scheme, areas))
    if out is not None:
        save_areas(out, scheme, areas)
        typer.echo(f"{out} is written")


def _table(scheme: "ClassScheme", areas: "ClassAreas") -> "Table":
    """Return one row a class that the map holds."""
    from rich.markup import escape
    from rich.table import Table

    measured = areas.by_name(scheme)
    total = max(sum(areas.pixels(cover.code) for cover in scheme), 1)
    table = Table(box=None, pad_edge=False)
    table.add_column("class")
    for name in ("pixels", "per cent", *(["square metres"] if measured else [])):
        table.add_column(name, justify="right")
    for cover in scheme:
        pixels = areas.pixels(cover.code)
        if pixels:
            area = [f"{measured[cover.name]:,.1f}"] if measured else []
            table.add_row(escape(cover.name), f"{pixels:,}", f"{100 * pixels / total:.1f}", *area)
    return table
