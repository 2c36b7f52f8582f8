"""Land cover along a survey: every image in its place, gaps where there is none."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from riverscape.assessment import MappedImage
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.labels.palettes import accessible
from riverscape.reports.survey_areas import draw_areas
from riverscape.reports.survey_order import stretches
from tests.reports.made_runs import image_of, run_of, scheme_of


def _image(name: str, water: int, sediment: int = 0, unit: float | None = None) -> MappedImage:
    pixels = {"water": water, "dry sediment": sediment}
    areas = None if unit is None else {cover: unit * count for cover, count in pixels.items()}
    return image_of(name, pixels=pixels, areas_m2=areas)


def _draw(images: Sequence[MappedImage], failures: Sequence[str] = ()) -> Figure:
    run = run_of(images, failures=dict.fromkeys(failures, "broken"))
    return draw_areas(run, PUBLISHED_CLASSES, "areas")


def _bars(axis: Axes, name: str) -> list[tuple[float, float, float]]:
    """Return middle, bottom and top of each bar of a class."""
    (steps,) = (
        patch
        for patch in axis.patches
        if isinstance(patch, StepPatch) and patch.get_label() == name
    )
    values, edges, base = map(np.asarray, steps.get_data())
    middles = (edges[1:] + edges[:-1]) / 2
    return [
        (round(float(x), 6), round(float(low), 6), round(float(high), 6))
        for x, low, high in zip(middles, base, values, strict=True)
        if np.isfinite(high)
    ]


def _ticks(axis: Axes) -> dict[float, str]:
    names = [text.get_text() for text in axis.get_xticklabels()]
    return dict(zip(axis.get_xticks().tolist(), names, strict=True))


def test_images_stand_in_the_order_of_their_numbers() -> None:
    (axis,) = _draw([_image("A_10", 1, 3), _image("A_9", 4), _image("A_8", 1, 1)]).axes
    assert _bars(axis, "water") == [(0, 0, 50), (1, 0, 100), (2, 0, 25)]
    assert _bars(axis, "dry sediment") == [(0, 50, 100), (1, 100, 100), (2, 25, 100)]
    assert _ticks(axis) == {0: "8", 1: "9", 2: "10"}


def test_each_river_has_its_place() -> None:
    figure = _draw([_image("Heron_1", 1), _image("Alder_1", 1), _image("Alder_2", 1)])
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == ["Alder, 2 images", "Heron, 1 image"]


def test_a_failed_image_and_one_without_valid_pixels_are_gaps() -> None:
    images = [_image("A_1", 1), _image("A_2", 0), _image("A_4", 1)]
    (axis,) = _draw(images, failures=["A_3"]).axes
    assert [place for place, _, _ in _bars(axis, "water")] == [0, 3]


def test_a_jump_in_even_numbers_is_a_gap() -> None:
    images = [_image(f"A_{number}", 1) for number in (1, 3, 5, 11, 13)]
    (axis,) = _draw(images).axes
    assert [place for place, _, _ in _bars(axis, "water")] == [0, 1, 2, 4, 5]


def test_a_failed_river_shows_nothing() -> None:
    run = run_of([_image("A_1", 1)], failures={"B_1": "broken"})
    assert [one.name for one in stretches(run, 10)] == ["A"]


def test_many_rivers_become_one() -> None:
    run = run_of([_image(f"R{number}", 1) for number in range(30)])
    (one,) = stretches(run, 24)
    assert one.name == "30 rivers"
    assert [slot.name for slot in one.slots if slot][8:11] == ["R8", "R9", "R10"]


@pytest.mark.parametrize(
    ("metres", "name", "height"), [(20.0, "m²", 40.0), (1e5, "ha", 20.0), (1e7, "km²", 20.0)]
)
def test_areas_where_every_image_has_its_place(metres: float, name: str, height: float) -> None:
    figure = _draw([_image("A_1", 2, 0, metres), _image("A_2", 1, 0, metres)])
    assert figure.axes[0].get_ylabel() == f"area, {name}"
    assert _bars(figure.axes[0], "water") == [(0, 0, height), (1, 0, height / 2)]


def test_shares_where_one_image_has_no_place() -> None:
    figure = _draw([_image("A_1", 2, 0, 10.0), _image("A_2", 1), _image("A_3", 0)])
    assert figure.axes[0].get_ylabel() == "valid pixels, %"
    assert _bars(figure.axes[0], "water") == [(0, 0, 100), (1, 0, 100)]


def test_a_long_river_is_broken_into_rows_that_hold_all_of_it() -> None:
    figure = _draw([_image(f"A_{number:04}", 1) for number in range(1100)])
    assert len(figure.axes) == 6
    assert figure.axes[0].get_title(loc="left") == "A, 1,100 images, part 1 of 6"
    assert sum(len(_bars(axis, "water")) for axis in figure.axes) == 1100
    assert all(2 < len(_ticks(axis)) < 40 for axis in figure.axes)


def test_colours_are_those_of_the_scheme_given() -> None:
    scheme = accessible(PUBLISHED_CLASSES)
    figure = draw_areas(run_of([_image("A_1", 1)]), scheme, "areas")
    (steps,) = (patch for patch in figure.axes[0].patches if isinstance(patch, StepPatch))
    assert steps.get_facecolor()[:3] == to_rgb(scheme.classes[0].colour)
    # Only what the maps hold has an entry.
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["water"]


@pytest.mark.parametrize("images", [1, 7, 40, 300])
def test_nothing_overlaps(images: int, misplaced: Callable[[Figure], list[str]]) -> None:
    scheme = scheme_of(12, "broad-leaved riparian forest of the reach $x^2$")
    pixels = dict.fromkeys(scheme.names, 5)
    run = run_of(
        [
            image_of(f"{river}_flight $x^2$ of August_{number}", pixels=pixels)
            for river in ("W" * 40, "Grande rivière de la Sainte-Marguerite du nord-est")
            for number in range(images)
        ],
        scheme=scheme,
    )
    figure = draw_areas(run, scheme, "areas of $x^2$ " * 20, "model")
    assert misplaced(figure) == []
    _assert_ticks_apart(figure)


def _assert_ticks_apart(figure: Figure) -> None:
    for axis in figure.axes:
        boxes = [text.get_window_extent() for text in axis.get_xticklabels()]
        assert all(a.x1 <= b.x0 + 1 for a, b in pairwise(boxes))
