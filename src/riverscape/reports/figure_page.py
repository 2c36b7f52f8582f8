"""Where the parts of a figure stand on its page, whatever the shape of the image."""

from dataclasses import dataclass

__all__ = ["FigurePage", "arrange"]

# All lengths in inches. The parts together take at most:
_WIDTH, _HEIGHT = 9.6, 7.2
_EDGE = 0.12
_GAP = 0.14
_TITLE, _NAME, _SCORE = 0.42, 0.29, 0.27
_LEGEND_LINE = 0.24
# Scores stand beneath the parts, so a part has room for them however narrow it is.
_LEAST_WIDTH = 1.9
# A line of pixels is still to be seen.
_THINNEST = 0.02
# Parts beside each other are what people expect; beneath each other they have to be so much larger.
_BETTER = 1.3


@dataclass(frozen=True)
class FigurePage:
    """A page with `rows` x `columns` parts of the same size; lengths in inches.

    Attributes
    ----------
    width, height
        Of each part.
    scored
        Whether there is room for scores beneath the parts of each row.
    legend_lines
        Lines of the legend at the foot.

    Examples
    --------
    >>> page = arrange((1960, 3008), parts=4)
    >>> page.columns, page.rows, page.width, round(page.height, 2)
    (2, 2, 4.8, 3.13)
    >>> x, y, width, height = page.part(3)
    >>> round(x, 2), round(y, 2), round(width, 2), round(height, 2)
    (0.51, 0.06, 0.48, 0.4)
    """

    columns: int
    rows: int
    width: float
    height: float
    scored: tuple[bool, ...] = ()
    legend_lines: int = 1

    @property
    def longest(self) -> float:
        """The longer side of a part."""
        return max(self.width, self.height)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page."""
        height = _TITLE + sum(map(self._row_height, range(self.rows))) + self.foot
        return 2 * _EDGE + self.columns * self._cell + (self.columns - 1) * _GAP, height

    @property
    def foot(self) -> float:
        """Height of the legend."""
        return self.legend_lines * _LEGEND_LINE + _EDGE

    def part(self, number: int) -> tuple[float, float, float, float]:
        """Return left, bottom, width and height of a part, as shares of the page."""
        row, column = divmod(number, self.columns)
        page_width, page_height = self.size
        left = _EDGE + column * (self._cell + _GAP) + (self._cell - self.width) / 2
        top = _TITLE + sum(map(self._row_height, range(row))) + _NAME
        bottom = page_height - top - self.height
        return (
            left / page_width,
            bottom / page_height,
            self.width / page_width,
            self.height / page_height,
        )

    @property
    def _cell(self) -> float:
        return max(self.width, _LEAST_WIDTH)

    def _row_height(self, row: int) -> float:
        scored = self.scored[row] if self.scored else False
        return _NAME + self.height + (_SCORE if scored else _EDGE)


def arrange(shape: tuple[int, int], parts: int) -> FigurePage:
    """Return the page on which so many parts of an image, (row, col), are largest.

    Examples
    --------
    >>> [(page.rows, page.columns) for page in (arrange((100, 600), 4), arrange((600, 100), 4))]
    [(4, 1), (1, 4)]
    >>> [(page.rows, page.columns) for page in (arrange((100, 150), 3), arrange((100, 300), 3))]
    [(1, 3), (3, 1)]
    """
    height_px, width_px = shape
    pages = []
    for columns in (number for number in range(parts, 0, -1) if parts % number == 0):
        rows = parts // columns
        inches = min(_WIDTH / columns / width_px, _HEIGHT / rows / height_px)
        width, height = (max(_THINNEST, inches * length) for length in (width_px, height_px))
        preference = 1 / _BETTER if columns == 1 else 1.0
        pages.append((preference * inches, FigurePage(columns, rows, width, height)))
    return max(pages, key=lambda scored: scored[0])[1]
