"""Text fits its place, and tells what it was."""

from hypothesis import given
from hypothesis import strategies as st

from riverscape.reports.lettering import shortened, text_width_pt, wrapped

_LETTERS = st.characters(codec="latin-1", categories=["L", "N", "P"])
_WORDS = st.text(_LETTERS, min_size=1, max_size=30)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join)
_WIDTHS = st.floats(20, 300)


@given(_TEXTS, _WIDTHS)
def test_shortened_text_fits_and_keeps_both_ends(text: str, width: float) -> None:
    short = shortened(text, width, 9)
    assert text_width_pt(short, 9) <= width
    if short != text:
        head, _, tail = short.partition("…") if "…" not in text else (short[:1], "", "")
        assert text.startswith(head)
        assert text.endswith(tail)


@given(_TEXTS, _WIDTHS)
def test_text_that_fits_is_left_alone(text: str, width: float) -> None:
    assert (shortened(text, width, 9) == text) == (text_width_pt(text, 9) <= width)


@given(_TEXTS, _WIDTHS, st.integers(1, 4))
def test_wrapped_text_fits_its_lines(text: str, width: float, lines: int) -> None:
    made = wrapped(text, width, 9, lines)
    assert 1 <= len(made) <= lines
    assert all(text_width_pt(line, 9) <= width for line in made)


@given(_TEXTS)
def test_nothing_is_lost_where_there_is_room(text: str) -> None:
    widest = max(text_width_pt(word, 9) for word in text.split())
    assert " ".join(wrapped(text, widest, 9, lines=len(text.split()))) == text


def test_no_text_needs_no_line() -> None:
    assert wrapped("  ", 100, 9, lines=2) == []
