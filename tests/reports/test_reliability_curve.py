"""The reliability curve shows accuracy at confidence, and the pixels that stand behind it."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from riverscape.reports.plot_style import KINDS
from riverscape.reports.reliability import draw_reliability
from tests.reports.made_runs import reliability_of

_CNN = reliability_of({5: (200, 100), 9: (1000, 980)})
_CSC = reliability_of({9: (3000, 2850)})


def _names(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_points_stand_at_mean_confidence_and_accuracy() -> None:
    upper, _ = draw_reliability({"CNN": _CNN, "CSC": _CSC}, "reliability").axes
    diagonal, cnn, csc = (np.asarray(line.get_xydata()).round(9).tolist() for line in upper.lines)
    assert diagonal == [[0, 0], [100, 100]]
    assert cnn == [[55, 50], [95, 98]]
    assert csc == [[95, 95]]


def test_bars_are_the_pixels_of_each_bin() -> None:
    _, lower = draw_reliability({"CNN": _CNN, "CSC": _CSC}, "reliability").axes
    bars = [patch for patch in lower.patches if isinstance(patch, Rectangle)]
    assert [bar.get_height() for bar in bars] == [200, 1000, 3000]
    assert [int(bar.get_x() // 10) for bar in bars] == [5, 9, 9]
    # Side by side in their bin.
    assert bars[1].get_x() + bars[1].get_width() <= bars[2].get_x() + 1e-9


def test_the_calibration_error_stands_in_the_legend() -> None:
    figure = draw_reliability({"CNN": _CNN, "CSC": _CSC}, "reliability")
    # (200 * 5 + 1000 * 3) / 1200 per cent, and none.
    assert _names(figure) == [
        "CNN, calibration error 3.3 %",
        "CSC, calibration error 0.0 %",
        "ideal",
    ]


def test_only_what_is_known_is_drawn() -> None:
    figure = draw_reliability({"CSC": _CSC, "CNN": reliability_of({})}, "reliability")
    assert len(figure.axes[0].lines) == 2
    assert figure.axes[0].lines[1].get_color() == KINDS[1].colour
    assert len(_names(figure)) == 2


def test_nothing_overlaps(misplaced: Callable[[Figure], list[str]]) -> None:
    many = reliability_of({place: (10**9, 10**8 * place) for place in range(10)})
    figure = draw_reliability({"CNN": many, "CSC": many}, "of $x^2$ " * 30, "model")
    assert misplaced(figure) == []
