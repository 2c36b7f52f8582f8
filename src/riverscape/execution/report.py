"""What people look at after a run, made anew from its record: report.html, table and plots."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from riverscape.assessment import RunResults
from riverscape.errors import InputError, OutputError
from riverscape.execution.products import (
    RECORD_NAME,
    REPORT_NAME,
    Products,
    plot_files,
    table_files,
)
from riverscape.execution.run_results import read_run
from riverscape.labels.palettes import Palette, recoloured
from riverscape.outputs import free_to_write
from riverscape.progress import SILENT, Progress, stage
from riverscape.reports.figure_style import FigureStyle

__all__ = ["ReportFiles", "read_runs", "renew_page", "report_runs"]

_TOLD = 3  # failures
_Previews = Mapping[str, Mapping[str, Path]]


@dataclass(frozen=True)
class ReportFiles:
    """What was written of some runs.

    Attributes
    ----------
    pages
        report.html of each run.
    tables
        The compiled table; none where no image has labels.
    plots
        The plots.
    notes
        What these lack, and why: a line each.
    """

    pages: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    plots: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def read_runs(folders: Sequence[Path]) -> list[RunResults]:
    """Return what came of the runs of `classify` that left their maps in the folders.

    Raises
    ------
    InputError
        If a folder holds no run that can be read, no image of it is done, or it is named twice.
    """
    places = [folder.resolve() for folder in folders]
    for folder, place in zip(folders, places, strict=True):
        if places.count(place) > 1:
            message = f"{folder} is named twice; name each run once"
            raise InputError(message)
    runs = [read_run(folder) for folder in folders]
    for run in runs:
        if not run.images:
            message = f"{run.folder}: no image of the run is done; classify again with --resume"
            raise InputError(message)
    return runs


def renew_page(folder: Path, style: FigureStyle) -> Path | None:
    """Write the report.html of a run, unless it stands: it goes before any map is made anew.

    Returns
    -------
        The page; None where the run left no pictures to show.

    Raises
    ------
    InputError
        If the run cannot be read.
    OutputError
        If the page cannot be written.
    """
    page = folder / REPORT_NAME
    if page.is_file():
        return page
    if not (folder / RECORD_NAME).is_file():
        return None
    run = read_run(folder)
    previews = _previews(run)
    return (
        _write_page(run, previews, style.palette, assets=False) if any(previews.values()) else None
    )


def report_runs(
    runs: Sequence[RunResults],
    out: Path,
    style: FigureStyle,
    plots: bool = True,
    assets: bool = False,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> ReportFiles:
    """Write report.html into the folder of each run, the compiled table and the plots into `out`.

    All are made from what the runs left, so what stands in the folder of the one run they are made
    of is renewed, and removed where the run has it no more. In any other folder nothing is
    replaced unless `overwrite`. There, a page that cannot be written is a note: runs may lie where
    nobody may write.

    Raises
    ------
    OutputError
        If table or plots stand in `out` already, or a file cannot be written.
    """
    from riverscape.reports.compiled import compiled_table, save_compiled
    from riverscape.reports.figure import save_figure
    from riverscape.reports.plots import plots_of

    table = compiled_table(runs) if any(run.scored for run in runs) else None
    drawn = plots_of(runs, table, style.palette) if plots else []
    files = {plot: [out / f"{plot.name}.{kind}" for kind in style.formats] for plot in drawn}
    tables = table_files(out) if table is not None else []
    made = [*tables, *chain.from_iterable(files.values())]
    is_own = [run.folder.resolve() for run in runs] == [out.resolve()]
    if not is_own:
        free_to_write(made, overwrite)
    if is_own or overwrite:
        _clear_stale(out, made, plots)
    previews = [_previews(run) for run in runs]
    pages, notes = [], list(chain.from_iterable(map(_notes, runs, previews)))
    with stage(progress, "reporting", len(runs) + bool(tables) + len(drawn)):
        if table is not None:
            save_compiled(table, out)
            progress.advance(note=tables[0].name)
        for plot, paths in files.items():
            figure = plot.draw()
            for path in paths:
                save_figure(path, figure, style.dpi)
            progress.advance(note=plot.name)
        for run, pictures in zip(runs, previews, strict=True):
            try:
                pages.append(_write_page(run, pictures, style.palette, assets))
            except OutputError as error:
                if is_own:
                    raise
                notes.append(f"{error}; the page of that run stays as it was")
            progress.advance(note=str(run.folder / REPORT_NAME))
    return ReportFiles(
        tuple(pages), tuple(tables), tuple(chain.from_iterable(files.values())), tuple(notes)
    )


def _write_page(run: RunResults, previews: _Previews, palette: Palette, assets: bool) -> Path:
    from riverscape.reports.html import write_report

    path = run.folder / REPORT_NAME
    return write_report(
        path, run, previews, assets=assets, scheme_shown=recoloured(run.scheme, palette)
    )


def _previews(run: RunResults) -> _Previews:
    """Return the small pictures that there are, by image and kind."""
    possible = {image.name: Products.every(run.folder, image.name).previews for image in run.images}
    return {
        name: {kind: path for kind, path in kinds.items() if path.is_file()}
        for name, kinds in possible.items()
    }


def _clear_stale(folder: Path, made: Sequence[Path], plots: bool) -> None:
    """Remove table and plots of an earlier report that this one does not make."""
    standing = table_files(folder) + (plot_files(folder) if plots else [])
    for path in standing:
        if path not in made:
            path.unlink(missing_ok=True)


def _notes(run: RunResults, previews: _Previews) -> Iterator[str]:
    """Yield what the reader of a report should know of a run, a line each."""
    count = len(run.images)
    if run.finished is None:
        yield (
            f"{run.folder}: the run was broken off; what it did of it is reported, {count:,} "
            f"image{'s' * (count != 1)} (classify --resume goes on)"
        )
    if run.failures:
        told = [f"{name} ({reason})" for name, reason in list(run.failures.items())[:_TOLD]]
        more = len(run.failures) - len(told)
        end = f"; and {more:,} more" if more else ""
        yield f"{run.folder}: {len(run.failures):,} failed: {'; '.join(told)}{end}"
    if not run.scored:
        yield (
            f"{run.folder}: no image has labelled pixels, so there are no scores: none in the "
            "compiled table, no plots of them (classify with --labels)"
        )
    lacking = sum(not kinds for kinds in previews.values())
    if lacking:
        which, have = "no image", "has"
        if lacking < count:
            which, have = (
                f"{lacking:,} of {count:,} images",
                "has no" if lacking == 1 else "have no",
            )
        yield (
            f"{run.folder}: {which} {have} previews, so report.html shows "
            f"{'no pictures' if lacking == count else 'none of them'}: "
            "classify without --no-figures writes them"
        )
