"""What `classify` says at its end: a table for people, one JSON object for programs."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from riverscape.execution import ImageResult, SurveyRun

__all__ = ["print_json", "run_as_json", "say_failures", "say_run", "say_undrawn"]


def say_run(run: "SurveyRun", out: Path, report: Path | None = None) -> None:
    """Print the table of images and what a user should know of them, on stdout.

    Parameters
    ----------
    out
        The folder of the maps.
    report
        The report of the survey, where there is one.
    """
    from riverscape.cli.tables import MOST_ROWS, image_table, left_out, print_table

    if run.results:
        print_table(image_table(run.results))
        if len(run.results) > MOST_ROWS:
            typer.echo(left_out(len(run.results), f"{run.record} and the CSV files hold them all"))
    for name, result in sorted(run.results.items()):
        for note in result.notes:
            typer.echo(f"{name}: {note}")
    done = len(run.results)
    skipped = f", {len(run.skipped)} whole already" if run.skipped else ""
    if done or skipped:
        plural = "" if done == 1 else "s"
        typer.echo(f"{done} image{plural} classified{skipped}; maps are in {out}")
    unplaced = sum(not result.is_placed for result in run.results.values())
    if unplaced:
        which = f"{unplaced} of {done} images have" if done > 1 else "The image has"
        typer.echo(f"{which} no georeference: the maps lie in pixels")
    if report is not None:
        typer.echo(f"the report is {report}")


def say_undrawn(results: Mapping[str, "ImageResult"]) -> None:
    """Print which images have no figure that were to have one, a line each on stderr."""
    from riverscape.execution.figure import UNDRAWN

    for name, result in sorted(results.items()):
        for note in result.notes:
            if note.startswith(UNDRAWN):
                typer.echo(f"riverscape: {name}: {note}", err=True)


def say_failures(failures: Mapping[str, str]) -> None:
    """Print what could not be done, a line each on stderr."""
    for name, reason in sorted(failures.items()):
        typer.echo(f"riverscape: {name} failed: {reason}", err=True)


def run_as_json(run: "SurveyRun", out: Path, report: Path | None = None) -> dict[str, Any]:
    """Return what came of a run, for programs; what is not known is None."""
    return {
        "out": str(out),
        "record": str(run.record) if run.record.is_file() else None,
        "report": None if report is None else str(report),
        "images": [_image(name, result) for name, result in sorted(run.results.items())],
        "skipped": run.skipped,
        "failures": dict(sorted(run.failures.items())),
    }


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout; numbers that are none are null."""
    typer.echo(json.dumps(_plain(content), ensure_ascii=False, allow_nan=False))


def _image(name: str, result: "ImageResult") -> dict[str, Any]:
    scored = result.cnn is not None and result.csc is not None
    matrices = {"CNN": result.cnn, "CSC": result.csc}
    return {
        "name": name,
        "shape": list(result.shape),
        "has_place": result.is_placed,
        "scores": {kind: m.summary() for kind, m in matrices.items() if m} if scored else None,
        "pixels": result.pixels,
        "square_metres": result.areas_m2 or None,
        "seconds": result.seconds,
        "notes": list(result.notes),
        "files": _files(result),
    }


def _files(result: "ImageResult") -> dict[str, Any]:
    products = result.products
    files: dict[str, Path] = {"csc_map": products.csc_map, "cnn_map": products.cnn_map}
    files |= {layer: products.layer(layer) for layer in products.layers}
    if products.labelled:
        files |= {"csc_scores": products.csc_scores, "cnn_scores": products.cnn_scores}
    figures = [path for path in products.figure_files if products.figures and path.is_file()]
    return {kind: str(path) for kind, path in files.items()} | {"figures": [*map(str, figures)]}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
