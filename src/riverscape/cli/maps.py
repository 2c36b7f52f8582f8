"""`riverscape maps`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import areas, options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from riverscape.labels import ClassScheme
    from riverscape.maps.change_matrix import ChangeMatrix
    from riverscape.maps.vectors import Cover

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What else a class map can become.")
areas.register(app)

_Map = Annotated[Path, typer.Argument(metavar="MAP", help="A class map.")]
_Classes = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.json",
        help="Classes: code, name, colour; without it the map's own, else the published five.",
    ),
]

_VECTORIZE_EXAMPLES = """
Examples:

    riverscape maps vectorize CLASS_CSC_Alder_0001.tif --out Alder.gpkg

    riverscape maps vectorize CLASS_CSC_Alder_0001.tif --out Alder.fgb --least-area 2 --simplify 0.3

GeoPackage (.gpkg), FlatGeobuf (.fgb) and GeoJSON (.geojson, in degrees of WGS 84) are written.
Needs more packages: pip install "riverscape[vector]"
"""


@app.command("vectorize", epilog=_VECTORIZE_EXAMPLES)
def _vectorize(
    class_map: _Map,
    out: Annotated[Path, typer.Option(metavar="FILE", help=".gpkg, .fgb or .geojson.")],
    least_area: Annotated[
        float,
        typer.Option(
            metavar="AREA",
            min=0,
            help="Smaller patches take the class around them; in square metres, or in pixels "
            "where the map has no coordinate system.",
        ),
    ] = 0.0,
    simplify: Annotated[
        float,
        typer.Option(
            metavar="DISTANCE",
            min=0,
            help="Simplify outlines by about so much, in metres or pixels; common borders stay "
            "common.",
        ),
    ] = 0.0,
    classes: _Classes = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Write the patches of a map as polygons with class, colour and area."""
    from riverscape.cli.tables import print_table
    from riverscape.maps.vectors import vectorize
    from riverscape.outputs import free_to_write

    free_to_write([out], overwrite)
    scheme = _scheme(class_map, classes)
    shown = choose_progress(quiet, progress)
    found = vectorize(class_map, out, scheme, least_area, simplify, shown)
    print_table(_cover_table(found))
    typer.echo(f"{sum(cover.polygons for cover in found.values()):,} polygons in {out}")


_MASK_EXAMPLES = """
Examples:

    riverscape maps water-mask CLASS_CSC_Alder_0001.tif --out Alder_mask.tif

    riverscape maps water-mask MAP.tif --out mask.tif --class water --class 'wet sediment'
"""


@app.command("water-mask", epilog=_MASK_EXAMPLES)
def _water_mask(
    class_map: _Map,
    out: Annotated[Path, typer.Option(metavar="FILE.tif", help="Where the mask goes.")],
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="NAME",
            help="A class that counts as water; may be given several times.",
            show_default="water",
        ),
    ] = None,
    classes: _Classes = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Write the binary mask of water that RivGraph reads: 1 is water, 0 all else."""
    from riverscape.maps.water_mask import write_water_mask
    from riverscape.outputs import free_to_write

    free_to_write([out], overwrite)
    scheme = _scheme(class_map, classes)
    shown = choose_progress(quiet, progress)
    count = write_water_mask(class_map, out, scheme, names or ["water"], shown)
    typer.echo(f"{count:,} pixels of {' and '.join(names or ['water'])} in {out}")


_CHANGE_EXAMPLES = """
Example:

    riverscape maps change 2019/CLASS_CSC_Alder.tif 2024/CLASS_CSC_Alder.tif --out change/

Where the grids differ AFTER is brought to that of BEFORE by nearest neighbour. Classes are matched
by name.
"""


@app.command("change", epilog=_CHANGE_EXAMPLES)
def _change(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The earlier map.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The later map.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where matrices and change raster go.")],
    classes: _Classes = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Compare two maps: a matrix of what has become of what, and a raster of it."""
    from riverscape.cli.tables import print_table
    from riverscape.maps.change import MapWithClasses, change_files, write_change
    from riverscape.outputs import free_to_write

    free_to_write(list(change_files(out).values()), overwrite)
    first, second = (MapWithClasses(path, _scheme(path, classes)) for path in (before, after))
    matrix = write_change(first, second, out, choose_progress(quiet, progress))
    for table in _change_tables(matrix):
        print_table(table)
    typer.echo(f"changed: {100 * matrix.changed_share:.1f} % of what both maps hold; in {out}")


def _scheme(path: Path, classes: Path | None) -> "ClassScheme":
    """Return the classes of a map: those given, its own, or the published five."""
    from riverscape.imagery import open_raster
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme
    from riverscape.maps import read_scheme

    with open_raster(path):  # a map that is not there is said to be so before anything else
        pass
    return ClassScheme.from_json(classes) if classes else read_scheme(path) or PUBLISHED_CLASSES


def _cover_table(found: "dict[str, Cover]") -> "Table":
    """Return one row a class: its polygons and their area."""
    from rich.markup import escape
    from rich.table import Table

    (unit,) = {cover.unit for cover in found.values()}
    table = Table(box=None, pad_edge=False)
    table.add_column("class")
    table.add_column("polygons", justify="right")
    table.add_column(f"area, {unit}", justify="right")
    for name, cover in found.items():
        table.add_row(escape(name), f"{cover.polygons:,}", f"{cover.area:,.1f}")
    return table


def _change_tables(matrix: "ChangeMatrix") -> "Iterator[Table]":
    """Yield the matrix in pixels, and in square metres where there are any."""
    import numpy as np
    from rich.markup import escape
    from rich.table import Table

    occurs = np.flatnonzero(matrix.pixels.any(axis=0) | matrix.pixels.any(axis=1)).tolist()
    names = [escape(matrix.scheme.names[place]) for place in occurs]
    for unit, values in (("pixels", matrix.pixels), ("square metres", matrix.square_metres)):
        if values is None:
            continue
        table = Table(title=f"{unit}: rows are BEFORE, columns AFTER", pad_edge=False)
        table.add_column("before \\ after")
        for name in names:
            table.add_column(name, justify="right")
        digits = 0 if unit == "pixels" else 1
        for name, row in zip(names, values[occurs][:, occurs].tolist(), strict=True):
            table.add_row(name, *(f"{value:,.{digits}f}" for value in row))
        yield table
