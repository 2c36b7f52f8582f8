"""What phase 2 learned of an image, whatever it learned from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window
from riverscape.pixels.evidence import Evidence
from riverscape.pixels.view import View

__all__ = ["Draft", "Learned", "Views"]

Draft = Mapping[str, NDArray[Any]]
"""What is kept of a window from the pass of phase 1 on: small arrays by name."""


class Views(Protocol):
    """The windows of an image that hold data, as phase 2 sees them."""

    @property
    def windows(self) -> Sequence[Window]:
        """The windows, row by row."""

    def views(self, wanted: Sequence[Window]) -> Iterator[View]:
        """Read some of the windows again, one after the other."""

    def draft(self, window: Window) -> Draft:
        """Return what was kept of a window."""

    def sums(self) -> Iterator[Draft]:
        """Yield what was kept of all windows: of many together where these have been merged."""


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
