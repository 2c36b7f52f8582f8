"""Work over an image in strips of whole rows, on several threads, in a fixed order.

The strips depend on the image alone, never on the number of threads, so that every number of
threads gives the same bytes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["STRIP_PX", "Strip", "map_parts", "strips"]

Part = TypeVar("Part")
Result = TypeVar("Result")

# 128 rows: the working arrays of a strip of a 3000 px wide photograph stay within the
# processor's cache, and there are strips enough for many cores.
STRIP_PX = 128


@dataclass(frozen=True)
class Strip:
    """Rows [start, stop) of an image, with the rows around them that a filter needs.

    Examples
    --------
    >>> strip = Strip(start=128, stop=256, halo_start=123, halo_stop=261)
    >>> strip.inner
    slice(5, 133, None)
    """

    start: int
    stop: int
    halo_start: int
    halo_stop: int

    @property
    def rows(self) -> slice:
        """The strip's own rows in the image."""
        return slice(self.start, self.stop)

    @property
    def halo(self) -> slice:
        """The rows in the image to read."""
        return slice(self.halo_start, self.halo_stop)

    @property
    def inner(self) -> slice:
        """The strip's own rows in what was read."""
        return slice(self.start - self.halo_start, self.stop - self.halo_start)


def strips(height_px: int, strip_px: int = STRIP_PX, halo_px: int = 0) -> list[Strip]:
    """Return the strips that cover `height_px` rows.

    Examples
    --------
    >>> [(s.start, s.stop, s.halo_stop) for s in strips(300, strip_px=128, halo_px=5)]
    [(0, 128, 133), (128, 256, 261), (256, 300, 300)]
    """
    return [
        Strip(
            start,
            min(start + strip_px, height_px),
            max(start - halo_px, 0),
            min(start + strip_px + halo_px, height_px),
        )
        for start in range(0, height_px, strip_px)
    ]


def map_parts(
    function: Callable[[Part], Result], parts: Sequence[Part], threads: int
) -> list[Result]:
    """Apply `function` to each part on `threads` threads; results come in the parts' order.

    Examples
    --------
    >>> map_parts(lambda strip: strip.stop - strip.start, strips(300), threads=2)
    [128, 128, 44]
    """
    if threads == 1:
        return [function(part) for part in parts]
    pool = ThreadPoolExecutor(threads)
    try:
        return list(pool.map(function, parts))
    finally:
        # Parts that have not begun are left where one has failed, or Ctrl-C was pressed.
        pool.shutdown(cancel_futures=True)
