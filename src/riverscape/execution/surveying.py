"""A run over a survey: which images are left to do, how they are shared out, what comes of them."""

from collections.abc import Collection
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from riverscape.errors import ClusterError, OutputError
from riverscape.execution.block_crew import BlockCrew
from riverscape.execution.faults import Failure, write_failures
from riverscape.execution.hashing import Hashing
from riverscape.execution.image import ImageResult, Task, classify_image, work_px
from riverscape.execution.image_jobs import HashedResult, ImageJob, image_job, in_full
from riverscape.execution.look import Look, look_if_there
from riverscape.execution.places import Place, Told, attempt
from riverscape.execution.products import remove_derived
from riverscape.execution.record import RunRecord
from riverscape.execution.survey_entries import image_entry, is_unchanged
from riverscape.execution.survey_needs import check_disk, note_memory
from riverscape.progress import Progress, stage
from riverscape.tiles import Model
from riverscape.workflow import Resources

__all__ = ["SurveyRun", "Surveying"]


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


class Surveying:
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
        self._outcome, self._failures = SurveyRun(record.path), dict[str, Failure]()
        self._tasks = {task.pair.name: task for task in tasks if not self._is_done(task)}
        self._total_px = sum(map(self._work_px, self._tasks.values()))
        self._order = {name: place for place, name in enumerate(self._tasks, 1)}
        self._outcome.skipped = [t.pair.name for t in tasks if t.pair.name not in self._tasks]
        self._done_px = dict.fromkeys(self._tasks, 0)

    def run(self, place: Place) -> SurveyRun:
        """Classify what is left to do."""
        out = self._record.path.parent
        with place.opened(self._model, out) if self._tasks else nullcontext():
            self._share_out(place)
            tasks, contract = list(self._tasks.values()), self._model.contract
            check_disk(out, tasks, self._looks, contract, place.workers if tasks else 1)
            note_memory(tasks, self._looks, contract)
            if tasks or RunRecord.is_unfinished(self._record.path):
                remove_derived(out)  # what a run that is stopped leaves must not speak for it
            try:
                self._run(place)
            finally:
                self._forget_nothing_done()
        self._record.finish()
        return self._outcome

    def _run(self, place: Place) -> None:
        try:
            self._record.write()
            with stage(self._progress, "classifying", self._total_px):
                large = {n: task for n, task in self._tasks.items() if self._is_large(task, place)}
                for name, task in self._tasks.items():
                    if name in large or not place.is_far:  # who is far does it with the image
                        self._hashing.begin(task.pair.image)
                        self._hashing.begin(task.pair.labels)
                self._by_images(place, large)
                for task in large.values():
                    self._by_blocks(place, task)
            listed = self._failures if self._record.images else {}
            write_failures(self._record.path.parent, listed)
        except (OutputError, ClusterError) as error:
            message = f"{error}; what is done is kept, --resume goes on from there"
            raise type(error)(message) from error

    def _share_out(self, place: Place) -> None:
        """Let each task take its part of what the run may take."""
        given = next((task.resources for task in self._tasks.values()), Resources())
        each = place.share(given) if self._tasks else given
        self._threads = given.threads
        for name, task in self._tasks.items():
            self._tasks[name] = replace(task, resources=each)

    def _is_large(self, task: Task, place: Place) -> bool:
        """Return whether an image would keep one worker busy when all others have ended."""
        look = self._looks.get(task.pair.name)
        if place.workers == 1 or look is None:
            return False
        is_one_window = max(look.shape) <= task.resources.side_px(look.shape, look.bytes_per_px)
        return not is_one_window and self._work_px(task) * place.workers > self._total_px

    def _by_images(self, place: Place, besides: Collection[str]) -> None:
        jobs = (
            image_job(task, self._looks.get(name), place)
            for name, task in self._tasks.items()
            if name not in besides
        )

        def advance(job: ImageJob, pixels: int, note: str) -> None:
            self._advance(self._tasks[job.name], pixels, note)

        with closing(place.outcomes(jobs, advance)) as come:
            for job, outcome in come:
                task, outcome = self._tasks[job.name], job.taken(outcome)
                if isinstance(outcome, HashedResult):
                    self._hashing.know(task.pair.image, outcome.image_sha256)
                    self._hashing.know(task.pair.labels, outcome.labels_sha256)
                    outcome = outcome.result
                self._enter(task, outcome)

    def _by_blocks(self, place: Place, task: Task) -> None:
        """Share the windows of a large image out; what is left is done here, on all threads."""
        crew = BlockCrew(place, in_full(task).pair.image, task.resources)
        own = replace(task, resources=replace(task.resources, threads=self._threads))

        def shared_out(model: Model, told: Told) -> ImageResult:
            return classify_image(own, model, told, crew)

        outcome = attempt(shared_out, self._model, partial(self._advance, task))
        if isinstance(outcome, Failure) and outcome.is_output:
            raise OutputError(outcome.reason)
        self._enter(task, outcome)

    def _enter(self, task: Task, outcome: ImageResult | Failure) -> None:
        name = task.pair.name
        if isinstance(outcome, ImageResult):
            outcome = replace(outcome, products=task.products)
            self._outcome.results[name] = outcome
            # An image that could not be opened at the begin may be there by now.
            look = self._looks.get(name) or look_if_there(task.pair.image, task.settings.image)
            self._record.add(name, image_entry(task, outcome, look, self._hashing))
            # Not before: a run that broke off between both would have to begin anew.
            task.products.remove_journal()
        else:
            self._outcome.failures[name] = outcome.reason
            self._failures[name] = outcome
            task.products.remove()  # an older map must not pass for this image's
            self._record.fail(name, outcome.reason)
        self._advance(task, self._work_px(task), "")

    def _advance(self, task: Task, pixels: int, note: str) -> None:
        """Tell how much more is done of an image, never more in all than was announced."""
        name = task.pair.name
        left = self._work_px(task) - self._done_px[name]
        self._done_px[name] += min(pixels, left)
        if len(self._tasks) > 1:
            name = f"{self._order[name]} of {len(self._tasks)}: {name}"
        self._progress.advance(min(pixels, left), f"{name}, {note}" if note else name)

    def _work_px(self, task: Task) -> int:
        look = self._looks.get(task.pair.name)
        return work_px(look.shape) if look else 1

    def _is_done(self, task: Task) -> bool:
        name = task.pair.name
        entry = self._record.images.get(name)
        done = is_unchanged(task, entry, self._looks.get(name), self._hashing)
        if done:
            task.products.remove_journal()
        return done

    def _forget_nothing_done(self) -> None:
        """Leave no record of a run that broke off before anything was done."""
        if not self._record.images and not any(
            task.products.begun for task in self._tasks.values()
        ):
            self._record.path.unlink(missing_ok=True)
