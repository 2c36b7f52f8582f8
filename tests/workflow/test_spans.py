"""Windows put together, a few at a time: the tree over an image."""

from hypothesis import given
from hypothesis import strategies as st

from riverscape.workflow.spans import Span, kept_spans, span_levels


@given(st.integers(1, 70_000))
def test_each_level_is_put_together_from_the_one_below(windows: int) -> None:
    known = {Span(first, 1) for first in range(windows)}
    levels = span_levels(windows)
    for level in levels:
        for span in level:
            parts = span.parts
            assert 2 <= len(parts) <= 16
            assert [place for part in parts for place in _places(part)] == _places(span)
            assert known.issuperset(parts)
        assert known.isdisjoint(level)
        known.update(level)
    assert bool(levels) == (windows > 16)
    assert len(kept_spans(windows, known.__contains__)) <= 16


@given(st.integers(1, 1000), st.data())
def test_what_is_kept_is_every_window_once(windows: int, data: st.DataObject) -> None:
    every = [span for level in span_levels(windows) for span in level]
    kept = set(data.draw(st.lists(st.sampled_from(every)))) if every else set()
    found = kept_spans(windows, kept.__contains__)
    assert [place for span in found for place in _places(span)] == list(range(windows))
    assert all(span.count == 1 or span in kept for span in found)


def _places(span: Span) -> list[int]:
    return list(range(span.first, span.first + span.count))
