"""The two pictures of an image: divider, zoom, moving, and both at once."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from .conftest import Visits, until

pytestmark = pytest.mark.browser


def _divider(page: Any) -> int:
    return int(page.get_by_role("slider").get_attribute("aria-valuenow"))


def _transforms(page: Any) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        ".stage img", "images => images.map(image => image.style.transform)"
    )
    return found


def _stage(page: Any) -> dict[str, float]:
    page.locator(".stage").scroll_into_view_if_needed()
    box: dict[str, float] = page.locator(".stage").bounding_box()
    return box


def test_divider_follows_the_mouse(visit: Visits, report: Path) -> None:
    page = visit(report).at("Alder_0001")
    box = _stage(page)
    middle = box["y"] + box["height"] / 2
    assert _divider(page) == 50
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, middle, steps=4)
    page.mouse.up()
    assert _divider(page) == 20
    handle = page.get_by_role("slider").bounding_box()
    at = handle["x"] + handle["width"] / 2
    assert at == pytest.approx(box["x"] + box["width"] * 0.2, abs=3)


def test_divider_shows_one_picture_on_each_side(visit: Visits, report: Path) -> None:
    """What is seen left of it is the image, right of it the map: as pixels, not as attributes."""
    page = visit(report).at("Alder_0001")
    until(page, "[...document.querySelectorAll('.stage img')].every(i => i.complete)")
    box = _stage(page)
    page.get_by_role("slider").focus()
    seen = {}
    for key in ("End", "Home"):
        page.keyboard.press(key)
        clip = {"x": box["x"] + box["width"] * 0.7, "y": box["y"] + box["height"] * 0.7,
                "width": 20, "height": 20}  # fmt: skip
        seen[key] = page.screenshot(clip=clip)
    assert _divider(page) == 0
    assert seen["End"] != seen["Home"]


def test_where_a_map_has_no_data_the_other_picture_does_not_show(
    visit: Visits, report: Path
) -> None:
    page = visit(report).at("Alder_0001")
    until(page, "[...document.querySelectorAll('.stage img')].every(i => i.complete)")
    box = _stage(page)
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.locator("#section-title").focus()  # no outline about the divider
    clip = {"x": box["x"] + 0.06 * box["width"], "y": box["y"] + 0.05 * box["height"]}
    seen = Image.open(io.BytesIO(page.screenshot(clip={**clip, "width": 20, "height": 15})))
    ground = page.evaluate("getComputedStyle(document.querySelector('.stage')).backgroundColor")
    (colour,) = np.unique(np.asarray(seen.convert("RGB")).reshape(-1, 3), axis=0).tolist()
    assert ground == "rgb({}, {}, {})".format(*colour)


@pytest.mark.parametrize(
    ("keys", "at"),
    [(["ArrowLeft"], 48), (["ArrowRight"] * 2, 54), (["Shift+ArrowLeft"], 40), (["Home"], 0),
     (["End", "ArrowRight"], 100)],
)  # fmt: skip
def test_divider_follows_the_keyboard(
    visit: Visits, report: Path, keys: list[str], at: int
) -> None:
    page = visit(report).at("Alder_0001")
    page.get_by_role("slider").focus()
    for key in keys:
        page.keyboard.press(key)
    assert _divider(page) == at
    told = page.get_by_role("slider").get_attribute("aria-valuetext")
    assert told == f"image on {at} %, CSC map on {100 - at} %"


def _touch(client: Any, name: str, points: list[tuple[float, float]]) -> None:
    touching = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
    client.send("Input.dispatchTouchEvent", {"type": name, "touchPoints": touching})


def test_divider_follows_a_finger(visit: Visits, report: Path) -> None:
    options = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    page = visit(report, **options).at("Alder_0001")
    box = _stage(page)
    middle = box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)
    _touch(fingers, "touchStart", [(box["x"] + box["width"] * 0.5, middle)])
    for share in (0.55, 0.65, 0.8):
        _touch(fingers, "touchMove", [(box["x"] + box["width"] * share, middle)])
    _touch(fingers, "touchEnd", [])
    assert _divider(page) == pytest.approx(80, abs=2)


def test_two_fingers_zoom(visit: Visits, report: Path) -> None:
    options = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    page = visit(report, **options).at("Alder_0001")
    box = _stage(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)
    _touch(fingers, "touchStart", [(x - 20, y), (x + 20, y)])
    for apart in (30, 40, 60):
        _touch(fingers, "touchMove", [(x - apart, y), (x + apart, y)])
    _touch(fingers, "touchEnd", [])
    assert page.locator(".level-text").inner_text() == "3×"


def test_buttons_and_keys_zoom_and_fit(visit: Visits, report: Path) -> None:
    page = visit(report).at("Alder_0001")
    level = page.locator(".level-text")
    page.get_by_role("button", name="Zoom in").click()
    assert level.inner_text() == "1.5×"
    page.locator(".stage").focus()
    page.keyboard.press("+")
    assert level.inner_text() == "2.3×"
    page.keyboard.press("-")
    assert level.inner_text() == "1.5×"
    page.keyboard.press("0")
    assert level.inner_text() == "1×"
    for _ in range(12):
        page.get_by_role("button", name="Zoom in").click()
    assert level.inner_text() == "16×"


def test_wheel_zooms_about_the_pointer(visit: Visits, report: Path) -> None:
    page = visit(report).at("Alder_0001")
    box = _stage(page)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    page.mouse.wheel(0, -800)
    until(page, "document.querySelector('.stage').classList.contains('zoomed')")
    # What lay a quarter from the corner lies there still: moved right and down.
    place = page.evaluate(
        """() => {
          const image = document.querySelector('.stage img');
          const matrix = new DOMMatrix(getComputedStyle(image).transform);
          const box = document.querySelector('.stage').getBoundingClientRect();
          return [matrix.a, matrix.e / box.width, matrix.f / box.height];
        }"""
    )
    assert place[0] > 2
    assert place[1] == pytest.approx(-0.25 + 0.25 * place[0], abs=0.01)
    assert place[2] == pytest.approx(-0.25 + 0.25 * place[0], abs=0.01)


def test_wheel_scrolls_the_page_where_nothing_is_zoomed(visit: Visits, report: Path) -> None:
    page = visit(report, viewport={"width": 1200, "height": 600}).at("Alder_0001")
    box = _stage(page)
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 200)
    until(page, f"scrollY > {before}")
    assert page.locator(".level-text").inner_text() == "1×"


def test_both_pictures_move_together_and_never_off_their_pane(visit: Visits, report: Path) -> None:
    page = visit(report).at("Alder_0001")
    page.get_by_role("button", name="Side by side").click()
    assert not page.get_by_role("slider").is_visible()
    page.get_by_role("button", name="Zoom in").click()
    box = _stage(page)
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 110, steps=3)
    page.mouse.up()
    first, second = _transforms(page)
    assert first == second != "translate(0%, 0%) scale(1.5)"
    page.locator(".stage").focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    assert _transforms(page)[0].startswith("translate(25%")


@pytest.mark.parametrize("kind", ["image", "CSC map", "CNN map", "labels", "confidence"])
def test_any_two_pictures_can_be_compared(visit: Visits, report: Path, kind: str) -> None:
    page = visit(report).at("Alder_0001")
    page.get_by_role("combobox", name="Left").select_option(kind)
    page.get_by_role("combobox", name="Right").select_option("labels")
    shown = page.locator(".stage img")
    assert shown.nth(0).get_attribute("alt") == f"{kind} of Alder_0001"
    assert shown.nth(1).get_attribute("alt") == "labels of Alder_0001"
    assert page.locator(".ramp").is_visible() == (kind == "confidence")


def test_what_was_chosen_stays_for_the_next_image(visit: Visits, report: Path) -> None:
    page = visit(report).at("Alder_0001")
    page.get_by_role("combobox", name="Right").select_option("labels")
    page.locator(".stage").focus()
    page.keyboard.press("n")
    until(page, "document.querySelector('#section-title').textContent === 'Alder_0002'")
    assert page.get_by_role("combobox", name="Right").input_value() == "labels"
    assert page.evaluate("document.activeElement.className") == "stage"
    page.keyboard.press("Escape")
    page.wait_for_selector("#overview", state="visible")
