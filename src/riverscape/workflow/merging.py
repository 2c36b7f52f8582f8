"""What the pass of phase 1 kept of single windows, put together: by whoever is at hand, as a tree.

Tile maps and tables of parts add up to those of the whole, so it is the same whichever are put
together first. The process that learns then opens a few files instead of one for each window.
"""

from collections.abc import Callable, Sequence

import numpy as np

from riverscape.pixels import Draft, Learner, pixel_learner
from riverscape.workflow.image_views import ImageViews
from riverscape.workflow.scan import Scan
from riverscape.workflow.spans import Span

__all__ = ["merge_spans"]


def merge_spans(
    views: ImageViews, wanted: Sequence[Span], advance: Callable[[Span], None] = lambda _: None
) -> None:
    """Put windows together, and keep in the journal what is known of them.

    Parameters
    ----------
    wanted
        Spans, of whose parts the journal holds all.
    advance
        Told of each that is done.
    """
    learner = pixel_learner(views.settings.pixels)
    for span in wanted:
        views.journal.keep(span.step, _merged(views, learner, span))
        advance(span)
    views.journal.settle()


def _merged(views: ImageViews, learner: Learner, span: Span) -> Draft:
    """Return tiles, shares and pixels of each class, by windows, and what the learner merges."""
    scan, seen = Scan.empty(views), []
    kept = list(map(views.kept, span.parts))
    for part, one in zip(span.parts, kept, strict=True):
        scan.recall(views.all_windows[part.windows], one)
        # Nothing was kept of windows without data, not even zeros.
        counts = one["seen"] if one else np.zeros(len(scan.seen) * part.count, np.int64)
        seen.append(counts.reshape(part.count, -1))
    tiles = scan.merged(views.all_windows[span.windows])
    return {**tiles, "seen": np.concatenate(seen), **learner.merge(kept)}
