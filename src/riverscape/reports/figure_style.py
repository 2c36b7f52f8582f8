"""How figures are drawn and kept."""

from dataclasses import dataclass
from typing import Literal, get_args

from riverscape.labels.palettes import Palette

__all__ = ["FIGURE_FORMATS", "FigureFormat", "FigureStyle"]

FigureFormat = Literal["png", "pdf", "svg"]
FIGURE_FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)
_LEAST_DPI, _MOST_DPI = 50, 1200


@dataclass(frozen=True)
class FigureStyle:
    """How the figure of each image is drawn and in which formats it is kept.

    Attributes
    ----------
    formats
        File formats; one file each.
    palette
        Colours of the classes.
    dpi
        Pixels an inch; of PDF and SVG, in which letters and lines have none, those of the image.

    Raises
    ------
    ValueError
        If there is no format, a format is unknown or named twice, or dpi is not in 50..1200.

    Examples
    --------
    >>> FigureStyle(formats=("pdf", "svg")).palette.value
    'original'
    """

    formats: tuple[FigureFormat, ...] = ("png",)
    palette: Palette = Palette.original
    dpi: int = 150

    def __post_init__(self) -> None:
        known = ", ".join(FIGURE_FORMATS)
        if not self.formats:
            message = f"a figure needs a format; known: {known}"
            raise ValueError(message)
        for name in self.formats:
            if name not in FIGURE_FORMATS:
                message = f"no figure format is called {name!r}; known: {known}"
                raise ValueError(message)
            if self.formats.count(name) > 1:
                message = f"the figure format {name} is named twice"
                raise ValueError(message)
        if not _LEAST_DPI <= self.dpi <= _MOST_DPI:
            message = f"{self.dpi} dpi is not in {_LEAST_DPI}..{_MOST_DPI}"
            raise ValueError(message)
