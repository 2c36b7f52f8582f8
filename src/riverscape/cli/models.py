"""`riverscape models`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from riverscape.cli import export, options

__all__ = ["app"]

_IMPORT_EXAMPLE = """
Example:

    riverscape models import-keras TwoRivers.h5 --class-key TwoRivers.csv --out two-rivers/

Nothing that the file may carry is run. Importing needs Keras: pip install "riverscape[keras]"
"""

app = typer.Typer(no_args_is_help=True, help="The models that come with riverscape, and others.")
export.register(app)


_LIST_EXAMPLES = """
Examples:

    riverscape models list --backbones

    riverscape models list --backbones 'convnext*'

    riverscape models list --backbones 'vit_small_patch16_dinov3.*'

More than a thousand architectures of timm serve as backbones; docs/backbones.md helps to choose.
"""


@app.command("list", epilog=_LIST_EXAMPLES)
def _list(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERN",
            help="With --backbones: all whose names match; with a point, also by weights.",
            show_default=False,
        ),
    ] = None,
    backbones: Annotated[
        bool, typer.Option("--backbones", help="List what a model can be trained on instead.")
    ] = False,
) -> None:
    """List the models that come with riverscape, or the backbones to train on."""
    if backbones:
        _list_backbones(pattern)
        return
    if pattern is not None:
        message = f"models are listed all: to list backbones called {pattern} add --backbones"
        raise typer.BadParameter(message)
    from riverscape.models import bundled_models, load_model

    for name in bundled_models():
        contract = load_model(name).contract
        typer.echo(f"{name}: {contract.description}")


def _list_backbones(pattern: str | None) -> None:
    from rich.table import Table

    from riverscape.cli.tables import print_table
    from riverscape.tiles.backbones import BACKBONES, check_timm, matching_backbones

    found = BACKBONES if pattern is None else matching_backbones(pattern)
    table = Table(box=None, pad_edge=False)
    table.add_column("backbone", no_wrap=True)
    table.add_column("parameters", justify="right")
    for name in ("pretrained weights", "their licence", "note"):
        table.add_column(name)
    for one in found:
        count = "" if one.parameters is None else f"{one.parameters / 1e6:,.1f} M"
        table.add_row(one.name, count, one.weights or "none", one.licence, one.note)
    print_table(table)
    if pattern is None:
        typer.echo("more by pattern: riverscape models list --backbones 'convnext*'")
        check_timm("training a model")
    else:
        typer.echo(f"backbones that match {pattern}: {len(found)}")


@app.command("show", epilog="Example: riverscape models show ste-marguerite")
def _show(
    model: Annotated[str, typer.Argument(metavar="NAME|MODEL", help="A name or a bundle's path.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="As its model.json says it, for programs.")
    ] = False,
) -> None:
    """Show what a model expects, what it was trained on and what it scores."""
    from riverscape.models import load_model

    contract = load_model(model).contract
    if as_json:
        typer.echo(json.dumps(contract.model_dump(), ensure_ascii=False))
        return
    lines = [
        f"{contract.name}: {contract.description}",
        f"classes    {', '.join(f'{cover.code} {cover.name}' for cover in contract.scheme)}",
        f"tiles      {contract.tile_px} px",
        f"bands      {', '.join(contract.bands)} ({contract.dtype})",
        f"trained on {', '.join(contract.training.get('images', [])) or 'not stated'}",
        f"licence    {contract.licence or 'not stated'}",
        f"citation   {contract.citation or 'not stated'}",
        *_score_lines(contract.scores),
    ]
    typer.echo("\n".join(lines))


@app.command("import-keras", epilog=_IMPORT_EXAMPLE)
def _import_keras(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.h5", help="A model that Keras saved, .h5 or .keras.")
    ],
    class_key: Annotated[
        Path,
        typer.Option(metavar="FILE.csv", help="Which class each output of the network stands for."),
    ],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="Where the model bundle goes.")],
    classes: options.Classes = None,
    name: Annotated[
        str | None, typer.Option(help="What the model is called; the name of --out without it.")
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option(metavar="PX", min=1, help="Side of a tile, where the file leaves it open."),
    ] = None,
    scale: Annotated[
        str, typer.Option(help="What pixels were multiplied by in training, such as 1/127.5.")
    ] = "1/255",
    offset: Annotated[float, typer.Option(help="What was added to them then, such as -1.")] = 0.0,
    overwrite: options.Overwrite = False,
) -> None:
    """Make a model bundle of a model that Keras saved, such as those of the original."""
    from riverscape.labels import PUBLISHED_CLASSES, ClassKey, ClassScheme
    from riverscape.tiles.bundle import check_replaceable
    from riverscape.tiles.keras.importing import import_keras

    factor = _number(scale)
    check_replaceable(out, overwrite)  # now, not after a minute of work
    scheme = ClassScheme.from_json(classes) if classes else PUBLISHED_CLASSES
    key = ClassKey.read_csv(class_key)
    model = import_keras(file, key, scheme, name or out.name, tile, factor, offset)
    model.save(out, overwrite)
    contract = model.contract
    typer.echo(
        f"{len(contract.class_key)} outputs for {len(contract.scheme)} classes, tiles of "
        f"{contract.tile_px} px, bands {', '.join(contract.bands)}\nmodel in {out}"
    )


def _number(text: str) -> float:
    number, _, divisor = text.partition("/")
    try:
        return float(number) / float(divisor or 1)
    except (ValueError, ZeroDivisionError) as error:
        message = f"{text!r} is no number, such as 0.0039 or 1/255"
        raise typer.BadParameter(message, param_hint="--scale") from error


def _score_lines(scores: dict[str, Any]) -> list[str]:
    lines = []
    for name, by_image in scores.items():
        lines.append(f"scores     {name}")
        for image, found in by_image.items():
            numbers = (
                f"{kind} {value}" for kind, value in found.items() if isinstance(value, float)
            )
            lines.append(f"           {image}: {', '.join(numbers)}")
    return lines
