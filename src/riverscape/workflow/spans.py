"""Windows of an image that follow one another, and are kept together: a tree over all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Span", "kept_spans", "span_levels"]

# So many spans are put together at a time: so many files are opened by who does it, and at the end
# by the process that learns.
_FAN = 16


@dataclass(frozen=True)
class Span:
    """Windows `first` .. `first + count` of the pass of phase 1, in their order.

    Its name says exactly which they are: what is kept by it is of these windows, whatever the tree
    that it was kept for.

    Examples
    --------
    >>> Span(16, 4).step, [part.first for part in Span(16, 4).parts], Span(0, 17).parts
    ('sum-16-4', [16, 17, 18, 19], [Span(first=0, count=16), Span(first=16, count=1)])
    """

    first: int
    count: int

    @property
    def step(self) -> str:
        """The name that what is known of these windows is kept by; a window alone has its own."""
        return f"sum-{self.first}-{self.count}"

    @property
    def windows(self) -> slice:
        """Their places among all windows."""
        return slice(self.first, self.first + self.count)

    @property
    def parts(self) -> list["Span"]:
        """The spans, at most 16, that it is put together from."""
        each = 1
        while each * _FAN < self.count:
            each *= _FAN
        return [
            Span(first, min(each, self.first + self.count - first))
            for first in range(self.first, self.first + self.count, each)
        ]


def span_levels(windows: int) -> list[list[Span]]:
    """Return the spans that so many windows are put together in, those that others need first.

    The last level has at most 16 spans. So few windows are not put together at all. A span that is
    already one of a lower level is not listed again.

    Examples
    --------
    >>> span_levels(16), [len(level) for level in span_levels(2000)]
    ([], [125, 8])
    >>> [[span.step for span in level][-2:] for level in span_levels(257)]
    [['sum-224-16', 'sum-240-16'], ['sum-0-256']]
    """
    levels, each = [], 1
    while each * _FAN < windows:
        below, each = each, each * _FAN
        spans = _spans(windows, each)
        levels.append([span for span in spans if span.count > below])
    return levels


def kept_spans(windows: int, has: Callable[[Span], bool]) -> list[Span]:
    """Return as few spans as there are that together are all windows, in their order.

    Parameters
    ----------
    has
        Returns whether a span of more than one window is kept.

    Examples
    --------
    >>> kept_spans(20, {Span(0, 16)}.__contains__)[:2]
    [Span(first=0, count=16), Span(first=16, count=1)]
    """

    def found(span: Span) -> Iterator[Span]:
        if span.count == 1 or has(span):
            yield span
        else:
            for part in span.parts:
                yield from found(part)

    each = 1
    while each * _FAN < windows:
        each *= _FAN
    return [one for span in _spans(windows, each) for one in found(span)]


def _spans(windows: int, each: int) -> list[Span]:
    return [Span(first, min(each, windows - first)) for first in range(0, windows, each)]
