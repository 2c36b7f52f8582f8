"""The four-part figure: image, labels, CNN map and CSC map."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import ClassScheme
from riverscape.maps import ClassMap
from riverscape.outputs import whole_file

__all__ = ["draw_figure", "save_figure"]

_PANEL_PX = 900
_DPI = 150


def save_figure(
    path: Path,
    title: str,
    photograph: NDArray[np.uint8],
    maps: dict[str, ClassMap],
    labels: ClassMap | None = None,
    scores: dict[str, ConfusionMatrix] | None = None,
) -> Path:
    """Draw the figure of one image and write it, whole or not at all.

    Parameters
    ----------
    photograph
        The image, reduced, (row, col, 3).
    maps
        The CNN map and the CSC map by their names.
    labels
        The label raster; without it the figure has three parts.
    scores
        The confusion matrix of each map by its name, whose F1 stands beneath it.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figure = draw_figure(title, photograph, maps, labels, scores or {})
    with whole_file(path) as aside:
        figure.savefig(aside, dpi=_DPI)
    return path


def draw_figure(
    title: str,
    photograph: NDArray[np.uint8],
    maps: dict[str, ClassMap],
    labels: ClassMap | None,
    scores: dict[str, ConfusionMatrix],
) -> Figure:
    """Draw the figure of one image.

    Parameters
    ----------
    photograph
        The image, reduced, (row, col, 3).
    """
    panels: dict[str, Any] = {"Image": photograph}
    if labels is not None:
        panels["Labels"] = _reduced(labels)
    panels |= {name: _reduced(class_map) for name, class_map in maps.items()}
    scheme = next(iter(maps.values())).scheme
    columns = 2 if len(panels) == 4 else 3
    rows = len(panels) // columns
    height, width = photograph.shape[:2]
    panel_width = 4.6
    # A narrow strip of a river would else make a figure of many metres.
    panel_height = panel_width * min(height / width, 3) + 0.35
    figure = Figure(
        figsize=(columns * panel_width + 0.2, rows * panel_height + 0.9), layout="constrained"
    )
    figure.suptitle(title, fontsize=12, parse_math=False)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (name, picture) in zip(axes, panels.items(), strict=True):
        axis.imshow(picture, interpolation="nearest", aspect="equal")
        axis.set_title(name, fontsize=11)
        axis.set_xticks([])
        axis.set_yticks([])
        if name in scores:
            axis.set_xlabel(f"F1 {100 * scores[name].f1_weighted:.1f} %", fontsize=10)
    _add_legend(figure, scheme, any((m.codes == 0).any() for m in [*maps.values(), labels] if m))
    return figure


def _add_legend(figure: Figure, scheme: ClassScheme, with_nodata: bool) -> None:
    patches = [Patch(facecolor=cover.colour, edgecolor="#555555") for cover in scheme]
    names = list(scheme.names)
    if with_nodata:
        patches.append(Patch(facecolor="black", edgecolor="#555555"))
        names.append("unlabelled or no data")
    figure.legend(
        patches,
        names,
        loc="outside lower center",
        ncols=min(len(names), 3),
        frameon=False,
        fontsize=10,
    )


def _reduced(class_map: ClassMap) -> NDArray[np.uint8]:
    step = max(1, -(-max(class_map.codes.shape) // _PANEL_PX))
    return class_map.scheme.palette[class_map.codes[::step, ::step]]
