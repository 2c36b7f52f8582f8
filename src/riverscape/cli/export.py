"""`riverscape models export`."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    from riverscape.progress import Progress
    from riverscape.tiles import Model
    from riverscape.workflow import Quantisation

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape models export ste-marguerite --onnx network.onnx

    riverscape models export ste-marguerite --onnx network.onnx --stac ste-marguerite.json

    riverscape models export my-model/ --int8 my-model-int8/ --calibrate survey/

    riverscape classify other-survey/ --model my-model-int8/ --out maps/

--int8 draws half of the calibration images to calibrate by and compares both models on the other
half. Images that a model was calibrated by are not fit to judge it. TorchScript and --int8 need
more packages: pip install "riverscape[train]"
"""


def register(app: typer.Typer) -> None:
    """Add the verb to the verbs of `models`."""
    app.command("export", epilog=_EXAMPLES)(_export)


def _export(
    model: Annotated[str, typer.Argument(metavar="NAME|MODEL", help="A name or a bundle's path.")],
    onnx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the network as ONNX, with metadata.")
    ] = None,
    torchscript: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the network as TorchScript.")
    ] = None,
    stac: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Describe the model for catalogues, as a STAC Item; with --onnx, that network.",
        ),
    ] = None,
    int8: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Write a bundle whose network computes in 8 bits."),
    ] = None,
    calibrate: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="IMAGE|SURVEY",
            help="With --int8: two or more labelled images, to calibrate by and to measure on.",
            show_default=False,
        ),
    ] = None,
    labels: options.Labels = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Write a model's network for other software, or a faster version of the model."""
    _check_usage(onnx, torchscript, stac, int8, calibrate, labels)
    from riverscape.models import load_model
    from riverscape.outputs import free_to_write
    from riverscape.tiles.bundle import check_replaceable

    bundle = load_model(model)
    free_to_write([path for path in (onnx, torchscript, stac) if path], overwrite)
    if int8:
        check_replaceable(int8, overwrite)
    if onnx:
        _write_onnx(bundle, onnx)
    if torchscript:
        _write_torchscript(bundle, torchscript)
    if stac:
        _write_stac(bundle, model, stac, onnx)
    if int8:
        shown = choose_progress(quiet, progress)
        quantisation = _quantise(bundle, calibrate or [], labels, shown)
        quantisation.model.save(int8, overwrite)
        _show(quantisation, int8)


def _check_usage(
    onnx: Path | None,
    torchscript: Path | None,
    stac: Path | None,
    int8: Path | None,
    calibrate: list[Path] | None,
    labels: Path | None,
) -> None:
    targets = [path.resolve() for path in (onnx, torchscript, stac, int8) if path]
    message = ""
    if not targets:
        message = "say what to write: --onnx, --torchscript, --stac or --int8"
    elif len(set(targets)) < len(targets):
        message = "--onnx, --torchscript, --stac and --int8 need a path each"
    elif int8 and not calibrate:
        message = "--int8 needs --calibrate: labelled images to calibrate by and to measure on"
    elif (calibrate or labels) and not int8:
        message = "--calibrate and --labels go with --int8"
    if message:
        raise typer.BadParameter(message)


def _write_onnx(bundle: "Model", path: Path) -> None:
    from riverscape.outputs import whole_file
    from riverscape.tiles.bundle import NETWORK_FILE
    from riverscape.tiles.metadata import with_metadata

    network = with_metadata(bundle.files[NETWORK_FILE], bundle.contract)
    with whole_file(path) as aside:
        aside.write_bytes(network)
    typer.echo(f"ONNX in {path}")


def _write_torchscript(bundle: "Model", path: Path) -> None:
    from riverscape.errors import MissingExtraError
    from riverscape.outputs import whole_file

    if any(find_spec(package) is None for package in ("torch", "safetensors")):
        purpose = "exporting TorchScript"
        raise MissingExtraError(purpose, "train")
    from riverscape.tiles.export import torchscript_of
    from riverscape.tiles.restoring import restored_network

    script = torchscript_of(restored_network(bundle), bundle.contract.model_dump_json(indent=2))
    with whole_file(path) as aside:
        aside.write_bytes(script)
    typer.echo(f"TorchScript in {path}")


def _write_stac(bundle: "Model", model: str, path: Path, onnx: Path | None) -> None:
    from riverscape.execution.model_item import write_model_item
    from riverscape.models import bundle_path

    write_model_item(path, bundle, bundle_path(model), onnx)
    typer.echo(f"STAC Item in {path}")


def _quantise(
    bundle: "Model", calibrate: list[Path], labels: Path | None, progress: "Progress"
) -> "Quantisation":
    from riverscape.labels import pair_labels
    from riverscape.labels.pairing import check_labels
    from riverscape.workflow import quantise

    pairs = pair_labels(calibrate, labels, required=True)
    check_labels(pairs, bundle.contract.scheme, " ".join(map(str, calibrate)))
    return quantise(bundle, pairs, progress)


def _show(quantisation: "Quantisation", path: Path) -> None:
    from rich.markup import escape
    from rich.table import Table

    from riverscape.cli.tables import print_table

    table = Table(box=None, pad_edge=False)
    table.add_column("CNN map of")
    for name in ("F1 float", "F1 int8", "seconds float", "seconds int8"):
        table.add_column(name, justify="right")
    mean = quantisation.mean
    for name, one in [*quantisation.compared.items(), ("mean", mean)]:
        scores = (f"{one.f1_float:.4f}", f"{one.f1_int8:.4f}")
        seconds = (f"{one.seconds_float:.2f}", f"{one.seconds_int8:.2f}")
        table.add_row(escape(name), *scores, *seconds)
    print_table(table)
    change = round(mean.f1_int8 - mean.f1_float, 4) + 0.0  # never -0
    typer.echo(
        f"phase 1 is {quantisation.speed_up:.2f} times as fast on this machine, weighted F1 "
        f"{change:+.4f}"
    )
    typer.echo(
        f"calibrated by {', '.join(quantisation.calibrated)}: not fit to judge the int8 model"
    )
    typer.echo(f"model in {path}")
