"""An image by windows: read with what is around them, as both phases see it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from riverscape.imagery import Raster, Window, ahead, filled
from riverscape.journal import Journal
from riverscape.pixels import Draft, Question, View, features_see_raw, learning_halo_px
from riverscape.progress import Stopwatch
from riverscape.settings import Settings
from riverscape.tiles import Model, tile_grid, tile_stride, tile_windows
from riverscape.workflow.resources import Resources
from riverscape.workflow.spans import Span, kept_spans

if TYPE_CHECKING:
    from riverscape.workflow.crew import Crew

__all__ = ["ImageViews"]

# Of an invalid pixel only that is asked which a tile sees that holds a valid one: it is not
# farther from it than a tile's diagonal.
_REACH_TILES = 1.5
# Windows of whole rows are at most so many times wider than square ones; beyond, square ones
# need less memory, though each decodes whole rows.
_WIDEST_ROWS = 32


@dataclass(frozen=True, eq=False)
class ImageViews:
    """An open image, the model that looks at it, and the windows of the pass of phase 1.

    Attributes
    ----------
    raster
        The image, with the model's bands.
    side_px
        Side of the windows, about.
    journal
        Where the drafts of the windows are kept.
    crew
        Others that do windows, where there are any.
    notice
        Told in a few words what is done between the passes.
    """

    raster: Raster
    model: Model
    settings: Settings
    resources: Resources
    side_px: int
    journal: Journal
    clock: Stopwatch = field(default_factory=Stopwatch)
    crew: "Crew | None" = None
    notice: Callable[[str], None] = lambda _: None

    @cached_property
    def all_windows(self) -> list[Window]:
        """The windows of the pass of phase 1."""
        grid = tile_grid(self.raster.shape, self.model, self.settings.tiles)
        return tile_windows(grid, self.model, *window_sides(self.raster, self.side_px))

    @property
    def windows(self) -> list[Window]:
        """Those of them that hold data."""
        hold_data = [holds for span in self.spans for holds in self._hold_data(span)]
        return [w for w, holds in zip(self.all_windows, hold_data, strict=True) if holds]

    @property
    def spans(self) -> list[Span]:
        """All windows, together as far as what was kept of them has been merged."""
        return kept_spans(len(self.all_windows), self._is_merged)

    def _is_merged(self, span: Span) -> bool:
        # Of each window alone more is kept, which learning asks for.
        steps = map(step_of, self.all_windows[span.windows])
        return self.journal.has(span.step) and all(map(self.journal.has, steps))

    @property
    def scan_halo_px(self) -> int:
        """How far around a window phase 1 and the learning of phase 2 look."""
        tile_px = self.model.contract.tile_px
        tiles_px = tile_px - tile_stride(self.model, self.settings.tiles)
        return max(tiles_px, learning_halo_px(self.settings.pixels))

    def _hold_data(self, span: Span) -> list[bool]:
        kept = self.kept(span)
        if not kept:
            return [False] * span.count
        return [bool(seen.any()) for seen in kept["seen"].reshape(span.count, -1)]

    def draft(self, window: Window) -> Draft:
        """Return what was kept of a window."""
        return self.journal.load(step_of(window))

    def step_of(self, span: Span) -> str:
        """Return the name that a span is kept by: if it is one window, that window's."""
        return step_of(self.all_windows[span.first]) if span.count == 1 else span.step

    def kept(self, span: Span) -> Draft:
        """Return what was kept of a span."""
        return self.journal.load(self.step_of(span))

    def sums(self) -> Iterator[Draft]:
        """Yield what was kept of all windows, span by span."""
        return map(self.kept, self.spans)

    def asked(self, question: Question, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield what is answered of windows, in any order.

        What the journal holds is not asked again. Answers from the image are kept in it. Others
        are asked at once, by the thread that calls: it can be interrupted, whoever takes answers.
        """
        if self.crew is not None and wanted:
            self.crew.ask(self, question, wanted)
        return self._answers(question, wanted)

    def _answers(
        self, question: Question, wanted: Sequence[Window]
    ) -> Iterator[tuple[Window, Draft]]:
        todo = []
        for window in wanted:
            step = answer_step(question.name, window)
            if self.journal.has(step):
                yield window, self.journal.load(step)
            else:
                todo.append(window)
        for number, (window, answer) in enumerate(question.answers(self, todo), 1):
            if not question.reads_drafts:
                self.journal.keep(answer_step(question.name, window), answer)
            self.notice_learning(number, len(todo))
            yield window, answer
        self.journal.settle()

    def notice_learning(self, done: int, windows: int) -> None:
        """Tell how many windows were looked at again."""
        if not self.is_one_window:
            self.notice(f"learning, {done} of {windows} windows")

    def views(self, wanted: Sequence[Window]) -> Iterator[View]:
        """Read some windows again to learn from them; those without data are left out."""
        halo_px = learning_halo_px(self.settings.pixels)
        for _, view in self.read(wanted, halo_px, reach_px=2 * halo_px):
            if view is not None and view.inner_valid.any():
                yield view

    def read(
        self, wanted: Sequence[Window], halo_px: int, reach_px: int | None = None
    ) -> Iterator[tuple[Window, View | None]]:
        """Yield windows and what is in them, None where there is no data.

        One window is read ahead while the one before is worked on. An image that is one window
        is read and measured once.

        Parameters
        ----------
        halo_px
            How far around a window is looked.
        reach_px
            How far from valid pixels invalid ones are filled; as far as a tile reaches without
            it.
        """
        places = [(window, window.grown(halo_px, self.raster.shape)) for window in wanted]
        if self.is_one_window:
            view = self._whole_view
            yield from ((window, view and view.part(window, place)) for window, place in places)
            return
        if reach_px is None:
            reach_px = int(_REACH_TILES * self.model.contract.tile_px) + 1
        yield from ahead((window, self._see(window, place, reach_px)) for window, place in places)

    @property
    def is_one_window(self) -> bool:
        """Whether the image is worked on as a whole."""
        return max(self.raster.shape) <= self.side_px

    @cached_property
    def _whole_view(self) -> View | None:
        whole = Window.whole(self.raster.shape)
        return self._see(whole, whole, int(_REACH_TILES * self.model.contract.tile_px) + 1)

    def _see(self, window: Window, place: Window, reach_px: int) -> View | None:
        with self.clock.stage("read"):
            raster, contract = self.raster, self.model.contract
            # Colours of invalid pixels come from as far away as they reach.
            outer = place.grown(reach_px, raster.shape) if raster.may_lack_data else place
            pixels, valid = raster.read_with_valid(outer)
            # Also what lies around counts: tiles that begin in a window reach over it.
            if not valid[place.within(outer)].any():
                return None
            levels = contract.levels(pixels, self.settings.image.value_range)
            inner, threads = place.within(outer), self.resources.threads
            raw = seen = filled(levels, valid, reach_px, threads, inner)
            if features_see_raw(self.settings.pixels.features):
                raw = filled(pixels, valid, reach_px, threads, inner)
            return View(
                window,
                place,
                seen,
                valid[inner],
                raw,
                contract.bands,
                self.settings.pixels,
                threads,
            )


def window_sides(raster: Raster, side_px: int) -> tuple[int, int]:
    """Return rows and columns of windows of about `side_px` squared, whole rows if stored so."""
    height_px, width_px = raster.shape
    if max(height_px, width_px) <= side_px:
        return height_px, width_px
    if raster.is_row_wise and width_px <= side_px * _WIDEST_ROWS:
        return max(1, side_px**2 // width_px), width_px
    return side_px, side_px


def step_of(window: Window) -> str:
    """Return the name that the pass of phase 1 keeps a window by.

    Examples
    --------
    >>> step_of(Window(4050, 0, 100, 100))
    'scan-4050-0'
    """
    return f"scan-{window.top}-{window.left}"


def answer_step(question: str, window: Window) -> str:
    """Return the name that a window's answer to a question is kept by.

    Examples
    --------
    >>> answer_step("doubt", Window(4050, 0, 100, 100))
    'doubt-4050-0'
    """
    return f"{question}-{window.top}-{window.left}"
