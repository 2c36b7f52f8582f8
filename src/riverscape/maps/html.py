"""A class map as a picture with a legend, for notebooks."""

import base64
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.labels import ClassScheme

if TYPE_CHECKING:
    from riverscape.maps.class_map import ClassMap

__all__ = ["coloured", "legend_html", "picture_html", "picture_url", "reduced"]

_PREVIEW_PX = 600


def reduced(values: NDArray[Any], longest_px: int) -> NDArray[Any]:
    """Return pixels, (row, col, ...), of which so many at most are left on the longer side.

    Examples
    --------
    >>> reduced(np.arange(12).reshape(2, 6), 3).tolist()
    [[0, 2, 4]]
    """
    step = max(1, -(-max(values.shape[:2]) // longest_px))
    return values[::step, ::step]


def coloured(codes: NDArray[np.uint8], scheme: ClassScheme) -> NDArray[np.uint8]:
    """Return class codes, (row, col), in their colours, (row, col, 4); nodata is transparent."""
    opaque = np.where(codes > 0, 255, 0).astype(np.uint8)
    return np.dstack([scheme.palette[codes], opaque])


def picture_url(pixels: NDArray[np.uint8]) -> str:
    """Return a picture, (row, col, 4), as an address that holds it."""
    _, png = cv2.imencode(".png", pixels[..., [2, 1, 0, 3]])
    return f"data:image/png;base64,{base64.b64encode(png.tobytes()).decode()}"


def picture_html(class_map: "ClassMap", caption: str = "class map") -> str:
    """Return a small picture of a map, with its name for those who cannot see it."""
    pixels = coloured(reduced(class_map.codes, _PREVIEW_PX), class_map.scheme)
    return f'<img alt="{escape(caption)}" src="{picture_url(pixels)}" style="max-width:100%">'


def legend_html(scheme: ClassScheme, pixels: Mapping[str, int]) -> str:
    """Return the classes with their colours and what share of the map each takes.

    Examples
    --------
    >>> from riverscape.labels import LandCover
    >>> "&lt;b&gt; 25.0 %" in legend_html(
    ...     ClassScheme((LandCover(1, "<b>", "#0000ff"), LandCover(2, "land", "#00ff00"))),
    ...     {"<b>": 1, "land": 3},
    ... )
    True
    """
    total = max(sum(pixels.values()), 1)
    entries = "".join(
        f'<li><span style="background:{cover.colour};display:inline-block;'
        f'width:1em;height:1em"></span> {escape(cover.name)} '
        f"{100 * pixels[cover.name] / total:.1f} %</li>"
        for cover in scheme
    )
    return f'<ul style="list-style:none;padding:0;margin:0.3em 0">{entries}</ul>'
