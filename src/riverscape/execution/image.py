"""One image of a survey: classified, scored and written."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from riverscape._version import __version__
from riverscape.assessment import ConfusionMatrix, Reliability
from riverscape.execution.figure import figure_preview_px, save_figures
from riverscape.execution.map_files import write_maps
from riverscape.execution.map_summary import PREVIEW_PX, MapSummary
from riverscape.execution.products import Products
from riverscape.imagery import Raster, open_raster
from riverscape.journal import FolderJournal, Journal, MemoryJournal
from riverscape.labels import LabelledImage
from riverscape.reports.figure_style import FigureStyle
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Resources, bytes_per_px, map_image, seen_by
from riverscape.workflow.crew import Crew
from riverscape.workflow.labelling import is_pass_step

__all__ = ["Advance", "ImageResult", "Task", "classify_image", "work_px"]

logger = logging.getLogger(__name__)

Advance = Callable[[int, str], None]
# So many pixels are written while one is gone through in one of the passes.
_WRITING_SHARE = 10


@dataclass(frozen=True)
class Task:
    """An image, what becomes of it and how.

    Attributes
    ----------
    resume
        Whether to go on where an earlier run broke off in the middle of the image.
    figure_style
        How its figure is drawn, if there is to be one.
    """

    pair: LabelledImage
    products: Products
    settings: Settings
    resources: Resources
    resume: bool = False
    figure_style: FigureStyle = field(default_factory=FigureStyle)


@dataclass(frozen=True)
class ImageResult:
    """What came of one image: where its maps are, and its scores where it has labels.

    Attributes
    ----------
    seconds
        Time spent in each stage, by the run that finished the image. Stages overlap; "total" is
        what passed on the clock from opening the image to its last output.
    windows
        Of a large image: the side of its windows, how many steps both passes over them took, how
        many were computed, those that were lost when a run broke off counted again, and in how
        many runs. None if it was one window.
    is_placed
        Whether the image, and so its maps, has a place on Earth.
    shape
        Rows and columns of the maps.
    areas_m2
        Square metres of each class in the CSC map; empty where it has no place on Earth.
    reliability
        Of the "CNN map" and the "CSC map", as far as labels and confidence tell.
    """

    products: Products
    seconds: dict[str, float]
    notes: tuple[str, ...]
    pixels: dict[str, int]
    cnn: ConfusionMatrix | None = None
    csc: ConfusionMatrix | None = None
    windows: dict[str, int] | None = None
    is_placed: bool = True
    shape: tuple[int, int] = (0, 0)
    areas_m2: dict[str, float] = field(default_factory=dict)
    reliability: dict[str, Reliability] = field(default_factory=dict)


def work_px(shape: tuple[int, int]) -> int:
    """Return how much there is to do for an image of `shape`, as told to `advance`.

    Each pixel is gone through in two passes. Writing it costs about a tenth of one.

    Examples
    --------
    >>> work_px((10, 20))
    420
    """
    size_px = shape[0] * shape[1]
    return 2 * size_px + size_px // _WRITING_SHARE


def classify_image(
    task: Task, model: Model, advance: Advance = lambda *_: None, crew: Crew | None = None
) -> ImageResult:
    """Classify one image, score it where it has labels, and write its outputs.

    Parameters
    ----------
    advance
        Told how much more is done, of `work_px` in all, and what is being done now.
    crew
        Others that do the windows of an image that is larger than one, where there are any.

    Raises
    ------
    RiverscapeError
        If the image or its labels cannot be used, or an output cannot be written.
    """
    settings, products, began = task.settings, task.products, time.perf_counter()
    stated = settings.image.value_range
    with open_raster(task.pair.image, settings.image) as opened:
        raster, own_px = seen_by(model, opened, settings.image), math.prod(opened.shape)
        with _journal(task, model, raster) as (journal, side_px):
            shared_out = crew is not None and isinstance(journal, FolderJournal)
            mapped = partial(map_image, crew=crew) if shared_out else map_image
            maps = mapped(
                raster, model, settings, task.resources, journal, side_px,
                lambda window: advance(window.size_px * own_px // math.prod(raster.shape), ""),
                notice=lambda note: advance(0, note),
            )  # fmt: skip
            started = time.perf_counter()
            summary = MapSummary(
                model.contract.scheme,
                maps.own.shape,
                max(figure_preview_px(products, task.figure_style, maps.own.shape), PREVIEW_PX),
            )
            write_maps(
                maps, products, task.pair.labels, summary, task.resources.threads,
                lambda strip: advance(strip.size_px // _WRITING_SHARE, "writing maps"),
            )  # fmt: skip
            windows = _window_counts(journal, side_px)
            _write_scores(products, summary)
            undrawn = save_figures(products, task.figure_style, maps.own, model, summary, stated)
    products.clear_stale()
    ended = time.perf_counter()
    return ImageResult(
        products,
        {**maps.seconds, "write": ended - started, "total": ended - began},
        (*maps.notes, *undrawn),
        summary.pixels,
        summary.matrices.get("CNN map"),
        summary.matrices.get("CSC map"),
        windows,
        maps.own.is_placed,
        maps.own.shape,
        summary.areas_m2,
        summary.reliability,
    )


def _window_counts(journal: Journal, side_px: int) -> dict[str, int] | None:
    if not isinstance(journal, FolderJournal):
        return None
    runs = journal.computed
    computed = [step for steps in runs for step in steps if is_pass_step(step)]
    return {
        "side_px": side_px,
        "steps": len(set(computed)),
        "computed": len(computed),
        "runs": len(runs),
    }


@contextmanager
def _journal(task: Task, model: Model, raster: Raster) -> Iterator[tuple[Journal, int]]:
    """Open the journal of an image and yield it with the side of the windows.

    An image that is one window has nothing to go on with. The windows of a broken run are taken
    over, whatever memory there is now. What is kept stays until the image is entered in the
    record.
    """
    side_px = task.resources.side_px(raster.shape, bytes_per_px(raster))
    folder = task.products.journal
    earlier = FolderJournal.head_of(folder) if task.resume else None
    side_px = side_px if earlier is None else earlier.get("side_px", side_px)
    if max(raster.shape) <= side_px:
        yield MemoryJournal(), side_px
        return
    head = {
        "riverscape": __version__,
        "image": raster.identity(),
        "read_as": raster.read_as(),
        "bands": list(raster.bands),
        "model": model.sha256,
        "settings": task.settings.model_dump(mode="json"),
        "side_px": side_px,
    }
    if earlier is not None and earlier != head:
        logger.info(
            "%s: image, model or settings are not those of the run that was broken off; "
            "it begins anew",
            task.pair.name,
        )
    with FolderJournal.open(folder, head, task.resume) as journal:
        yield journal, side_px


def _write_scores(products: Products, summary: MapSummary) -> None:
    scores = summary.matrices
    if scores:
        from riverscape.reports.tables import save_table

        save_table(scores["CNN map"].scores(), products.cnn_scores)
        save_table(scores["CSC map"].scores(), products.csc_scores)
