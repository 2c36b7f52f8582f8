"""What `classify` does when the maps are made: STAC Items, the report, and what it says."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from riverscape.cli.results import print_json, run_as_json, say_failures, say_run, say_undrawn
from riverscape.errors import RiverscapeError

if TYPE_CHECKING:
    from riverscape.execution import SurveyRun
    from riverscape.labels import LabelledImage
    from riverscape.reports.figure_style import FigureStyle
    from riverscape.tiles import Model

__all__ = ["describe", "finish"]


def describe(
    out: Path, pairs: "list[LabelledImage]", bundle: "Model", model: str, stac: bool
) -> str:
    """Write the maps' STAC Items, or leave no Collection that speaks of older maps.

    Returns
    -------
        What to say of the Items, if there are any.
    """
    from riverscape.execution.stac import renew_collection, write_catalogue
    from riverscape.models import bundle_path

    if not stac:
        renew_collection(out)
        return ""
    found = write_catalogue(out, pairs, bundle, bundle_path(model))
    if not found.items:
        return ""
    plural = "" if found.items == 1 else "s"
    parts = {"outlines of maps": found.areas, "places of the camera": found.points}
    said = [f"{what}: {count}" for what, count in parts.items() if count]
    placed = ", ".join(said) or "none with a place on Earth"
    return f"{found.items} STAC Item{plural} ({placed}); begin at {out / 'collection.json'}"


def finish(
    run: "SurveyRun",
    out: Path,
    style: "FigureStyle",
    describe: Callable[[], str],
    stood: Sequence[Path] = (),
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Write what tells of the maps, and say what came of the run, whatever of that fails.

    Parameters
    ----------
    describe
        Writes the STAC Items, and returns what to say of them.
    stood
        What earlier runs had made of all maps of the folder.

    Returns
    -------
        The exit status.
    """
    from riverscape.execution.report import renew_page

    faults: list[str] = []
    described, report = "", None
    with _noted(faults):
        described = describe()
    with _noted(faults):
        report = renew_page(out, style)
    if as_json:
        print_json(run_as_json(run, out, report))
    elif quiet:
        say_undrawn(run.results)
    else:
        say_run(run, out, report)
        for line in filter(None, (described, _gone(stood, out))):
            typer.echo(line)
    say_failures(run.failures)
    for fault in faults:
        typer.echo(f"riverscape: {fault}", err=True)
    return 1 if run.failures or faults else 0


@contextmanager
def _noted(faults: list[str]) -> Iterator[None]:
    """Note what goes wrong, instead of ending: the maps are there all the same."""
    try:
        yield
    except RiverscapeError as error:
        faults.append(str(error))


def _gone(stood: Sequence[Path], out: Path) -> str:
    names = [path.name for path in stood if not path.exists()]
    if not names:
        return ""
    listed = ", ".join(names)
    return f"removed, as made of older maps: {listed} (anew: riverscape report {out})"
