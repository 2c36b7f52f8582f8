"""Numbers are shown in order, in the unit that suits them, and never as more than they are."""

import re

import pytest
from hypothesis import example, given
from hypothesis.strategies import floats, integers

from riverscape.reports.html.numbers import area, count, duration, score

_SIZES = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_UNITS = {"m²": 1, "ha": 10**4, "km²": 10**6}


@given(integers(0, 10**15 - 10**10))
@example(999_999)
@example(999_999_999)
@example(999_994_999)
@example(999_999_999_999)
def test_counts_are_right_to_their_last_digit(number: int) -> None:
    text, _, size = count(number).partition(" ")
    shown = float(text.replace(",", ""))
    assert abs(shown * _SIZES[size] - number) <= (0.00501 * _SIZES[size] if size else 0)
    assert not size or 1 <= shown < 1000


@given(floats(0.01, 9e14))
@example(9_999.7)
@example(99.96)
@example(999_600.0)
def test_areas_are_right_and_in_the_unit_that_suits_them(square_metres: float) -> None:
    text, unit = area(square_metres).split(" ")
    shown = float(text.replace(",", ""))
    assert shown * _UNITS[unit] == pytest.approx(square_metres, rel=0.0051, abs=0.00501)
    assert shown < {"m²": 10_000, "ha": 100, "km²": 1e12}[unit]
    assert len(re.sub(r"\D", "", text)) == 3 or shown >= 100 or shown < 1


@given(floats(-1, 1))
@example(-1.0)
@example(-0.9999)
@example(0.9999)
def test_scores_are_right_and_only_the_faultless_is_whole(value: float) -> None:
    text = score(value).replace("−", "-")
    assert abs(float(text.strip("<>")) - value) < 0.00101
    assert (text in ("1.000", "-1.000")) == (abs(value) == 1)
    assert text.startswith(">") == (0.9995 <= value < 1)
    assert text.startswith("<") == (-1 < value <= -0.9995)


def _seconds(text: str) -> float:
    sizes = {"s": 1, "min": 60, "h": 3600}
    words = text.split(" ")
    for value, unit in zip(words[::2], words[1::2], strict=True):
        assert unit == words[-1] or unit == words[1]
        assert unit == "h" or float(value) < 60
    return sum(float(v) * sizes[u] for v, u in zip(words[::2], words[1::2], strict=True))


@given(floats(0, 1e6))
@example(59.97)
@example(3599.6)
@example(7199.0)
def test_times_are_right_and_in_units_that_suit_them(seconds: float) -> None:
    rounded = 0.051 if seconds < 59.95 else 0.51 if seconds < 3599 else 30.01
    assert abs(_seconds(duration(seconds)) - seconds) <= rounded
