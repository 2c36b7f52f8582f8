"""Violins show every image, and no shape that nothing stands behind."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.reports.compiled import compiled_table
from riverscape.reports.plot_style import KINDS
from riverscape.reports.violins import (
    MOST_GROUPS,
    ViolinPanel,
    draw_violins,
    river_panels,
    run_panels,
)
from tests.reports.made_runs import image_of, matrix_of, run_of, scheme_of

_VALUES = [91.0, 92.0, 93.5, 95.0, 99.0]


def _points(axis: Axes) -> list[NDArray[np.float64]]:
    return [
        np.asarray(found.get_offsets(), float)
        for found in axis.collections
        if isinstance(found, PathCollection)
    ]


def _bodies(axis: Axes) -> list[PolyCollection]:
    return [found for found in axis.collections if isinstance(found, PolyCollection)]


def _face(body: PolyCollection) -> tuple[float, ...]:
    return tuple(np.asarray(body.get_facecolor(), float)[0, :3].tolist())


def _outline(body: PolyCollection) -> NDArray[np.float64]:
    return np.asarray(body.get_paths()[0].vertices, float)


def _draw(cnn: list[float], csc: list[float]) -> Axes:
    panel = ViolinPanel("water", {"Alder": {"CNN": cnn, "CSC": csc}})
    return draw_violins([panel], "F1").axes[0]


def _above(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts]


def test_cnn_is_left_and_csc_right_of_each_group() -> None:
    axis = _draw(_VALUES, [value - 1 for value in _VALUES])
    cnn, csc = _bodies(axis)
    for body, kind, side in ((cnn, KINDS[0], -1), (csc, KINDS[1], 1)):
        assert _face(body) == to_rgb(kind.colour)
        assert (side * _outline(body)[:, 0]).min() >= -1e-9
    left, right = _points(axis)
    assert (left[:, 0] < 0).all()
    assert (right[:, 0] > 0).all()


def test_every_image_is_a_point_at_its_f1() -> None:
    left, right = _points(_draw(_VALUES, [50.0, 60.0]))
    assert left[:, 1].tolist() == _VALUES
    assert right[:, 1].tolist() == [50.0, 60.0]


def test_a_violin_ends_where_the_images_do() -> None:
    (body, _) = _bodies(_draw(_VALUES, _VALUES))
    heights = _outline(body)[:, 1]
    assert (heights.min(), heights.max()) == (min(_VALUES), max(_VALUES))


@pytest.mark.parametrize("values", [_VALUES[:4], [97.0] * 9, [97.0]])
def test_few_images_or_all_alike_have_no_violin(values: list[float]) -> None:
    axis = _draw(values, values)
    assert _bodies(axis) == []
    assert len(_points(axis)[0]) == len(values)


def test_medians_are_marked_and_written() -> None:
    axis = _draw(_VALUES, [50.0, 60.0])
    heights = [np.unique(line.get_ydata()).tolist() for line in axis.lines]
    assert [93.5] in heights
    assert [55.0] in heights
    assert {"93.5", "55.0", "5 images"} <= set(_above(axis))


@pytest.mark.parametrize(
    ("least", "lower"), [(96.0, 90), (83.0, 80), (75.0, 70), (69.0, 50), (3.0, 0)]
)
def test_the_scale_holds_all_values(least: float, lower: float) -> None:
    axis = _draw([least, 99.0], [100.0])
    below, above = axis.get_ylim()
    assert lower - 3 < below < lower
    assert above > 100


def _table(rivers: int, images: int = 1) -> pd.DataFrame:
    matrix = matrix_of({(0, 0): 60, (0, 2): 40, (2, 2): 300})
    return compiled_table(
        [
            run_of(
                [
                    image_of(f"R{river}_{number}", matrix)
                    for river in range(rivers)
                    for number in range(images)
                ]
            )
        ]
    )


def test_a_panel_for_each_class_and_a_group_for_each_river() -> None:
    panels = river_panels(_table(11, 2), PUBLISHED_CLASSES.names)
    assert [panel.name for panel in panels][1:] == ["water", "green vegetation"]
    assert list(panels[0].groups) == [f"R{number}" for number in range(11)]
    assert panels[1].groups["R3"] == {"CNN": [75.0, 75.0], "CSC": [75.0, 75.0]}


@pytest.mark.parametrize("rivers", [1, MOST_GROUPS + 1])
def test_one_river_or_too_many_make_one_panel_of_classes(rivers: int) -> None:
    (panel,) = river_panels(_table(rivers), PUBLISHED_CLASSES.names)
    assert list(panel.groups) == ["all classes", "water", "green vegetation"]
    assert len(panel.groups["water"]["CSC"]) == rivers
    assert panel.name == ("R0" if rivers == 1 else f"all {rivers} rivers together")


def test_a_class_that_a_river_lacks_leaves_its_place_empty() -> None:
    runs = [
        run_of(
            [
                image_of("Alder_1", matrix_of({(0, 0): 9})),
                image_of("Heron_1", matrix_of({(0, 0): 9, (3, 3): 9, (0, 1): 1})),
            ]
        )
    ]
    panels = river_panels(compiled_table(runs), PUBLISHED_CLASSES.names)
    # Sediment is in the map alone: it has no panel.
    assert [panel.name for panel in panels][1:] == ["water", "senescent vegetation"]
    assert panels[2].groups["Alder"] == {}
    figure = draw_violins(panels, "F1")
    assert "not in the labels" in _above(figure.axes[2])


def test_runs_are_groups_side_by_side() -> None:
    matrix = matrix_of({(0, 0): 5})
    runs = [run_of([image_of("Alder_1", matrix)], folder) for folder in ("one", "two")]
    panels = run_panels(compiled_table(runs), PUBLISHED_CLASSES.names)
    assert [list(panel.groups) for panel in panels] == [["one", "two"]] * 2


@pytest.mark.parametrize("count", [1, 12])
def test_nothing_overlaps(count: int, misplaced: Callable[[Figure], list[str]]) -> None:
    scheme = scheme_of(count, "broad-leaved riparian forest of the reach $x^2$")
    matrix = matrix_of({(place, place): 5 for place in range(count)}, scheme)
    rivers = ("W" * 40, "rivière de la Sainte-Marguerite du nord-est", "$a_1$")
    run = run_of([image_of(f"{river}_1", matrix) for river in rivers], "maps " * 40, scheme)
    panels = river_panels(compiled_table([run]), scheme.names)
    figure = draw_violins(panels, "F1 of $x^2$ " * 20, "model")
    assert misplaced(figure) == []
    for axis in figure.axes[: len(panels)]:
        assert not any(text.get_parse_math() for text in axis.get_xticklabels())
        boxes = [text.get_window_extent() for text in axis.get_xticklabels() if text.get_text()]
        assert all(one.x1 <= other.x0 for one, other in pairwise(boxes))
