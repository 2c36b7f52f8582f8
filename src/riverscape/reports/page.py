"""A figure laid out by hand, in inches from its upper left corner."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["page_axes"]


def page_axes(figure: Figure) -> Axes:
    """Return axes without frame over a whole figure, in inches from its upper left corner.

    Examples
    --------
    >>> print(*page_axes(Figure(figsize=(4, 3))).get_ylim())
    3.0 0.0
    """
    width, height = (float(length) for length in figure.get_size_inches())
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axis.set_axis_off()
    return axis
