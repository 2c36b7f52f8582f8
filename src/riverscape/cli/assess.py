"""`riverscape assess`."""

from pathlib import Path
from typing import Annotated

import typer

from riverscape.cli import options

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape assess maps/CLASS_CSC_StMarg_31162.tif --labels SCLS_StMarg31162.tif

    riverscape assess maps/ --labels labels/ --out scores/

    riverscape assess maps/ --labels ground-truth.gpkg --class-field cover
"""


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("assess", epilog=_EXAMPLES)(_assess)


def _assess(
    maps: Annotated[
        Path, typer.Argument(metavar="MAP|DIR", help="A class map, or a folder of CSC maps.")
    ],
    labels: Annotated[
        Path,
        typer.Option(
            metavar="FILE|DIR",
            help="The label raster, or a folder of them; or polygons (GeoPackage, Shapefile, "
            "GeoJSON), one file for all maps.",
        ),
    ],
    class_field: options.ClassField = "class",
    layer: options.Layer = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write the scores as CSV.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Classes: code, name, colour; without it the map's own, else the published five.",
        ),
    ] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Score maps against labels: confusion matrix, precision, recall, F1, IoU, kappa."""
    from riverscape.cli.tables import matrix_table, print_table, score_table
    from riverscape.labels import ClassScheme
    from riverscape.outputs import free_to_write
    from riverscape.reports.tables import save_table
    from riverscape.workflow import assess_maps

    scheme = ClassScheme.from_json(classes) if classes else None
    matrices = assess_maps(maps, labels, scheme, class_field, layer)
    files = {} if out is None else {name: out / f"SCORES_{name}.csv" for name in matrices}
    free_to_write(list(files.values()), overwrite)
    total = sum(list(matrices.values())[1:], start=next(iter(matrices.values())))
    for name, matrix in matrices.items():
        typer.echo(f"{name}: weighted F1 {matrix.f1_weighted:.4f}")
        if name in files:
            save_table(matrix.scores(), files[name])
    typer.echo("")
    print_table(matrix_table(total))
    print_table(score_table(total))
    summary = total.summary()
    typer.echo(
        f"\nweighted F1 {summary['f1_weighted']:.4f}   macro F1 {summary['f1_macro']:.4f}   "
        f"accuracy {summary['accuracy']:.4f}   kappa {summary['kappa']:.4f}   "
        f"macro IoU {summary['iou_macro']:.4f}   labelled pixels {summary['support']:,}"
    )
