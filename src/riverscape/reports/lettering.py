"""Text that fits its place: measured, then wrapped or shortened."""

import warnings
from bisect import bisect_right

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = ["shortened", "text_width_pt", "wrapped"]

# Letters are moved to whole pixels when they are drawn: a line grows by up to some percent.
_HINTING = 1.03


def text_width_pt(text: str, size_pt: float) -> float:
    """Return the width that one line of text takes at most, in points, 1/72 inch."""
    font = FontProperties(size=size_pt)
    with warnings.catch_warnings():
        # Of letters that the font lacks the figure itself warns, once.
        warnings.simplefilter("ignore")
        width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return _HINTING * float(width)


def shortened(text: str, width_pt: float, size_pt: float) -> str:
    """Return the text, or its beginning and end about an ellipsis where it is too wide.

    What tells the names of a survey's images apart stands mostly at their end.

    Examples
    --------
    >>> shortened("StMarg_26607", width_pt=100, size_pt=9)
    'StMarg_26607'
    >>> shortened("Sainte-Marguerite_2016_flight_3_26607", width_pt=97, size_pt=9)
    'Sainte-M…_3_26607'
    """
    if text_width_pt(text, size_pt) <= width_pt:
        return text
    kept = bisect_right(
        range(1, len(text)),
        width_pt,
        key=lambda count: text_width_pt(_ends(text, count), size_pt),
    )
    return _ends(text, kept)


def _ends(text: str, kept: int) -> str:
    """Return the text about an ellipsis, `kept` letters of it."""
    return f"{text[: kept - kept // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"


def wrapped(text: str, width_pt: float, size_pt: float, lines: int) -> list[str]:
    """Return the text in at most `lines` lines, broken between words; the last one is shortened.

    Examples
    --------
    >>> wrapped("senescent vegetation", width_pt=70, size_pt=9, lines=2)
    ['senescent', 'vegetation']
    >>> wrapped("senescent vegetation", width_pt=120, size_pt=9, lines=2)
    ['senescent vegetation']
    """
    words = text.split()
    made: list[str] = []
    while words and len(made) < lines - 1:
        count = 1
        while count < len(words) and _fits(words[: count + 1], width_pt, size_pt):
            count += 1
        made.append(shortened(" ".join(words[:count]), width_pt, size_pt))
        words = words[count:]
    return [*made, shortened(" ".join(words), width_pt, size_pt)] if words else made


def _fits(words: list[str], width_pt: float, size_pt: float) -> bool:
    return text_width_pt(" ".join(words), size_pt) <= width_pt
