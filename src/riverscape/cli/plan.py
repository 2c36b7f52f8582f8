"""`riverscape plan`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riverscape.cli import image_options, options, pixel_options

if TYPE_CHECKING:
    from rich.table import Table

    from riverscape.execution import ImagePlan

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape plan mosaic.tif

    riverscape plan survey/ --out maps/ --confidence --json
"""


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("plan", epilog=_EXAMPLES)(_plan)


def _plan(
    sources: options.Sources,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the maps would go: whose disk is looked at.")
    ] = Path(),
    model: Annotated[
        str, typer.Option(metavar="NAME|MODEL", help="A bundled model's name or a bundle's path.")
    ] = "ste-marguerite",
    bands: image_options.Bands = None,
    nodata: image_options.Nodata = None,
    value_range: image_options.ValueRange = None,
    gsd: image_options.Gsd = None,
    resample: image_options.Resample = None,
    mosaic: image_options.Mosaic = False,
    tile_stride: pixel_options.TileStride = None,
    preset: pixel_options.Preset = None,
    pixel_classifier: pixel_options.PixelClassifier = None,
    confidence: pixel_options.Confidence = None,
    probabilities: pixel_options.Probabilities = None,
    uncertainty: pixel_options.Uncertainty = None,
    max_ram: options.MaxRam = None,
    window: options.Window = None,
    config: options.Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Show what classifying images would take: windows, memory, disk, time. Nothing is written.

    Time is an estimate, from small parts of each image that are classified for it.
    """
    from riverscape.execution import plan_survey
    from riverscape.imagery import find_images
    from riverscape.imagery import mosaic as mosaic_of
    from riverscape.models import load_model
    from riverscape.settings import read_settings
    from riverscape.workflow import check_settings
    from riverscape.workflow.resources import make_resources

    changes: dict[str, dict[str, Any]] = {
        "image": image_options.image_changes(bands, nodata, value_range, gsd, resample),
        "tiles": {"stride_px": tile_stride},
        "pixels": {"classifier": pixel_classifier},
        "layers": {
            "confidence": confidence,
            "probabilities": probabilities,
            "uncertainty": uncertainty,
        },
    }
    settings, bundle = read_settings(config, changes, preset), load_model(model)
    check_settings(bundle, settings)
    resources = replace(make_resources(max_ram), window_px=window)
    with TemporaryDirectory() as folder:
        images = find_images([*sources])
        if mosaic:
            images = [mosaic_of([*sources], Path(folder) / "mosaic.vrt")]
        plans, problems = plan_survey(images, bundle, settings, resources)
    model_gsd_m = bundle.contract.ground_sample_distance_m
    if as_json:
        typer.echo(json.dumps(_as_json(plans, problems, out, model_gsd_m), indent=2))
    else:
        _show(plans, out, model_gsd_m)
    for problem in problems:
        typer.echo(f"riverscape: {problem}", err=True)
    return 1 if problems else 0


def _as_json(
    plans: "Sequence[ImagePlan]", problems: list[str], out: Path, model_gsd_m: float | None
) -> dict[str, Any]:
    from riverscape.execution.disk import free_bytes

    images = []
    for plan in plans:
        entry = asdict(plan)
        room = entry.pop("room")
        images.append(entry | {"output_bytes": room["outputs"], "journal_bytes": room["journal"]})
    return {
        "images": images,
        "problems": problems,
        "model_gsd_m": model_gsd_m,
        "free_bytes": free_bytes(out),
    }


def _show(plans: "Sequence[ImagePlan]", out: Path, model_gsd_m: float | None) -> None:
    from riverscape.cli.tables import print_table
    from riverscape.execution.disk import as_size, free_bytes, room_needed
    from riverscape.tiles.gsd import gsd_in_words

    if not plans:
        return
    print_table(_table(plans))
    for plan in plans:
        for warning in plan.warnings:
            typer.echo(f"{plan.name}: {warning}")
    trained = "" if model_gsd_m is None else f"the model was trained at {gsd_in_words(model_gsd_m)}"
    needed, free = room_needed([plan.room for plan in plans], workers=1), free_bytes(out)
    said = [
        f"about {as_duration(sum(plan.seconds for plan in plans))} in all",
        f"{as_size(needed)} of disk, {as_size(free)} are free at {out}",
        trained,
    ]
    typer.echo("; ".join(filter(None, said)))


def _table(plans: "Sequence[ImagePlan]") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    from riverscape.execution.disk import as_size, room_needed
    from riverscape.tiles.gsd import gsd_in_words

    table = Table(box=None, pad_edge=False)
    for name in ("image", "pixels", "bands", "CRS", "GSD"):
        table.add_column(name)
    for name in ("data", "windows", "memory", "disk", "time"):
        table.add_column(name, justify="right")
    for plan in plans:
        height_px, width_px = plan.shape
        first, second = plan.windows
        table.add_row(
            escape(plan.name),
            f"{width_px:,} x {height_px:,}",
            escape(f"{len(plan.bands)} {plan.dtype}"),
            escape(plan.crs or "-"),
            "-" if plan.gsd_m is None else gsd_in_words(plan.gsd_m),
            _as_share(plan.valid_share),
            f"{first:,} + {second:,}",
            as_size(plan.memory_mb * 1e6),
            as_size(room_needed([plan.room], workers=1)),
            as_duration(plan.seconds),
        )
    return table


def _as_share(share: float) -> str:
    """Return a share as people say it: little is not nothing.

    >>> [_as_share(share) for share in (0, 0.004, 0.5, 1)]
    ['0 %', '< 1 %', '50 %', '100 %']
    """
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def as_duration(seconds: float) -> str:
    """Return a duration as people say it.

    Examples
    --------
    >>> as_duration(0.4), as_duration(75), as_duration(5000), as_duration(200_000)
    ('1 s', '75 s', '1 h 23 min', '2 d 7 h')
    """
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
