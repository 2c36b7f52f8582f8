"""Classifying a survey: images are independent, so they run one by one or several at once."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from riverscape.errors import InputError, OutputError
from riverscape.execution.claim import claimed
from riverscape.execution.disk import check_room, colour_columns, room_for, taken
from riverscape.execution.hashing import Hashing
from riverscape.execution.image import ImageResult, Task, work_px
from riverscape.execution.look import Look, look_at
from riverscape.execution.products import RECORD_NAME, Products, asked_layers
from riverscape.execution.record import RunRecord
from riverscape.execution.standing import take_up
from riverscape.execution.workers import outcomes
from riverscape.imagery import ImageSettings
from riverscape.labels import LabelledImage
from riverscape.models import load_model
from riverscape.progress import SILENT, Progress, stage
from riverscape.reports.figure_style import FigureStyle
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import LEAST_SIDE_PX, Resources, check_settings, needed_mb

__all__ = ["SurveyRun", "classify_survey"]

logger = logging.getLogger(__name__)

# Opening files is waiting for the disk, or for a server.
_THREADS = 8


@dataclass
class SurveyRun:
    """What came of a survey.

    Attributes
    ----------
    results
        By image name; images that an earlier run had made are not among them.
    skipped
        Images that were whole already.
    failures
        Image name to reason.
    """

    record: Path
    results: dict[str, ImageResult] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


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
        Processes to spread the images over. Their number does not change the maps.
    resources
        What the run may take of the machine, shared by the workers.

    Raises
    ------
    OutputError
        If outputs exist that may not be overwritten or resumed, if another run works in `out`, or
        if it cannot be written. What is done is kept then, and `resume` goes on from there.
    ModelError
        If the model cannot be used.
    """
    layers, style = asked_layers(settings), figure_style or FigureStyle()
    products = {
        pair.name: Products(out, pair.name, pair.labels is not None, figures, layers, style.formats)
        for pair in pairs
    }
    model = model if isinstance(model, Model) else load_model(model)
    check_settings(model, settings)
    each = (resources or Resources()).shared_by(workers)
    tasks = [Task(pair, products[pair.name], settings, each, resume, style) for pair in pairs]
    with claimed(out), Hashing() as hashing:
        record = RunRecord.begin(out / RECORD_NAME, model, settings)
        take_up(record, list(products.values()), overwrite, resume)
        survey = _Survey(tasks, model, record, hashing, progress, _looks(pairs, settings.image))
        return survey.run(workers)


class _Survey:
    """A run over a survey: what is known of its images, and what has come of them."""

    def __init__(
        self,
        tasks: list[Task],
        model: Model,
        record: RunRecord,
        hashing: Hashing,
        progress: Progress,
        looks: dict[str, Look],
    ) -> None:
        self._model, self._record, self._hashing = model, record, hashing
        self._progress, self._looks = progress, looks
        self._outcome = SurveyRun(record.path)
        self._tasks = [task for task in tasks if not self._is_done(task)]
        self._outcome.skipped = [task.pair.name for task in tasks if task not in self._tasks]
        self._done_px = dict.fromkeys((task.pair.name for task in self._tasks), 0)

    def run(self, workers: int) -> SurveyRun:
        """Classify what is left to do."""
        self._check_room(workers)
        self._note_memory()
        try:
            self._record.write()
            for task in self._tasks:
                self._hashing.begin(task.pair.image)
                self._hashing.begin(task.pair.labels)
            with (
                stage(self._progress, "classifying", sum(map(self._work_px, self._tasks))),
                closing(outcomes(self._tasks, self._model, workers, self._advance)) as come,
            ):
                for task, outcome in come:
                    self._enter(task, outcome)
        except OutputError as error:
            message = f"{error}; what is done is kept, --resume goes on from there"
            raise OutputError(message) from error
        finally:
            self._forget_nothing_done()
        self._record.finish()
        return self._outcome

    def _enter(self, task: Task, outcome: ImageResult | str) -> None:
        name = task.pair.name
        if isinstance(outcome, ImageResult):
            self._outcome.results[name] = outcome
            self._record.add(name, self._entry(task, outcome))
            # Not before: a run that broke off between both would have to begin anew.
            task.products.remove_journal()
        else:
            self._outcome.failures[name] = outcome
            task.products.remove()  # an older map must not pass for this image's
            self._record.fail(name, outcome)
        self._advance(task, self._work_px(task), "")

    def _advance(self, task: Task, pixels: int, note: str) -> None:
        """Tell how much more is done of an image, never more in all than was announced."""
        name = task.pair.name
        left = self._work_px(task) - self._done_px[name]
        self._done_px[name] += min(pixels, left)
        if len(self._tasks) > 1:
            name = f"{self._tasks.index(task) + 1} of {len(self._tasks)}: {name}"
        self._progress.advance(min(pixels, left), f"{name}, {note}" if note else name)

    def _work_px(self, task: Task) -> int:
        look = self._looks.get(task.pair.name)
        return work_px(look.shape) if look else 1

    def _is_done(self, task: Task) -> bool:
        """Return whether the image is whole by the record, and still what it was then."""
        pair, entry = task.pair, self._record.images.get(task.pair.name)
        look = self._looks.get(pair.name)
        if entry is None or look is None or not task.products.whole:
            return False
        if entry.get("image_read_as") != look.read_as:
            return False
        # Where size and time are those noted, the image itself need not be read.
        same = entry.get("image_identity") == look.identity
        if not same and look.is_one_file:
            known = self._hashing.of(pair.image)
            same = known is not None and entry.get("image_sha256") == known
        if same and self._hashing.of(pair.labels) == entry.get("labels_sha256"):
            task.products.remove_journal()
            return True
        return False

    def _entry(self, task: Task, result: ImageResult) -> dict[str, Any]:
        pair = task.pair
        # An image that could not be opened at the begin may be there by now.
        look = self._looks.get(pair.name) or _look(pair, task.settings.image)
        entry: dict[str, Any] = {
            "image": str(pair.image),
            "tiles": list(look.parts) or None if look else None,
            "image_identity": look.identity if look else None,
            "image_read_as": look.read_as if look else None,
            "image_sha256": self._hashing.of(pair.image),
            "labels_sha256": self._hashing.of(pair.labels),
            "seconds": {stage: round(spent, 4) for stage, spent in result.seconds.items()},
            "windows": result.windows,
            "river": pair.river,
            "shape": list(result.shape),
            "pixels": result.pixels,
            "square_metres": {name: round(area, 3) for name, area in result.areas_m2.items()},
            "notes": list(result.notes),
        }
        if pair.labels is not None and result.cnn and result.csc:
            entry["labels"] = str(pair.labels)
            matrices = {"CNN": result.cnn, "CSC": result.csc}
            entry["scores"] = {kind: matrix.summary() for kind, matrix in matrices.items()}
            entry["confusion"] = {kind: m.counts.tolist() for kind, m in matrices.items()}
            entry["reliability"] = {
                name.removesuffix(" map"): found.counts.tolist()
                for name, found in result.reliability.items()
            }
        return {key: value for key, value in entry.items() if value is not None}

    def _check_room(self, workers: int) -> None:
        rooms, kept, contract = [], 0, self._model.contract
        for task in self._tasks:
            look = self._looks.get(task.pair.name)
            if look is not None:
                side_px = task.resources.side_px(look.shape, look.bytes_per_px)
                columns = colour_columns(task.settings, contract)
                classes = len(contract.scheme)
                rooms.append(room_for(look, task.products, classes, side_px, columns))
                kept += taken(task.products.journal) if task.resume else 0
        check_room(self._record.path.parent, rooms, workers, kept)

    def _note_memory(self) -> None:
        """Say so, of what needs most, where even small windows take more memory than asked."""
        looked = [task for task in self._tasks if task.pair.name in self._looks]
        if not looked:
            return
        most_mb, name = max((self._least_mb(task), task.pair.name) for task in looked)
        asked_mb = looked[0].resources.max_ram_mb
        if most_mb > asked_mb:
            logger.warning(
                "%s takes about %.0f MB of memory however small its windows are, not %.0f MB",
                name, most_mb, asked_mb,
            )  # fmt: skip

    def _least_mb(self, task: Task) -> float:
        look, side_px = self._looks[task.pair.name], task.resources.window_px or LEAST_SIDE_PX
        contract = self._model.contract
        return needed_mb(look.shape, look.bytes_per_px, side_px, contract, task.settings)

    def _forget_nothing_done(self) -> None:
        """Leave no record of a run that broke off before anything was done."""
        if not self._record.images and not any(task.products.begun for task in self._tasks):
            self._record.path.unlink(missing_ok=True)


def _looks(pairs: Sequence[LabelledImage], settings: ImageSettings) -> dict[str, Look]:
    """Return a look at each image that can be opened; the others will say why not."""
    looks: dict[str, Look] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for pair, look in zip(
            pairs, pool.map(partial(_look, settings=settings), pairs), strict=True
        ):
            if look is not None:
                looks[pair.name] = look
    return looks


def _look(pair: LabelledImage, settings: ImageSettings) -> Look | None:
    with suppress(InputError):
        return look_at(pair.image, settings)
    return None
