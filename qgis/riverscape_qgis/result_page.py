# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages for QGIS's viewer of results: tables that read well in light and in dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .translation import tr

__all__ = ["Column", "page", "square_table", "table"]

_STYLE = """
body { font-family: sans-serif; font-size: 13px; margin: 16px; }
h1 { font-size: 17px; } h2 { font-size: 14px; margin-top: 20px; }
table { border-collapse: collapse; }
th, td { padding: 4px 10px; border-bottom: 1px solid #999999; text-align: left; }
td.number, th.number { text-align: right; }
td.hit { font-weight: bold; }
"""


@dataclass(frozen=True)
class Column:
    """A column of a table: numbers where it says how many digits, else text."""

    key: str
    title: str
    digits: int | None = None


def page(title: str, parts: Iterable[str]) -> str:
    """Return a page; the parts are HTML already, the title is not."""
    from html import escape  # late, here and below: QGIS starts with this module

    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}</body></html>\n"
    )


def table(rows: Iterable[Mapping[str, object]], columns: Sequence[Column]) -> str:
    """Return a table of rows; all text in it is escaped."""
    head = "".join(_cell("th", column.title, column.digits is not None) for column in columns)
    body = "\n".join(
        "<tr>" + "".join(_value(row[column.key], column.digits) for column in columns) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>\n{body}</table>"


def square_table(
    corner: str, rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[float]]
) -> str:
    """Return a matrix with named axes; what agrees is set in bold."""
    head = _cell("th", corner) + "".join(_cell("th", name, True) for name in columns)
    lines = []
    for name, values in zip(rows, counts):
        cells = [
            _cell("td", f"{value:,.0f}", True, column == name)
            for column, value in zip(columns, values)
        ]
        lines.append(f"<tr>{_cell('th', name)}{''.join(cells)}</tr>")
    return "<table><tr>{}</tr>\n{}</table>".format(head, "\n".join(lines))


def _value(value: object, digits: int | None) -> str:
    if digits is None:
        return _cell("td", str(value))
    if value in (None, ""):
        return _cell("td", tr("none"), True)
    return _cell("td", f"{float(str(value)):,.{digits}f}", True)


def _cell(tag: str, text: str, number: bool = False, hit: bool = False) -> str:
    from html import escape

    classes = " ".join(name for name, on in (("number", number), ("hit", hit)) if on)
    return (
        f"<{tag}{f' class={chr(34)}{classes}{chr(34)}' if classes else ''}>{escape(text)}</{tag}>"
    )
