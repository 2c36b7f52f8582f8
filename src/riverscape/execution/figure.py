"""The figure of an image, drawn of small copies: no large raster is held for it."""

import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import OutputError
from riverscape.execution.map_summary import PREVIEW_PX, MapSummary, spread_px
from riverscape.execution.photograph import photograph
from riverscape.execution.previews import write_previews
from riverscape.execution.products import Products
from riverscape.imagery import Raster
from riverscape.maps import ClassMap
from riverscape.reports.figure_style import FigureStyle
from riverscape.tiles import Model

__all__ = ["UNDRAWN", "figure_preview_px", "save_figures"]

UNDRAWN = "the figure could not be drawn"
"""How the note begins that says why an image has no figure."""

logger = logging.getLogger(__name__)

ValueRange = tuple[float, float] | None


def figure_preview_px(products: Products, style: FigureStyle, shape: tuple[int, int]) -> int:
    """Return how many pixels the figure wants a side of its copies of the maps to have at least.

    Parameters
    ----------
    shape
        Rows and columns of the image.
    """
    if not products.figures:
        return 0
    from riverscape.reports.figure import least_preview_px

    return least_preview_px(shape, products.labelled, style.dpi)


def save_figures(
    products: Products,
    style: FigureStyle,
    raster: Raster,
    model: Model,
    summary: MapSummary,
    value_range: ValueRange,
) -> list[str]:
    """Draw the figure, if there is to be one, and write it in its formats.

    Returns
    -------
        A note where it cannot be drawn: that must not cost the maps.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    if not products.figures:
        return []
    from riverscape.reports.figure import FigureParts, draw_figure, save_figure

    labels, maps = summary.previews
    try:
        longest_px = max(maps["CSC map"].codes.shape)
        picture = photograph(raster, model.contract, value_range, maps["CSC map"], longest_px)
        parts = FigureParts(products.name, picture, maps, labels, summary.matrices)
        figure = draw_figure(parts, style.palette)
        for path in products.figure_files:
            save_figure(path, figure, style.dpi)
        _save_previews(products, picture, labels, maps, summary)
    except OutputError:
        raise
    except Exception as error:
        logger.debug("unforeseen", exc_info=True)
        for path in products.figure_files:
            path.unlink(missing_ok=True)  # an older figure must not pass for this image's
        return [f"{UNDRAWN}: {' '.join(str(error).split())}"]
    return []


def _save_previews(
    products: Products,
    picture: NDArray[np.uint8],
    labels: ClassMap | None,
    maps: dict[str, ClassMap],
    summary: MapSummary,
) -> None:
    """Write what the report shows, no larger however fine the figure is."""
    step = max(1.0, max(picture.shape[:2]) / PREVIEW_PX)
    kept = np.ix_(*(spread_px(length, step) for length in picture.shape[:2]))
    named = {"cnn": maps["CNN map"], "csc": maps["CSC map"]}
    if labels is not None:
        named["labels"] = labels
    small = {kind: replace(one, codes=one.codes[kept]) for kind, one in named.items()}
    sure = None if summary.confidence is None else summary.confidence[kept]
    write_previews(products.previews, picture[kept], small, sure)
