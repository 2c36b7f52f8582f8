"""Others who do the windows of a large image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from riverscape.imagery import Window
from riverscape.pixels import Learned, Lesson, Question
from riverscape.workflow.image_views import ImageViews

__all__ = ["Crew", "Question", "Taught"]


@dataclass(frozen=True, eq=False)
class Taught:
    """What whoever labels a window must know of the whole image.

    Attributes
    ----------
    lesson
        What of phase 1 is believed.
    learned
        What phase 2 learned.
    """

    lesson: Lesson
    learned: Learned


class Crew(Protocol):
    """Does the windows of an image in other processes, and keeps them in its journal.

    What it keeps is what the process itself would have kept, to the byte.
    """

    def scan(self, views: ImageViews, advance: Callable[[Window], None]) -> None:
        """Do the pass of phase 1: when this returns, the journal holds every window of it.

        Parameters
        ----------
        advance
            Told of every window of the image, once.

        Raises
        ------
        RiverscapeError
            If a window cannot be done.
        """

    def merge(self, views: ImageViews) -> None:
        """Put together what the pass of phase 1 kept, as a tree of spans of windows.

        When this returns, the journal holds all of `span_levels`, and `ImageViews.spans` are at
        most 16. Of so few windows nothing is done, nor where the crew does not see the journal.

        Raises
        ------
        RiverscapeError
            If it cannot be done.
        """

    def ask(self, views: ImageViews, question: Question, wanted: Sequence[Window]) -> None:
        """Let windows be asked: when this returns, the journal holds all answers.

        Unless drafts are asked, and the crew does not see the journal: then nothing is done.

        Raises
        ------
        RiverscapeError
            If a window cannot be asked.
        """

    def label(
        self,
        views: ImageViews,
        taught: Taught,
        advance: Callable[[Window], None],
    ) -> None:
        """Do the second pass: when this returns, the journal holds the maps of every window.

        Raises
        ------
        RiverscapeError
            If a window cannot be done.
        """
