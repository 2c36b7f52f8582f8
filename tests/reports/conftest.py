"""What a figure looks like when it is drawn."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase

Drawn = Callable[[Figure], np.ndarray]


@pytest.fixture
def drawn() -> Drawn:
    """Return a function that draws a figure: (row, col, 3)."""
    return _drawn


@pytest.fixture
def misplaced() -> Callable[[Figure], list[str]]:
    """Return a function that names what of a figure's text leaves the page or overlaps.

    Text may lie on no other text and on no picture.
    """
    return _misplaced


def _drawn(figure: Figure) -> np.ndarray:
    return np.asarray(_canvas(figure).buffer_rgba())[..., :3]


def _canvas(figure: Figure) -> Any:
    canvas: Any = FigureCanvasAgg(figure)  # untyped in matplotlib
    canvas.draw()
    return canvas


def _misplaced(figure: Figure) -> list[str]:
    canvas = _canvas(figure)
    renderer = canvas.get_renderer()
    # Ticks out of sight have labels too, which are not drawn.
    ticks = {
        text for axis in figure.axes for text in axis.get_xticklabels() + axis.get_yticklabels()
    }
    texts = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text() and text not in ticks
    ]
    pictures = [
        ("a picture", image.get_window_extent(renderer))
        for axis in figure.axes
        for image in axis.images
    ]
    pairs = [*combinations(texts, 2), *product(texts, pictures)]
    found = [f"{one!r} on {other!r}" for (one, a), (other, b) in pairs if _overlap(a, b)]
    width, height = canvas.get_width_height()
    page = Bbox.from_bounds(0, 0, width, height)
    return found + [f"{name!r} leaves the page" for name, box in texts if not _inside(box, page)]


def _overlap(one: BboxBase, other: BboxBase) -> bool:
    # A pixel of grace: boxes are a little larger than their letters.
    return bool(
        min(one.x1, other.x1) - max(one.x0, other.x0) > 1
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
    )


def _inside(box: BboxBase, page: BboxBase) -> bool:
    return bool(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1)
