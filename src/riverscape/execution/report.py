"""What people look at after a run, made anew from its record: report.html, table and plots."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from riverscape.assessment import RunResults
from riverscape.errors import InputError
from riverscape.execution.products import RECORD_NAME, REPORT_NAME, Products
from riverscape.execution.run_results import read_run
from riverscape.labels.palettes import Palette, recoloured
from riverscape.outputs import free_to_write
from riverscape.progress import SILENT, Progress, stage
from riverscape.reports.figure_style import FIGURE_FORMATS, FigureStyle

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


def renew_page(folder: Path, style: FigureStyle, figures: bool = True) -> Path | None:
    """Write the report.html of a run, or leave none that speaks of older maps.

    Parameters
    ----------
    figures
        Whether the run leaves pictures at all.

    Returns
    -------
        The page; None where there is none.

    Raises
    ------
    InputError
        If the run cannot be read.
    OutputError
        If the page cannot be written.
    """
    if not figures or not (folder / RECORD_NAME).is_file():
        (folder / REPORT_NAME).unlink(missing_ok=True)
        return None
    run = read_run(folder)
    return _write_page(run, _previews(run), style.palette, assets=False)


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
    replaced unless `overwrite`.

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
    tables = _tables(out) if table is not None else []
    if [run.folder.resolve() for run in runs] == [out.resolve()]:
        _clear_stale(out, bool(tables), [plot.name for plot in drawn] if plots else None)
    else:
        free_to_write([*tables, *chain.from_iterable(files.values())], overwrite)
    previews = [_previews(run) for run in runs]
    pages = []
    with stage(progress, "reporting", len(runs) + bool(tables) + len(drawn)):
        for run, pictures in zip(runs, previews, strict=True):
            pages.append(_write_page(run, pictures, style.palette, assets))
            progress.advance(note=str(pages[-1]))
        if table is not None:
            save_compiled(table, out)
            progress.advance(note=tables[0].name)
        for plot, paths in files.items():
            figure = plot.draw()
            for path in paths:
                save_figure(path, figure, style.dpi)
            progress.advance(note=plot.name)
    notes = chain.from_iterable(map(_notes, runs, previews))
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


def _tables(out: Path) -> list[Path]:
    from riverscape.reports.compiled import COMPILED_NAMES

    return [out / name for name in COMPILED_NAMES]


def _clear_stale(folder: Path, scored: bool, drawn: Sequence[str] | None) -> None:
    """Remove what an earlier report left of a run that has it no more; None keeps all plots."""
    from riverscape.reports.plots import PLOT_NAMES

    stale = [] if scored else _tables(folder)
    if drawn is not None:
        names = sorted(set(PLOT_NAMES) - set(drawn))
        stale += [folder / f"{name}.{kind}" for name in names for kind in FIGURE_FORMATS]
    for path in stale:
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
            f"{run.folder}: no image has labels, so there are no scores: none in the compiled "
            "table, no plots of them (classify with --labels)"
        )
    lacking = sum(not kinds for kinds in previews.values())
    if lacking:
        which = "no image" if lacking == count else f"{lacking:,} of {count:,} images"
        has = "has" if lacking == count else "have no"
        yield (
            f"{run.folder}: {which} {has} previews, so report.html shows "
            f"{'no pictures' if lacking == count else 'none of them'}: "
            "classify without --no-figures writes them"
        )
