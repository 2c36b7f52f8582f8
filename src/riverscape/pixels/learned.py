"""What phase 2 learned of an image, whatever it learned from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.pixels.evidence import Evidence
from riverscape.pixels.view import View

__all__ = ["Draft", "Learned", "Question", "Seen", "Views"]

Draft = Mapping[str, NDArray[Any]]
"""What is kept of a window from the pass of phase 1 on: small arrays by name."""


class Seen(Protocol):
    """An image that phase 1 has seen, window by window."""

    def views(self, wanted: Sequence[Window]) -> Iterator[View]:
        """Read some places again, one after the other; those without data are left out."""

    def draft(self, window: Window) -> Draft:
        """Return what was kept of a window."""


class Question(Protocol):
    """What learning asks of windows, once phase 1 has seen the whole image.

    Who answers, and of which other windows besides, changes no answer: they can be kept, and given
    by other processes.
    """

    @property
    def name(self) -> str:
        """What answers are kept by. Of an image it is asked once at most."""

    @property
    def reads_drafts(self) -> bool:
        """Whether it is answered by drafts; else by the image itself."""

    def answers(self, seen: Seen, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield what is to be said of each window, in any order."""


class Views(Protocol):
    """The windows of an image that hold data, as phase 2 sees them."""

    @property
    def windows(self) -> Sequence[Window]:
        """The windows, row by row."""

    def sums(self) -> Iterator[Draft]:
        """Yield what was kept of all windows: of many together where these have been merged."""

    def asked(self, question: Question, wanted: Sequence[Window]) -> Iterator[tuple[Window, Draft]]:
        """Yield what is answered of windows, in any order."""


@dataclass(frozen=True, eq=False)
class Learned:
    """What phase 2 learned of an image.

    Attributes
    ----------
    evidence
        What the pixels of a view say.
    taught
        Pixels that taught, by class, weighted.
    overruled
        Share of the teaching blocks of each class that taught nothing in the end, since their
        colours were another class's.
    unsure
        Whether nothing was sure enough to teach, so that every pixel did.
    """

    evidence: Callable[[View], Evidence]
    taught: NDArray[np.int64]
    overruled: NDArray[np.float64]
    unsure: bool = False
