"""The plots of a run, and of several together: which there are and what they are called."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from riverscape.assessment import RunResults
from riverscape.labels.palettes import Palette, recoloured
from riverscape.reports.class_share import draw_f1_by_share
from riverscape.reports.confusion import draw_confusion
from riverscape.reports.experiments import experiment_names
from riverscape.reports.reliability import draw_reliability
from riverscape.reports.survey_areas import draw_areas
from riverscape.reports.violins import MOST_GROUPS, draw_violins, river_panels, run_panels

__all__ = ["Plot", "plots_of"]


@dataclass(frozen=True)
class Plot:
    """A plot that is drawn when it is asked for.

    Attributes
    ----------
    name
        Of its file, without suffix.
    """

    name: str
    draw: Callable[[], Figure]


def plots_of(
    runs: Sequence[RunResults],
    table: pd.DataFrame | None = None,
    palette: Palette = Palette.original,
) -> list[Plot]:
    """Return the plots of each run; of several, also one that sets them side by side.

    Parameters
    ----------
    table
        The compiled table of the runs; None where no image has labels.
    """
    names = experiment_names(runs)
    found = [
        Plot(f"PLOT_{plot.name}{ending}", plot.draw)
        for run, name, ending in zip(runs, names, _endings(names), strict=True)
        for plot in _of_run(run, name, _rows(table, name), palette)
    ]
    if table is not None and 1 < table["experiment"].nunique() <= MOST_GROUPS:
        found.append(Plot("PLOT_runs", partial(_draw_runs, runs, table)))
    return found


def _of_run(run: RunResults, name: str, table: pd.DataFrame | None, palette: Palette) -> list[Plot]:
    scheme = recoloured(run.scheme, palette)
    under = f"model {run.model}, pixel classifier {run.classifier}"
    count = _images(len(run.images))
    found = []
    if table is not None:
        count = _images(len(run.scored))
        found.append(Plot("violins", partial(_draw_rivers, run, table, f"{name}: F1", under)))
        for kind in ("CNN", "CSC"):
            matrix = run.total(kind)
            if matrix is not None:
                title = f"{name}: {kind} maps of {count}, {under}"
                found.append(
                    Plot(
                        f"confusion_{kind}",
                        partial(draw_confusion, type(matrix)(matrix.counts, scheme), title),
                    )
                )
        title = f"{name}: F1 and how common a class is, {count}"
        found.append(Plot("f1_by_share", partial(draw_f1_by_share, table, scheme, title, under)))
    curves = {kind: run.reliability(kind) for kind in ("CNN", "CSC")}
    known = {kind: curve for kind, curve in curves.items() if curve and curve.pixels.size}
    if known:
        title = f"{name}: reliability of the maps' confidence, {count}"
        found.append(Plot("reliability", partial(draw_reliability, known, title, under)))
    if any(any(image.pixels.values()) for image in run.images):
        title = f"{name}: land cover along the survey, CSC maps of {_images(len(run.images))}"
        found.append(Plot("areas", partial(draw_areas, run, scheme, title, under)))
    return found


def _draw_rivers(run: RunResults, table: pd.DataFrame, title: str, under: str) -> Figure:
    panels = river_panels(table, run.scheme.names)
    return draw_violins(panels, f"{title} of {_images(len(run.scored))}", under)


def _draw_runs(runs: Sequence[RunResults], table: pd.DataFrame) -> Figure:
    classes = list(dict.fromkeys(name for run in runs for name in run.scheme.names))
    count = table["experiment"].nunique()
    return draw_violins(run_panels(table, classes), f"F1 of the images of {count} runs")


def _rows(table: pd.DataFrame | None, experiment: str) -> pd.DataFrame | None:
    rows = None if table is None else table[table["experiment"] == experiment]
    return None if rows is None or rows.empty else rows


def _images(count: int) -> str:
    return f"{count:,} image{'s' * (count != 1)}"


def _endings(experiments: Sequence[str]) -> list[str]:
    """Return what tells the files of several runs apart.

    Examples
    --------
    >>> _endings(["maps"]), _endings(["2016/maps", "2019/maps"])
    ([''], ['_2016_maps', '_2019_maps'])
    >>> _endings(["a/b_c", "a_b/c"])
    ['_a_b_c', '_a_b_c_2']
    """
    if len(experiments) == 1:
        return [""]
    made: list[str] = []
    for name in experiments:
        ending, number = "_" + re.sub(r"[\\/:]+", "_", name.strip("/\\")), 2
        while ending in made:
            ending, number = f"{ending.removesuffix(f'_{number - 1}')}_{number}", number + 1
        made.append(ending)
    return made
