"""The four-part figure: image, labels, CNN map and CSC map."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from riverscape.assessment import ConfusionMatrix
from riverscape.labels.palettes import NODATA_COLOUR, UNLABELLED_COLOUR, Palette, recoloured
from riverscape.maps import ClassMap
from riverscape.outputs import whole_file
from riverscape.reports.figure_page import FigurePage, arrange
from riverscape.reports.lettering import shortened, text_width_pt

__all__ = ["FigureParts", "draw_figure", "least_preview_px", "save_figure"]

_TITLE_PT, _NAME_PT, _SCORE_PT, _LEGEND_PT = 12.0, 11.0, 10.0, 10.0
_RULE = "#555555"
_HATCH, _HATCH_COLOUR = "////", "#bbbbbb"
# What a legend's entry takes besides its name, in points.
_CHIP_PT = 52.0
_POINTS = 72
# Photographs become a tenth larger than with the utmost pains, in half the time.
_COMPRESSION = 3


@dataclass(frozen=True, eq=False)
class FigureParts:
    """What is shown of an image.

    Attributes
    ----------
    photograph
        The image, reduced, (row, col, 3).
    maps
        The CNN map and the CSC map by their names, reduced. Where the last one holds no class,
        the image has no data.
    labels
        The label raster, reduced as the maps are; without it the figure has three parts.
    scores
        The confusion matrix of each map by its name, whose F1 stands beneath it.
    """

    title: str
    photograph: NDArray[np.uint8]
    maps: Mapping[str, ClassMap]
    labels: ClassMap | None = None
    scores: Mapping[str, ConfusionMatrix] = field(default_factory=dict)

    @property
    def nodata(self) -> NDArray[np.bool_]:
        """Where the image has no data, as the maps are reduced, (row, col)."""
        return np.asarray(list(self.maps.values())[-1].codes == 0)


def least_preview_px(shape: tuple[int, int], labelled: bool, dpi: int) -> int:
    """Return how many pixels the longer side of a part of the figure takes.

    Examples
    --------
    >>> least_preview_px((1960, 3008), labelled=True, dpi=150)
    720
    """
    return round(arrange(shape, 4 if labelled else 3).longest * dpi)


def save_figure(path: Path, figure: Figure, dpi: int) -> Path:
    """Write a figure, whole or not at all; the suffix says whether as PNG, PDF or SVG.

    The same figure makes the same bytes: no date is kept.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    by_suffix: dict[str, dict[str, Any]] = {
        ".png": {"pil_kwargs": {"compress_level": _COMPRESSION}},
        ".pdf": {"metadata": {"CreationDate": None}},
        ".svg": {"metadata": {"Date": None}},
    }
    with whole_file(path) as aside, rc_context({"svg.hashsalt": "riverscape"}):
        figure.savefig(aside, dpi=dpi, **by_suffix[path.suffix])
    return path


def draw_figure(parts: FigureParts, palette: Palette = Palette.original) -> Figure:
    """Draw the figure of one image, at its true aspect, with a legend beneath.

    Nodata is hatched; black is what nobody has labelled.
    """
    scheme = recoloured(next(iter(parts.maps.values())).scheme, palette)
    shown: dict[str, ClassMap] = {} if parts.labels is None else {"Labels": parts.labels}
    shown |= {name: replace(one, scheme=scheme) for name, one in (shown | {**parts.maps}).items()}
    names = ["Image", *shown]
    chips = [Patch(facecolor=cover.colour, edgecolor=_RULE, label=cover.name) for cover in scheme]
    chips += _nothing(parts)
    page = arrange(parts.photograph.shape[:2], len(names))
    by_row = [names[row * page.columns :][: page.columns] for row in range(page.rows)]
    page = replace(page, scored=tuple(any(name in parts.scores for name in row) for row in by_row))
    columns = _legend_columns(page, chips)
    page = replace(page, legend_lines=-(-len(chips) // columns))
    figure = Figure(figsize=page.size)
    axes = {name: _add_part(figure, page, number, name) for number, name in enumerate(names)}
    nodata = _nearest(parts.nodata, parts.photograph.shape[:2])
    _show(axes["Image"], parts.photograph, nodata, interpolation="auto")
    for name, class_map in shown.items():
        _show(axes[name], class_map.rgb(), parts.nodata & (class_map.codes == 0))
    for name, matrix in parts.scores.items():
        axes[name].set_xlabel(_score(matrix), fontsize=_SCORE_PT, labelpad=4)
    _add_title(figure, page, parts.title)
    figure.legend(
        handles=chips, ncols=columns, loc="lower center", frameon=False, fontsize=_LEGEND_PT,
        borderaxespad=0.4, columnspacing=1.6,
    )  # fmt: skip
    return figure


def _nothing(parts: FigureParts) -> list[Patch]:
    """Return what the legend says of places without a class, as far as there are any."""
    nodata, chips = parts.nodata, []
    if parts.labels is not None and ((parts.labels.codes == 0) & ~nodata).any():
        chips.append(Patch(facecolor=UNLABELLED_COLOUR, edgecolor=_RULE, label="unlabelled"))
    if nodata.any():
        # The hatch takes the colour of the edge.
        chip = Patch(facecolor=NODATA_COLOUR, edgecolor=_HATCH_COLOUR, hatch=_HATCH)
        chip.set_label("no data")
        chips.append(chip)
    return chips


def _legend_columns(page: FigurePage, chips: list[Patch]) -> int:
    """Return how many entries of the legend fit beside each other."""
    widest = max(text_width_pt(str(chip.get_label()), _LEGEND_PT) for chip in chips) + _CHIP_PT
    fit = max(1, int(page.size[0] * _POINTS // widest))
    lines = -(-len(chips) // fit)
    return -(-len(chips) // lines)


def _add_title(figure: Figure, page: FigurePage, title: str) -> None:
    width, height = page.size
    said = shortened(title, (width - 0.4) * _POINTS, _TITLE_PT)
    figure.text(
        0.5, 1 - 0.1 / height, said, ha="center", va="top", fontsize=_TITLE_PT, parse_math=False
    )


def _add_part(figure: Figure, page: FigurePage, number: int, name: str) -> Axes:
    axis = figure.add_axes(page.part(number))
    axis.set_title(name, fontsize=_NAME_PT, pad=4)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(edgecolor=_RULE, linewidth=0.6)
    return axis


def _show(
    axis: Axes,
    picture: NDArray[np.uint8],
    nodata: NDArray[np.bool_],
    interpolation: Literal["none", "auto"] = "none",
) -> None:
    """Show a picture, (row, col, 3); through what is no data the hatched ground is seen."""
    if nodata.any():
        axis.patch.set(facecolor=NODATA_COLOUR, edgecolor=_HATCH_COLOUR, hatch=_HATCH, linewidth=0)
        picture = np.dstack([picture, np.where(nodata, 0, 255).astype(np.uint8)])
    axis.imshow(picture, interpolation=interpolation, aspect="auto")


def _nearest(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a mask, (row, col), at another size."""
    rows, cols = (
        np.arange(length) * there // length for length, there in zip(shape, mask.shape, strict=True)
    )
    return mask[np.ix_(rows, cols)]


def _score(matrix: ConfusionMatrix) -> str:
    if not matrix.support:
        return "nothing labelled"
    return f"F1 {100 * matrix.f1_weighted:.1f} % (macro {100 * matrix.f1_macro:.1f} %)"
