"""What `classify` says at its end: a table for people, one JSON object for programs."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from riverscape.execution import ImageResult, Products, SurveyRun

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
    images = {name: _image(name, result) for name, result in run.results.items()}
    images |= _whole_already(run.skipped, out)
    return {
        "out": str(out),
        "record": str(run.record) if run.record.is_file() else None,
        "report": None if report is None else str(report),
        "images": [image for _, image in sorted(images.items())],
        "skipped": run.skipped,
        "failures": dict(sorted(run.failures.items())),
    }


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout; numbers that are none are null."""
    typer.echo(json.dumps(_plain(content), ensure_ascii=False, allow_nan=False))


def _image(name: str, result: "ImageResult") -> dict[str, Any]:
    matrices = {"CNN": result.cnn, "CSC": result.csc} if result.cnn and result.csc else {}
    return {
        "name": name,
        "shape": list(result.shape),
        "has_place": result.is_placed,
        "scores": {kind: m.summary() for kind, m in matrices.items() if m} or None,
        "pixels": result.pixels,
        "square_metres": result.areas_m2 or None,
        "seconds": result.seconds,
        "notes": list(result.notes),
        "files": _files(result.products),
    }


def _whole_already(names: Sequence[str], out: Path) -> dict[str, dict[str, Any]]:
    """Return, by name, what earlier runs made of images."""
    from riverscape.execution import Products
    from riverscape.execution.run_results import read_run

    return {
        image.name: {
            "name": image.name,
            "shape": list(image.shape),
            "has_place": image.has_place,
            "scores": {kind: m.summary() for kind, m in image.matrices.items()} or None,
            "pixels": image.pixels,
            "square_metres": image.areas_m2 or None,
            "seconds": image.seconds,
            "notes": list(image.notes),
            "files": _files(Products.every(out, image.name)),
        }
        for image in (read_run(out).images if names else ())
        if image.name in names
    }


def _files(products: "Products") -> dict[str, Any]:
    """Return where the outputs are that stand."""
    files = {"csc_map": products.csc_map, "cnn_map": products.cnn_map}
    files |= {layer: products.layer(layer) for layer in products.layers}
    files |= {"csc_scores": products.csc_scores, "cnn_scores": products.cnn_scores}
    figures = [str(path) for path in products.figure_files if path.is_file()]
    return {kind: str(path) for kind, path in files.items() if path.is_file()} | {
        "figures": figures
    }


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
