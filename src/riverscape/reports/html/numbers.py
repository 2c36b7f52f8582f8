"""Numbers as people read them: pixels, areas, shares, scores and times."""

from datetime import datetime
from math import isfinite

__all__ = ["area", "count", "duration", "moment", "percent", "score"]

_UNKNOWN = "–"
_M2_PER_HA = 10_000
_M2_PER_KM2 = 1_000_000


def count(number: int) -> str:
    """Return a number of pixels or images.

    Examples
    --------
    >>> count(999), count(123_456), count(5_895_680), count(999_999_999)
    ('999', '123,456', '5.90 million', '1.00 billion')
    """
    if number < 1_000_000:
        return f"{number:,}"
    millions = round(number / 1_000_000, 2)
    for size, name in ((1_000_000, "trillion"), (1_000, "billion")):
        if millions >= size:
            return f"{millions / size:.2f} {name}"
    return f"{millions:.2f} million"


def area(square_metres: float) -> str:
    """Return an area in the unit that suits it.

    Examples
    --------
    >>> area(0.253), area(812.4), area(25_300), area(4_250_000)
    ('0.25 m²', '812 m²', '2.53 ha', '4.25 km²')
    """
    for size, unit in ((_M2_PER_KM2, "km²"), (_M2_PER_HA, "ha")):
        shown = _three_digits(square_metres / size)
        if shown >= 1:
            return f"{_spelled(shown)} {unit}"
    return f"{_spelled(_three_digits(square_metres))} m²"


def _three_digits(value: float) -> float:
    """Return a value with three digits that count, all digits of the whole ones."""
    return float(f"{value:.3g}") if value < 1000 else float(round(value))


def _spelled(value: float) -> str:
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}" if value else "0"


def percent(share: float) -> str:
    """Return a share; only what is nothing or all is 0 or 100 %.

    Examples
    --------
    >>> percent(0.0), percent(0.00001), percent(0.3879), percent(0.99999), percent(1.0)
    ('0 %', '<0.1 %', '38.8 %', '>99.9 %', '100 %')
    """
    if not isfinite(share):
        return _UNKNOWN
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.0005:
        return "<0.1 %"
    if share >= 0.9995:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def score(value: float, decimals: int = 3) -> str:
    """Return a score; only what is faultless is 1.000, and only what is its opposite −1.000.

    Examples
    --------
    >>> score(0.98765), score(0.99996), score(1.0), score(float("nan")), score(-0.012), score(-1.0)
    ('0.988', '>0.999', '1.000', '–', '−0.012', '−1.000')
    """
    if not isfinite(value):
        return _UNKNOWN
    text = f"{abs(value):.{decimals}f}"
    if abs(value) < 1 and text == f"{1:.{decimals}f}":
        nearly = f"{1 - 10**-decimals:.{decimals}f}"
        return f">{nearly}" if value > 0 else f"<−{nearly}"
    return f"−{text}" if value < 0 and float(text) else text


def duration(seconds: float) -> str:
    """Return a time.

    Examples
    --------
    >>> duration(0.84), duration(59.97), duration(75), duration(8000)
    ('0.8 s', '1 min 0 s', '1 min 15 s', '2 h 13 min')
    """
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def moment(iso: str) -> str:
    """Return a date and time of day; what is none, as it stands.

    Examples
    --------
    >>> moment("2026-11-23T03:49:12+00:00"), moment("once")
    ('23 Nov 2026, 03:49 UTC', 'once')
    """
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = " UTC" if when.utcoffset() is not None and not when.utcoffset() else ""
    return f"{when.day} {months[when.month - 1]} {when.year}, {when:%H:%M}{zone}"
