"""A large image by its windows, on other processes: what they do comes into its journal.

Jobs name windows and return nothing to speak of: what comes of a window goes into the image's
journal, a file of its own (`exchange` says how). The process that began the image adds up what they
found, learns, hands on what it asks and what it learned the same way, and writes the maps.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, ClassVar, Generic, TypeVar

from riverscape.execution.exchange import Exchange, exchange_of
from riverscape.execution.faults import Failure, FaultError
from riverscape.execution.handed_on import HandedOn
from riverscape.execution.places import Place, Told
from riverscape.imagery import Source, Window, open_raster
from riverscape.journal import FolderJournal
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Resources, seen_by
from riverscape.workflow.crew import Question, Taught
from riverscape.workflow.image_views import ImageViews, answer_step, step_of
from riverscape.workflow.labelling import label_windows, labelling_windows, map_step
from riverscape.workflow.merging import merge_spans
from riverscape.workflow.scanning import scan_windows
from riverscape.workflow.spans import Span, span_levels

__all__ = ["BlockCrew"]

# Windows that one job takes, at most, and jobs that each worker should have in a pass: fewer
# windows are read ahead of the work, and fewer tiles belong to two jobs, where jobs are small.
_MOST_WINDOWS, _JOBS_EACH = 8, 4
_LEARNED = "learned"


_Part = TypeVar("_Part", Window, Span)


@dataclass(frozen=True)
class _Block(Generic[_Part]):
    """Some windows of an image in one of the passes, or spans of them.

    Attributes
    ----------
    resources
        What the job may take.
    exchange
        How its windows come into the image's journal.
    """

    image: Source
    settings: Settings
    resources: Resources
    side_px: int
    exchange: Exchange
    windows: tuple[_Part, ...]

    runs_network: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The image, and where in it."""
        return f"{self.image}, {self.step(self.windows[0])}"

    @property
    def size_px(self) -> int:
        """Pixels of all windows."""
        return sum(map(_size_px, self.windows))

    def again(self) -> "_Block[_Part]":
        """Return the same: what is kept is not done again."""
        return self

    def __call__(self, model: Model, told: Told) -> None:
        """Do the windows that the journal lacks."""
        with (
            open_raster(self.image, self.settings.image) as opened,
            self.exchange.joined() as journal,
        ):
            raster = seen_by(model, opened, self.settings.image)
            views = ImageViews(raster, model, self.settings, self.resources, self.side_px, journal)
            todo = [window for window in self.windows if not journal.has(self.step(window))]
            self.work_on(views, todo, lambda one: told(_size_px(one), ""))

    @abstractmethod
    def step(self, part: _Part, /) -> str:
        """Return the name that a window, or a span, is kept by."""

    @abstractmethod
    def work_on(
        self, views: ImageViews, todo: Sequence[_Part], advance: Callable[[_Part], None]
    ) -> None:
        """Do windows, or spans, and keep them in the journal."""


@dataclass(frozen=True)
class ScanBlock(_Block[Window]):
    """Windows of the pass of phase 1."""

    runs_network: ClassVar[bool] = True

    def step(self, window: Window, /) -> str:
        """Return the name that a window is kept by."""
        return step_of(window)

    def work_on(
        self, views: ImageViews, todo: Sequence[Window], advance: Callable[[Window], None]
    ) -> None:
        """Label their tiles, and draft what they teach."""
        scan_windows(views, todo, advance)


@dataclass(frozen=True)
class MergeBlock(_Block[Span]):
    """Spans of windows of which what the pass of phase 1 kept is put together."""

    def step(self, span: Span, /) -> str:
        """Return the name that a span is kept by."""
        return span.step

    def work_on(
        self, views: ImageViews, todo: Sequence[Span], advance: Callable[[Span], None]
    ) -> None:
        """Put their parts together, which others may have kept only just now."""
        for span in todo:
            for part in span.parts:
                _journal(views).take_note(views.step_of(part))
        merge_spans(views, todo, advance)


@dataclass(frozen=True)
class AskBlock(_Block[Window]):
    """Windows that are asked something.

    Attributes
    ----------
    question
        What it is kept by, and its hash.
    """

    question: HandedOn

    def step(self, window: Window, /) -> str:
        """Return the name that an answer is kept by."""
        return answer_step(self.question.name, window)

    def work_on(
        self, views: ImageViews, todo: Sequence[Window], advance: Callable[[Window], None]
    ) -> None:
        """Answer."""
        journal = _journal(views)
        with self.question.opened(self.exchange) as question:
            if question.reads_drafts:
                for window in todo:
                    journal.take_note(step_of(window))
            for window, answer in question.answers(views, todo):
                journal.keep(self.step(window), answer)
                advance(window)
            journal.settle()


@dataclass(frozen=True)
class LabelBlock(_Block[Window]):
    """Windows of the second pass.

    Attributes
    ----------
    learned
        What it is kept by, and its hash.
    """

    learned: HandedOn

    def step(self, window: Window, /) -> str:
        """Return the name that the maps of a window are kept by."""
        return map_step(window)

    def work_on(
        self, views: ImageViews, todo: Sequence[Window], advance: Callable[[Window], None]
    ) -> None:
        """Label every pixel of them."""
        with self.learned.opened(self.exchange) as taught:
            label_windows(views, taught, todo, advance)


class BlockCrew:
    """Those who do the windows of one large image.

    Parameters
    ----------
    place
        Where they are; it is open.
    image
        The image, as they find it.
    resources
        What each of them may take.
    """

    def __init__(self, place: Place, image: Source, resources: Resources) -> None:
        self._place, self._image, self._resources = place, image, resources

    def scan(self, views: ImageViews, advance: Callable[[Window], None]) -> None:
        """Do the pass of phase 1."""
        self._run(views, ScanBlock, views.all_windows, advance)

    def merge(self, views: ImageViews) -> None:
        """Put together what it kept, level by level, where all see it.

        What came here by a depot only this process has: it adds the windows up itself.
        """
        if self._place.depot is not None:
            return
        for level in span_levels(len(views.all_windows)):
            self._run(views, MergeBlock, level, lambda _: None)

    def ask(self, views: ImageViews, question: Question, wanted: Sequence[Window]) -> None:
        """Let windows be asked; drafts only where all see them."""
        if question.reads_drafts and self._place.depot is not None:
            return
        handed_on = HandedOn.of(question, question.name, self._exchange(views), _journal(views))
        done = count(1)
        self._run(
            views, AskBlock, wanted,
            lambda _: views.notice_learning(next(done), len(wanted)), handed_on,
        )  # fmt: skip

    def label(
        self,
        views: ImageViews,
        taught: Taught,
        advance: Callable[[Window], None],
    ) -> None:
        """Do the second pass."""
        handed_on = HandedOn.of(taught, _LEARNED, self._exchange(views), _journal(views))
        self._run(views, LabelBlock, labelling_windows(views), advance, handed_on)

    def _run(
        self,
        views: ImageViews,
        block: type[_Block[_Part]],
        windows: Sequence[_Part],
        advance: Callable[[_Part], None],
        *more: Any,  # noqa: ANN401
    ) -> None:
        """Do the windows that the journal lacks, and take note of them there."""
        journal, exchange = _journal(views), self._exchange(views)
        common = self._image, views.settings, self._resources, views.side_px, exchange
        whole, todo = block(*common, tuple(windows), *more), []
        for window in windows:
            if journal.has(whole.step(window)):
                advance(window)
            else:
                todo.append(window)
        jobs = [replace(whole, windows=part) for part in self._parts(todo)]
        with closing(self._place.outcomes(jobs)) as come:
            for job, outcome in come:
                if isinstance(outcome, Failure):
                    raise FaultError(outcome)
                for window in job.windows:
                    exchange.take(journal, whole.step(window))
                    advance(window)

    def _exchange(self, views: ImageViews) -> Exchange:
        return exchange_of(_journal(views), self._place.depot)

    def _parts(self, todo: Sequence[_Part]) -> Iterator[tuple[_Part, ...]]:
        fair = len(todo) // (_JOBS_EACH * self._place.workers)
        many = max(1, min(_MOST_WINDOWS, fair))
        for first in range(0, len(todo), many):
            yield tuple(todo[first : first + many])


def _size_px(part: Window | Span) -> int:
    """Return the pixels that are worked through: of a span only what was kept is read."""
    return part.size_px if isinstance(part, Window) else 0


def _journal(views: ImageViews) -> FolderJournal:
    if not isinstance(views.journal, FolderJournal):
        message = "windows are shared out by a journal in a folder only"
        raise TypeError(message)
    return views.journal
