"""`riverscape compare`."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riverscape.cli import options
from riverscape.cli.console import ProgressStyle, choose_progress

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from riverscape.imagery import Source
    from riverscape.labels import LabelledImage
    from riverscape.tiles import Model

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape compare survey/ --train labelled-survey/

    riverscape compare rivers/ --hold-out river --csc kde,mlp --out comparison/

The traditional classifiers learn from the labels of other images: those of --train, or all others
of the survey. Those of CSC learn each image from the network's tiles, and need no labels.
"""
_SHOWN = 3


class _Unit(StrEnum):
    image = "image"
    river = "river"


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("compare", epilog=_EXAMPLES)(_compare)


def _compare(
    sources: options.Sources,
    labels: options.Labels = None,
    train: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SURVEY",
            help="Labelled images that teach the traditional classifiers; may be given repeatedly.",
            show_default=False,
        ),
    ] = None,
    train_labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE|DIR", help="Labels of --train, where they lie elsewhere."),
    ] = None,
    hold_out: Annotated[
        _Unit | None,
        typer.Option(
            help="Without --train: what is left out in turn while all others teach; image."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME|MODEL", help="A bundled model's name or a bundle's path.")
    ] = "ste-marguerite",
    traditional: Annotated[
        str, typer.Option(metavar="NAMES", help="Traditional classifiers, or none.")
    ] = "gaussian,forest,mlp",
    csc: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Pixel classifiers of CSC, or none; all there are.",
            show_default=False,
        ),
    ] = None,
    config: options.Config = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write the tables as CSV.")
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    progress: options.Progress = ProgressStyle.bar,
) -> None:
    """Compare CSC with pixel classifiers that the labels of other images teach."""
    if train and hold_out:
        message = "--train and --hold-out exclude each other"
        raise typer.BadParameter(message)
    if train_labels and not train:
        message = "--train-labels goes with --train"
        raise typer.BadParameter(message)
    from riverscape.cli.tables import print_table
    from riverscape.models import load_model
    from riverscape.outputs import free_to_write
    from riverscape.reports.tables import save_table
    from riverscape.settings import read_settings
    from riverscape.workflow import Methods, compare, comparison_summary, comparison_table

    files = [] if out is None else [out / "comparison.csv", out / "summary.csv"]
    free_to_write(files, overwrite)
    settings = read_settings(config, {})
    bundle = load_model(model)
    methods = Methods(_names(traditional), Methods.csc if csc is None else _names(csc))
    pairs = _labelled(sources, labels, bundle)
    if not methods.traditional and not methods.csc:
        message = "--traditional none and --csc none leave nothing to compare"
        raise typer.BadParameter(message)
    maps = compare(
        pairs,
        bundle,
        settings,
        methods,
        _labelled(train, train_labels, bundle) if train else None,
        (hold_out or _Unit.image).value,
        choose_progress(quiet, progress),
    )
    compared = list(maps)
    summary = comparison_summary(compared)
    print_table(_summary_table(summary))
    if methods.csc:
        typer.echo(_trained_on(bundle, pairs, _training_hashes(Path(model), bundle)))
    if out is not None:
        for file, table in zip(files, (comparison_table(compared), summary), strict=True):
            save_table(table, file)
        typer.echo(f"comparison.csv and summary.csv are in {out}")


def _names(text: str) -> tuple[str, ...]:
    """Return names separated by commas, each once."""
    names = [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(name for name in names if name not in ("", "none")))


def _labelled(
    sources: "Sequence[Source]", labels: Path | None, model: "Model"
) -> "list[LabelledImage]":
    from riverscape.labels import pair_labels
    from riverscape.labels.pairing import check_labels

    pairs = pair_labels(sources, labels, required=True)
    check_labels(pairs, model.contract.scheme, " ".join(map(str, sources)))
    return pairs


def _summary_table(summary: "pd.DataFrame") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("method")
    table.add_column("classifier")
    for name in ("mean F1", "median F1", "least F1", "mean F1 of classes", "seconds an image"):
        table.add_column(name, justify="right")
    for row in summary.to_dict("records"):
        scores = [f"{row[name]:.4f}" for name in ("f1_mean", "f1_median", "f1_least", "f1_macro")]
        table.add_row(row["method"], escape(row["classifier"]), *scores, f"{row['seconds']:.2f}")
    return table


def _training_hashes(path: Path, model: "Model") -> dict[str, str]:
    """Return the SHA-256 by name of the images that a model was trained on.

    They stand in the record that its training left beside it; of most models there is none.
    """
    from riverscape.execution.training_files import TrainingFiles

    try:
        record = json.loads(TrainingFiles(path).record.read_text(encoding="utf-8"))
        if record["model"] != model.sha256:
            return {}
        return {str(entry["image"]): str(entry["sha256"]) for entry in record["data"]["images"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _trained_on(model: "Model", pairs: "Sequence[LabelledImage]", hashes: dict[str, str]) -> str:
    """Return one line: what a model was trained on, and whether that is what it is tested by.

    Parameters
    ----------
    hashes
        SHA-256 by name of the images that it was trained on; without them names must do.
    """
    from riverscape.imagery import fingerprint

    stated = model.contract.training
    trained, kept_out = stated.get("images"), stated.get("validation_images", [])
    if not isinstance(trained, list) or not trained:
        return f"model {model.contract.name} does not say what it was trained on"

    def among(names: list[str]) -> list[str]:
        if not hashes:
            return [pair.name for pair in pairs if pair.name in names]
        known = {hashes.get(name) for name in names}
        return [pair.name for pair in pairs if fingerprint(pair.image) in known]

    how = "by SHA-256" if hashes else "by name"
    line = f"model {model.contract.name} was trained on {len(trained)} images"
    if seen := among(trained):
        line += f", {len(seen)} of these {len(pairs)} among them ({_few(seen)}; {how}): "
        line += "its scores on them say little of other images"
    else:
        line += f", none of these {len(pairs)} among them ({how})"
    if chosen_by := among(kept_out):
        line += f"; its best epoch was chosen by {_few(chosen_by)}"
    rivers = {name.split("_", 1)[0] for name in trained} & {pair.river for pair in pairs}
    if rivers and not seen:
        line += f"; it has seen other images of {_few(sorted(rivers))}"
    started = (stated.get("settings") or {}).get("start_from")
    return line + (f"; it went on from the model {started['name']}" if started else "")


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
