"""The contact sheet shows what it is given: pixels of the drawing itself are looked at."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from riverscape.assessment.label_look import LabelLook
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.reports.contact_sheet import draw_contact_sheet, save_contact_sheets, sheet_paths

DPI = 100


def look(name: str = "Alder_1", **changes: object) -> LabelLook:
    picture = np.full((100, 150, 3), 200, np.uint8)
    codes = np.zeros((100, 150), np.uint8)
    codes[:, :75] = 1
    counts = np.bincount(codes.ravel(), minlength=256)
    found = {"labels": "SCLS.tif", "shape": (100, 150), "counts": counts, "picture": picture}
    return LabelLook(name, **{**found, "codes": codes, **changes})  # type: ignore[arg-type]


def drawn(looks: list[LabelLook]) -> tuple[NDArray[np.uint8], list[str]]:
    figure = draw_contact_sheet(looks, PUBLISHED_CLASSES, "Labels of survey")
    file = io.BytesIO()
    figure.savefig(file, dpi=DPI)
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    return np.asarray(Image.open(file).convert("RGB")), texts


def share(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    return float((np.abs(pixels.astype(int) - colour).max(axis=-1) <= 3).mean())


def test_image_and_labels_stand_side_by_side() -> None:
    pixels, texts = drawn([look()])
    assert texts[:2] == ["Labels of survey", "water"]
    assert "50.0 % labelled" in texts
    whole, water, bare = (
        share(pixels, colour) for colour in ((200, 200, 200), (124, 189, 230), (100, 100, 100))
    )
    assert water == pytest.approx(whole / 2, rel=0.05)
    assert bare == pytest.approx(whole / 2, rel=0.05)


def test_a_red_frame_is_around_doubtful_labels_alone() -> None:
    red = (192, 0, 0)
    assert share(drawn([look()])[0], red) == 0
    pixels, texts = drawn([look(doubtful=(1,))])
    assert share(pixels, red) > 0
    assert share(drawn([look(doubtful=(2,))])[0], red) == 0
    assert texts == drawn([look()])[1]


def test_problems_stand_beneath_their_image() -> None:
    long = "labels of " + "a very long name " * 30
    _, texts = drawn([look(doubts=("100 % of water has the colours of sand $x_$", long))])
    assert "100 % of water has the colours of sand $x_$" in texts
    assert sum(text.startswith("labels of a very long") for text in texts) == 1
    assert all(len(text) < 120 for text in texts)


def test_images_that_cannot_be_read_or_are_narrow_have_their_place() -> None:
    nothing = LabelLook("Birch_1", faults=("Birch_1.jpg is damaged",))
    narrow = look(
        "Cedar_1", picture=np.zeros((300, 2, 3), np.uint8), codes=np.zeros((300, 2), np.uint8)
    )
    _, texts = drawn([look(), nothing, narrow, look("Dogwood_1", labels="")])
    assert {"Birch_1", "labels that cannot be used", "Cedar_1", "no labels"} <= set(texts)
    drawn([])


def test_many_images_take_several_sheets(tmp_path: Path) -> None:
    looks = [look(f"Alder_{number}") for number in range(26)]
    paths = sheet_paths(tmp_path, len(looks))
    save_contact_sheets(paths, looks, PUBLISHED_CLASSES, "Labels")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "contact_sheet_1.png",
        "contact_sheet_2.png",
    ]
