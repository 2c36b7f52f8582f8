"""The figures hold what they should."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.labels.palettes import Palette, recoloured
from riverscape.maps import ClassMap
from riverscape.reports.curves import save_training_curves
from riverscape.reports.figure import FigureParts, draw_figure, least_preview_px, save_figure
from riverscape.reports.figure_style import FigureStyle
from riverscape.tiles import Epoch

Drawn = Callable[[Figure], np.ndarray]
Misplaced = Callable[[Figure], list[str]]


def _case(shape: tuple[int, int] = (60, 90), nodata_rows: int = 0) -> FigureParts:
    """Return water below vegetation, the first five labelled rows unlabelled."""
    codes = np.ones(shape, np.uint8)
    codes[: shape[0] // 2] = 3
    labels = codes.copy()
    labels[:5] = 0
    codes[:nodata_rows] = 0
    labels[:nodata_rows] = 0
    maps = {name: ClassMap(codes, PUBLISHED_CLASSES) for name in ("CNN map", "CSC map")}
    scores = {name: ConfusionMatrix.of(labels, codes, PUBLISHED_CLASSES) for name in maps}
    photograph = np.zeros((*shape, 3), np.uint8)
    return FigureParts("Alder_0001", photograph, maps, ClassMap(labels, PUBLISHED_CLASSES), scores)


def _unlabelled(parts: FigureParts) -> FigureParts:
    return replace(parts, labels=None, scores={})


def _legend(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def _shown(figure: Figure, part: str) -> np.ndarray:
    (axis,) = [axis for axis in figure.axes if axis.get_title() == part]
    return np.asarray(axis.images[0].get_array())


def test_four_parts_with_labels_and_scores() -> None:
    figure = draw_figure(_case())
    assert [axis.get_title() for axis in figure.axes] == ["Image", "Labels", "CNN map", "CSC map"]
    said = "F1 100.0 % (macro 100.0 %)"
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", said, said]
    assert _legend(figure) == [*PUBLISHED_CLASSES.names, "unlabelled"]


def test_three_parts_without_labels() -> None:
    figure = draw_figure(_unlabelled(_case()))
    assert [axis.get_title() for axis in figure.axes] == ["Image", "CNN map", "CSC map"]
    assert all(axis.get_xlabel() == "" for axis in figure.axes)
    assert _legend(figure) == list(PUBLISHED_CLASSES.names)


def test_labels_without_a_labelled_pixel_score_nothing() -> None:
    parts = _case()
    none = ConfusionMatrix(np.zeros((5, 6), np.int64), PUBLISHED_CLASSES)
    figure = draw_figure(replace(parts, scores={"CSC map": none}))
    assert figure.axes[3].get_xlabel() == "nothing labelled"


def test_what_holds_no_data_is_hatched_and_what_is_unlabelled_black(drawn: Drawn) -> None:
    figure = draw_figure(_case(nodata_rows=3))
    assert _legend(figure)[-2:] == ["unlabelled", "no data"]
    picture = drawn(figure)
    height, width = picture.shape[:2]
    for axis in figure.axes:
        box = axis.get_position()
        col = round((box.x0 + 0.3 * box.width) * width)
        cols = slice(col, col + 60)
        rows = [round((1 - box.y1 + share * box.height) * height) for share in (0.025, 0.065)]
        ground = picture[rows[0], cols].astype(int)
        # Light, of two greys: hatched.
        assert (np.ptp(ground, axis=1) <= 2).all()
        assert 180 <= ground.min() < ground.max() <= 240
        if axis.get_title() == "Labels":
            assert not picture[rows[1], cols].any()


def test_nodata_is_matched_where_the_photograph_is_of_another_size() -> None:
    parts = _case(nodata_rows=30)
    figure = draw_figure(replace(parts, photograph=np.full((20, 30, 3), 9, np.uint8)))
    opaque = _shown(figure, "Image")[..., 3]
    assert opaque[:10].max() == 0
    assert opaque[10:].min() == 255


@pytest.mark.parametrize("palette", Palette)
def test_maps_are_drawn_in_the_colours_of_the_palette(palette: Palette) -> None:
    parts = _case()
    figure = draw_figure(parts, palette)
    water, _, vegetation, *_ = (cover.rgb for cover in recoloured(PUBLISHED_CLASSES, palette))
    for part in ("Labels", "CNN map", "CSC map"):
        assert tuple(_shown(figure, part)[20, 0]) == vegetation
        assert tuple(_shown(figure, part)[-1, -1]) == water
    chips = [patch.get_facecolor() for patch in figure.legends[0].get_patches()]
    assert to_hex(chips[0]) == "#{:02x}{:02x}{:02x}".format(*water)
    assert parts.maps["CSC map"].scheme == PUBLISHED_CLASSES


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("shape", [(60, 90), (40, 400), (400, 40), (90, 90), (1, 300), (300, 1)])
def test_an_image_of_any_shape_keeps_it_on_a_page_of_its_own(
    shape: tuple[int, int], labelled: bool, misplaced: Misplaced
) -> None:
    parts = _case(shape) if labelled else _unlabelled(_case(shape))
    figure = draw_figure(parts)
    width, height = figure.get_size_inches()
    assert 2 < width < 11
    assert 1 < height < 11
    for axis in figure.axes:
        box = axis.get_position()
        ratio = (box.height * height) / (box.width * width)
        if min(shape) > 1:
            assert ratio == pytest.approx(shape[0] / shape[1], rel=1e-6)
    boxes = [axis.get_position() for axis in figure.axes]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert not misplaced(figure)


@pytest.mark.parametrize("classes", [1, 12, 40])
def test_a_legend_of_any_length_has_room_beneath(classes: int, misplaced: Misplaced) -> None:
    scheme = ClassScheme(
        tuple(
            LandCover(code, f"a rather long class name {code}", f"#{code:02x}80ff")
            for code in range(1, classes + 1)
        )
    )
    maps = {name: ClassMap(np.ones((60, 90), np.uint8), scheme) for name in ("CNN map", "CSC map")}
    figure = draw_figure(FigureParts("Alder", np.zeros((60, 90, 3), np.uint8), maps))
    assert _legend(figure) == list(scheme.names)
    assert not misplaced(figure)


def test_a_long_name_is_shortened(misplaced: Misplaced) -> None:
    figure = draw_figure(replace(_case(), title="Sainte-Marguerite " * 20 + "_31162"))
    (title,) = (text.get_text() for text in figure.texts)
    assert "…" in title
    assert title.endswith("_31162")
    assert not misplaced(figure)


@pytest.mark.parametrize("name", ["Alder_0001", "odd $x_1$ name & <b>"])
@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_saved_alone_and_the_same_each_time(tmp_path: Path, name: str, suffix: str) -> None:
    parts = replace(_case(nodata_rows=3), title=name)
    path = tmp_path / f"FIGURE.{suffix}"
    saved = [save_figure(path, draw_figure(parts), 150).read_bytes() for _ in range(2)]
    assert saved[0] == saved[1]
    assert list(tmp_path.iterdir()) == [path]
    if suffix == "png":
        picture = cv2.imread(str(path))
        assert picture is not None
        assert min(picture.shape[:2]) > 600


def test_copies_as_large_as_the_figure_shows_them() -> None:
    parts = _case((600, 900))
    for dpi in (75, 300):
        figure = draw_figure(parts)
        box, (width, height) = figure.axes[0].get_position(), figure.get_size_inches()
        side_px = max(box.width * width, box.height * height) * dpi
        assert least_preview_px((600, 900), True, dpi) == pytest.approx(side_px, abs=1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"formats": ()}, "a figure needs a format; known: png, pdf, svg"),
        ({"formats": ("gif",)}, "no figure format is called 'gif'; known: png, pdf, svg"),
        ({"formats": ("png", "png")}, "the figure format png is named twice"),
        ({"dpi": 49}, "49 dpi is not in 50..1200"),
    ],
)
def test_styles_check_themselves(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        FigureStyle(**given)


@pytest.mark.parametrize("validated", [True, False])
def test_training_curves(tmp_path: Path, validated: bool) -> None:
    loss = 0.5 if validated else float("nan")
    history = [Epoch(number, 1 / number, 0.8, loss, 0.9, 1) for number in (1, 2, 3)]
    saved = save_training_curves(tmp_path / "curves.png", history, best=2)
    assert cv2.imread(str(saved)) is not None
