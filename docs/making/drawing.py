"""Pictures of the site: several beside each other, as files of bounded size."""

import io

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Picture", "as_jpeg", "as_picture", "side_by_side"]

Picture = NDArray[np.uint8]
"""Red, green and blue, (row, col, 3)."""

_WIDEST_PX = 1400
_TALLEST_PX = 2400
_DPI = 100


def side_by_side(**panels: Picture) -> Picture:
    """Return pictures beside each other, each with its name above; _ stands for a blank."""
    height, width = next(iter(panels.values())).shape[:2]
    across = 12.0 / len(panels)
    figure = Figure(figsize=(12, across * height / width + 0.35), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (name, picture) in zip(axes, panels.items(), strict=True):
        axis.imshow(picture, interpolation="antialiased")
        axis.set_title(name.replace("_", " "), fontsize=11)
        axis.set_xticks([])
        axis.set_yticks([])
    return as_picture(figure)


def as_picture(figure: Figure) -> Picture:
    """Return a figure as pixels."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=_DPI)
    return np.asarray(Image.open(data).convert("RGB"))


def as_jpeg(picture: Picture) -> bytes:
    """Return a picture as JPEG, no wider than a page is on a fine screen."""
    image = Image.fromarray(picture)
    image.thumbnail((_WIDEST_PX, _TALLEST_PX))
    data = io.BytesIO()
    image.save(data, format="JPEG", quality=85, optimize=True)
    return data.getvalue()
