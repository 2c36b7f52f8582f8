"""`riverscape labels`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.assessment.label_check import LabelCheck
    from riverscape.execution.label_raster import RasterizedLabels
    from riverscape.labels import ClassScheme

__all__ = ["app"]

_RASTERIZE_EXAMPLES = """
Examples:

    riverscape labels rasterize banks.gpkg --image mosaic.tif --class-field cover

    riverscape labels rasterize Lune_0001.geojson --image Lune_0001.jpg --class-field code

Polygons may be in any CRS. A pixel has the class of the polygon that its centre lies in. Where
polygons overlap, the last one in the file counts; how many pixels that concerns is said. Code 0,
or "unlabelled", takes labels away.

Over a photograph without georeference draw polygons without CRS: they are in its pixels, x to the
right and y down, or y up from below 0, as QGIS shows such a photograph.

Reading polygons needs more packages: pip install "riverscape[vector]"
"""

_CHECK_EXAMPLES = """
Examples:

    riverscape labels check survey/ --out check/

    riverscape labels check mosaics/ --labels banks.gpkg --class-field cover --out check/

Colours are compared so: each class is a Gaussian of the colours that all images of the survey give
it (2000 pixels of a class in an image, drawn by a fixed seed); of each class in each image the
share is told whose colours are likelier in another class. More than half is a problem: labels are
wrong, or the light is another than elsewhere. What is wrong in most images does not show.

With --out: labels.csv, one row an image; label_classes.csv, one row for each class in an image;
contact_sheet.png, every image and beside it its labels over it.
"""

app = typer.Typer(no_args_is_help=True, help="Labels: from polygons to rasters, and their check.")


@app.command("rasterize", epilog=_RASTERIZE_EXAMPLES)
def _rasterize(
    polygons: Annotated[
        Path,
        typer.Argument(help="Polygons: GeoPackage, Shapefile, GeoJSON and others.", metavar="FILE"),
    ],
    image: Annotated[
        str,
        typer.Option(metavar="IMAGE", help="The image whose rows and columns the labels get."),
    ],
    class_field: options.ClassField = "class",
    classes: options.Classes = None,
    layer: options.Layer = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.tif", help="The label raster.", show_default="SCLS_<image>.tif beside it"
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Turn polygons into the label raster of an image, with the classes' colours and names."""
    from riverscape.execution.label_raster import rasterize_labels
    from riverscape.imagery import as_source
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, PolygonFile, PolygonLabels
    from riverscape.labels.labelled_image import label_name
    from riverscape.maps.sidecar import style_path
    from riverscape.outputs import free_to_write

    scheme = ClassScheme.from_json(classes) if classes else PUBLISHED_CLASSES
    source = as_source(image)
    if out is None:
        if isinstance(source, str):
            message = "--out is needed for an image that lies elsewhere"
            raise typer.BadParameter(message)
        out = source.with_name(f"{label_name(source)}.tif")
    # The style as well: polygons of the same name may have one of theirs there.
    free_to_write([out, style_path(out)], overwrite)
    labels = PolygonLabels(PolygonFile(polygons, class_field, layer), source)
    labels.polygons().log_notes()
    _show(rasterize_labels(labels, scheme, out, choose_progress(quiet, progress)), scheme)


def _show(done: "RasterizedLabels", scheme: "ClassScheme") -> None:
    from rich.markup import escape
    from rich.table import Table

    from riverscape.cli.tables import print_table

    table = Table(box=None, pad_edge=False)
    table.add_column("class")
    table.add_column("pixels", justify="right")
    for cover in scheme:
        if done.counts[cover.code]:
            table.add_row(escape(cover.name), f"{done.counts[cover.code]:,}")
    print_table(table)
    own, of_file = done.polygons
    share = 100 * done.labelled_px / (done.shape[0] * done.shape[1])
    typer.echo(f"{own} of {of_file} polygons lie in the image; {share:.1f} % of it is labelled")
    if done.contested_px:
        typer.echo(
            f"{done.contested_px:,} pixels lie in polygons of different classes: the last one in "
            "the file counts"
        )
    typer.echo(f"{done.path} is written")


@app.command("check", epilog=_CHECK_EXAMPLES)
def _check(
    sources: options.Sources,
    labels: options.Labels = None,
    class_field: options.ClassField = "class",
    layer: options.Layer = None,
    classes: options.Classes = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where tables and contact sheet go; none without it."),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> int:
    """Look through the labels of a survey: pairs, sizes, codes, amounts, colours."""
    from riverscape.assessment.label_check import check_survey_labels
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, pair_labels
    from riverscape.outputs import free_to_write
    from riverscape.reports.contact_sheet import save_contact_sheets, sheet_paths
    from riverscape.reports.tables import save_table
    from riverscape.workflow.resources import make_resources

    scheme = ClassScheme.from_json(classes) if classes else PUBLISHED_CLASSES
    pairs = pair_labels(sources, labels, False, class_field, layer)
    tables = [] if out is None else [out / "labels.csv", out / "label_classes.csv"]
    pictures = [] if out is None else sheet_paths(out, len(pairs))
    free_to_write([*tables, *pictures], overwrite)
    watch = choose_progress(quiet, progress)
    found = check_survey_labels(pairs, scheme, watch, make_resources(None).threads)
    for path, table in zip(tables, (found.image_table(), found.class_table()), strict=False):
        save_table(table, path)
    save_contact_sheets(pictures, found.looks, scheme, _title(found, sources))
    _show_check(found)
    if out is not None:
        names = ", ".join(path.name for path in [*tables, *pictures])
        typer.echo(f"{names} are in {out}")
    if found.faulty:
        count = f"{len(found.faulty)} of {len(found.looks)} images"
        typer.echo(f"riverscape: the labels of {count} cannot be used as they are", err=True)
    return 1 if found.faulty else 0


def _title(found: "LabelCheck", sources: list[str]) -> str:
    doubted = sum(bool(look.faults or look.doubts) for look in found.looks)
    names = ", ".join(Path(source).name or source for source in sources)
    return f"Labels of {names}: {len(found.looks)} images, {doubted} with problems"


def _show_check(found: "LabelCheck") -> None:
    from rich.markup import escape
    from rich.table import Table

    from riverscape.cli.tables import print_table

    table = Table(box=None, pad_edge=False)
    table.add_column("image")
    table.add_column("size", justify="right")
    table.add_column("labelled", justify="right")
    shown = [cover for cover in found.scheme if found.pixels(cover.code)]
    for cover in shown:
        table.add_column(escape(cover.name), justify="right")
    for look in found.looks:
        pixels = [f"{look.counts[cover.code]:,}" for cover in shown]
        share = f"{100 * look.labelled_share:.1f} %" if look.labels else "none"
        if look.faults:
            share, pixels = "?", ["?" for _ in shown]
        table.add_row(escape(look.name), f"{look.shape[1]} x {look.shape[0]}", share, *pixels)
    total = [f"{found.pixels(cover.code):,}" for cover in shown]
    carried = [str(sum(bool(look.counts[cover.code]) for look in found.looks)) for cover in shown]
    table.add_row("all", "", "", *total, style="bold")
    table.add_row("images with it", "", "", *carried, style="bold")
    print_table(table)
    problems = [
        f"{look.name}: {problem}"
        for look in found.looks
        for problem in (*look.faults, *look.doubts)
    ]
    typer.echo("")
    for line in [*problems, *found.notes] or ["no problem found"]:
        typer.echo(line)
