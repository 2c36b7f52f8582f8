"""F1 against share: a point for each image and class of the labels, none for others."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.labels.palettes import accessible
from riverscape.reports.class_share import draw_f1_by_share
from riverscape.reports.compiled import compiled_table
from tests.reports.made_runs import image_of, matrix_of, run_of, scheme_of

_CNN = matrix_of({(0, 0): 50, (0, 2): 50, (2, 2): 299, (2, 1): 1})
_CSC = matrix_of({(0, 0): 60, (0, 2): 40, (2, 2): 300})


def _drawn(figure: Figure, place: int) -> dict[str, PathCollection]:
    return {
        str(found.get_label()): found
        for found in figure.axes[place].collections
        if isinstance(found, PathCollection) and len(np.asarray(found.get_offsets()))
    }


def _face(points: PathCollection) -> tuple[float, ...]:
    return tuple(np.asarray(points.get_facecolor(), float)[0, :3].tolist())


def test_points_stand_at_share_and_f1_in_the_colour_of_their_class() -> None:
    table = compiled_table([run_of([image_of("Alder_1", _CSC, _CNN)])])
    figure = draw_f1_by_share(table, PUBLISHED_CLASSES, "F1")
    assert [axis.get_title() for axis in figure.axes] == ["CNN maps", "CSC maps"]
    cnn, csc = (_drawn(figure, place) for place in (0, 1))
    # Sediment is in the map alone.
    assert set(cnn) == set(csc) == {"water", "green vegetation"}
    assert np.asarray(csc["water"].get_offsets()).tolist() == [[25.0, 75.0]]
    assert np.asarray(cnn["water"].get_offsets())[0, 1] == pytest.approx(100 * 100 / 150)
    assert _face(csc["water"]) == to_rgb(PUBLISHED_CLASSES.classes[0].colour)


def test_colours_are_those_of_the_scheme_given() -> None:
    table = compiled_table([run_of([image_of("Alder_1", _CSC)])])
    scheme = accessible(PUBLISHED_CLASSES)
    drawn = _drawn(draw_f1_by_share(table, scheme, "F1"), 1)
    assert _face(drawn["water"]) == to_rgb(scheme.classes[0].colour)


def test_shares_are_on_a_logarithmic_axis_that_holds_them_all() -> None:
    rare = matrix_of({(0, 0): 999_990, (4, 4): 10})
    table = compiled_table([run_of([image_of("Alder_1", rare)])])
    axis = draw_f1_by_share(table, PUBLISHED_CLASSES, "F1").axes[0]
    assert axis.get_xscale() == "log"
    assert axis.get_xlim()[0] <= 0.001
    assert axis.get_xlim()[1] > 100


@pytest.mark.parametrize(("images", "medians"), [(4, 0), (5, 1)])
def test_a_median_only_where_points_enough_stand(images: int, medians: int) -> None:
    # Water in about a quarter of the labels, vegetation in the rest: two places along the axis.
    run = run_of([image_of(f"Alder_{number}", _CSC) for number in range(images)])
    figure = draw_f1_by_share(compiled_table([run]), PUBLISHED_CLASSES, "F1")
    assert len(figure.axes[1].lines) == medians
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert ("median, where 5 points or more" in named) == bool(medians)
    if medians:
        (line,) = figure.axes[1].lines
        assert np.asarray(line.get_xydata())[0].tolist() == [25.0, 75.0]


@pytest.mark.parametrize("count", [1, 14])
def test_nothing_overlaps(count: int, misplaced: Callable[[Figure], list[str]]) -> None:
    scheme = scheme_of(count, "broad-leaved riparian forest of the reach $x^2$")
    matrix = matrix_of({(place, place): 10**place for place in range(count)}, scheme)
    table = compiled_table([run_of([image_of("Alder_1", matrix)], scheme=scheme)])
    figure = draw_f1_by_share(table, scheme, "F1 of $x^2$ " * 20, "model")
    assert misplaced(figure) == []
    # Names are names, whatever they hold.
    assert not any(text.get_parse_math() for text in figure.legends[0].get_texts())
