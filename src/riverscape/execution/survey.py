"""Classifying a survey: images are independent, so they run one by one or several at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from riverscape.execution.claim import claimed
from riverscape.execution.hashing import Hashing
from riverscape.execution.image import Task
from riverscape.execution.look import Look, look_if_there
from riverscape.execution.places import Here, Place
from riverscape.execution.products import RECORD_NAME, Products, asked_layers
from riverscape.execution.record import RunRecord
from riverscape.execution.standing import take_up
from riverscape.execution.surveying import Surveying, SurveyRun
from riverscape.execution.workers import Processes
from riverscape.imagery import ImageSettings
from riverscape.labels import LabelledImage
from riverscape.models import load_model
from riverscape.progress import SILENT, Progress
from riverscape.reports.figure_style import FigureStyle
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Resources, check_settings
from riverscape.workflow.device import note_device

__all__ = ["SurveyRun", "classify_survey"]

# Opening files is waiting for the disk, or for a server.
_THREADS = 8


def classify_survey(
    pairs: Sequence[LabelledImage],
    out: Path,
    model: Model | Path | str,
    settings: Settings,
    *,
    figures: bool = True,
    figure_style: FigureStyle | None = None,
    overwrite: bool = False,
    resume: bool = False,
    workers: int = 1,
    place: Place | None = None,
    resources: Resources | None = None,
    progress: Progress = SILENT,
) -> SurveyRun:
    """Classify the images of a survey into the folder `out`.

    An image that fails does not stop the others: it is listed with its reason.

    Parameters
    ----------
    figures, figure_style
        Whether a figure of each image is drawn, and how.
    workers
        Processes to spread the work over. Their number does not change the maps.
    place
        Where the work is done, instead: on a Dask cluster, for instance. Nor does it.
    resources
        What the run may take of the machine, shared by the workers.

    Raises
    ------
    OutputError
        If outputs exist that may not be overwritten or resumed, if another run works in `out`, or
        if it cannot be written. What is done is kept then, and `resume` goes on from there.
    ClusterError
        If the cluster cannot be had or is lost.
    ModelError
        If the model cannot be used.
    """
    layers, style = asked_layers(settings), figure_style or FigureStyle()
    products = {
        pair.name: Products(out, pair.name, pair.labels is not None, figures, layers, style.formats)
        for pair in pairs
    }
    model = model if isinstance(model, Model) else load_model(model)
    model = model.on(settings.tiles.device)
    check_settings(model, settings)
    given = resources or Resources()
    tasks = [Task(pair, products[pair.name], settings, given, resume, style) for pair in pairs]
    place = place or (Here() if workers == 1 else Processes(workers))
    if not place.is_far:
        note_device(model)
    with claimed(out), Hashing() as hashing:
        record = RunRecord.begin(out / RECORD_NAME, model, settings)
        take_up(record, list(products.values()), overwrite, resume)
        survey = Surveying(tasks, model, record, hashing, progress, _looks(pairs, settings.image))
        return survey.run(place)


def _looks(pairs: Sequence[LabelledImage], settings: ImageSettings) -> dict[str, Look]:
    """Return a look at each image that can be opened; the others will say why not."""
    looks: dict[str, Look] = {}
    look = partial(look_if_there, settings=settings)
    with ThreadPoolExecutor(_THREADS) as pool:
        for pair, found in zip(pairs, pool.map(look, (pair.image for pair in pairs)), strict=True):
            if found is not None:
                looks[pair.name] = found
    return looks
