"""`riverscape assess`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import options
from riverscape.cli.results import print_json

if TYPE_CHECKING:
    from riverscape.assessment import ConfusionMatrix

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape assess maps/CLASS_CSC_StMarg_31162.tif --labels SCLS_StMarg31162.tif

    riverscape assess maps/ --labels labels/ --out scores/

    riverscape assess maps/ --labels ground-truth.gpkg --class-field cover --json
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
    quiet: options.ResultsQuiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Score maps against labels: confusion matrix, precision, recall, F1, IoU, kappa."""
    from riverscape.execution.products import REPORT_NAME
    from riverscape.labels import ClassScheme
    from riverscape.outputs import free_to_write
    from riverscape.reports.tables import save_table
    from riverscape.workflow import assess_maps

    scheme = ClassScheme.from_json(classes) if classes else None
    matrices = assess_maps(maps, labels, scheme, class_field, layer)
    files = {} if out is None else {name: out / f"SCORES_{name}.csv" for name in matrices}
    free_to_write(list(files.values()), overwrite)
    for name, path in files.items():
        save_table(matrices[name].scores(), path)
    if as_json:
        print_json(_as_json(matrices, files))
    elif not quiet:
        _say(matrices, out)
        if (report := maps / REPORT_NAME).is_file():
            typer.echo(f"the report of the run is {report}")


def _say(matrices: "Mapping[str, ConfusionMatrix]", out: Path | None) -> None:
    from riverscape.cli.tables import (
        MOST_ROWS,
        assessment_table,
        left_out,
        matrix_table,
        print_table,
        score_table,
    )

    total = _total(matrices)
    print_table(matrix_table(total))
    print_table(score_table(total))
    typer.echo("")
    print_table(assessment_table(matrices))
    if len(matrices) > MOST_ROWS:
        where = "--out DIR writes them all" if out is None else f"the CSV files in {out} hold all"
        typer.echo(left_out(len(matrices), where))
    summary = total.summary()
    typer.echo(
        f"\nweighted F1 {summary['f1_weighted']:.4f}   macro F1 {summary['f1_macro']:.4f}   "
        f"accuracy {summary['accuracy']:.4f}   kappa {summary['kappa']:.4f}   "
        f"macro IoU {summary['iou_macro']:.4f}   labelled pixels {summary['support']:,}"
    )


def _as_json(matrices: "Mapping[str, ConfusionMatrix]", files: dict[str, Path]) -> dict[str, Any]:
    total = _total(matrices)
    return {
        "images": [
            {
                "name": name,
                **_scores(matrix),
                "file": str(files[name]) if name in files else None,
            }
            for name, matrix in matrices.items()
        ],
        "all": _scores(total),
        "confusion": {
            "classes": list(total.scheme.names),
            "rows": "reference",
            "columns": "predicted; the last one no class",
            "counts": total.counts.tolist(),
        },
    }


def _scores(matrix: "ConfusionMatrix") -> dict[str, Any]:
    return {
        "scores": matrix.summary(),
        "classes": [
            {
                "class": found.name,
                "precision": found.precision,
                "recall": found.recall,
                "f1_score": found.f1,
                "iou": found.iou,
                "support": found.support,
            }
            for found in matrix.held
        ],
    }


def _total(matrices: "Mapping[str, ConfusionMatrix]") -> "ConfusionMatrix":
    first, *others = matrices.values()
    return sum(others, start=first)
