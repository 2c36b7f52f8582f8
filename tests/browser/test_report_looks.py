"""report.html in a browser: by keyboard alone, on any screen, on paper, and without its parts."""

from pathlib import Path

import pytest

from ..report_runs import Example, all_classes, example
from .conftest import Visits, save, until

pytestmark = pytest.mark.browser


def test_keyboard_reaches_everything(visit: Visits, report: Path) -> None:
    """Tab goes through every control in the order of the page, and none is hidden from it."""
    seen = visit(report)
    for image in ("", "Alder_0001"):
        page = seen.at(image) if image else seen.page
        page.evaluate("document.body.tabIndex = -1; document.body.focus()")
        asked = page.evaluate(
            """() => [...document.querySelectorAll(
                  'a, button, input, select, summary, [tabindex="0"]')]
                .filter(e => e.tabIndex >= 0 && e.checkVisibility())
                .map((e, i) => { e.dataset.stop = i; return i; })"""
        )
        assert len(asked) > 20
        reached = []
        page.keyboard.press("Tab")
        for _ in asked:
            reached.append(page.evaluate("Number(document.activeElement.dataset.stop)"))
            page.keyboard.press("Tab")
        assert reached == asked


def test_all_that_a_click_does_a_key_does_too(visit: Visits, report: Path) -> None:
    """Whatever hears clicks, or looks as if, can be focused: nothing is by mouse alone."""
    listen = """
      window.clicked = [];
      const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, ...rest) {
        if (["click", "dblclick", "mousedown", "mouseup"].includes(type)) clicked.push(this);
        return add.call(this, type, ...rest);
      };"""
    seen = visit(report, before=listen)
    for image in ("", "Alder_0001"):
        page = seen.at(image) if image else seen.page
        assert page.evaluate("clicked.length") > 5
        assert page.evaluate("clicked.filter(e => e.tabIndex < 0).map(e => e.outerHTML)") == []
        looks = """[...document.querySelectorAll('body *')]
            .filter(e => getComputedStyle(e).cursor === 'pointer')
            .filter(e => !e.closest('a[href], button, select, summary, label'))
            .map(e => e.outerHTML)"""
        assert page.evaluate(looks) == []


def test_a_dot_of_the_chart_leads_to_its_image(visit: Visits, report: Path) -> None:
    page = visit(report).page
    page.get_by_role("link", name="Heron_0009, CNN map").press("Enter")
    until(page, "document.querySelector('#section-title').textContent === 'Heron_0009'")


@pytest.mark.parametrize("image", ["", "Alder_0001"])
@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_need_not_scroll_sideways(
    visit: Visits, report: Path, image: str, width: int
) -> None:
    seen = visit(report, viewport={"width": width, "height": 740}, has_touch=True, is_mobile=True)
    page = seen.at(image) if image else seen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("image", ["", "Alder_0001"])
@pytest.mark.parametrize("width", [1024, 1200])
def test_no_table_is_cut_off_where_the_page_has_room(
    visit: Visits, tmp_path: Path, image: str, width: int
) -> None:
    """Not even where all classes are there, each taken for any other."""
    found = example(tmp_path)
    seen = visit(
        save(Example(all_classes(found.run), {})), viewport={"width": width, "height": 800}
    )
    page = seen.at(image) if image else seen.page
    assert page.locator(".scroll:visible").count() > 1
    cut_off = """[...document.querySelectorAll('.scroll')]
        .filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"""
    assert page.evaluate(cut_off) == []


def test_dark_by_the_system_or_by_choice(visit: Visits, report: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = visit(report, color_scheme="dark").page
    light = visit(report, color_scheme="light").page
    assert sum(map(int, dark.evaluate(ground)[4:-1].split(","))) < 120
    by_system = light.evaluate(ground)
    light.get_by_role("combobox", name="Colours").select_option("dark")
    assert light.evaluate(ground) == dark.evaluate(ground) != by_system
    dark.get_by_role("combobox", name="Colours").select_option("light")
    assert dark.evaluate(ground) == by_system


def test_still_where_motion_is_not_wanted(visit: Visits, report: Path) -> None:
    page = visit(report, reduced_motion="reduce").page
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    moves = "getComputedStyle(document.querySelector('button')).transitionDuration"
    assert page.evaluate(moves) == "0s"


def test_numbers_read_without_script(visit: Visits, report: Path) -> None:
    page = visit(report, java_script_enabled=False).page
    assert page.locator("table.images tbody tr").count() == 4
    assert page.get_by_text("3.0 % of water is mapped as dry sediment").is_visible()
    assert not page.locator("#filters").is_visible()
    assert page.get_by_text("All settings").is_visible()


def test_paper_holds_the_sections_of_what_is_listed(visit: Visits, report: Path) -> None:
    page = visit(report).page
    page.get_by_role("combobox", name="River").select_option("Heron")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".print-section > h2").all_inner_texts() == ["Heron_0009", "Heron_0010"]
    pictures = page.locator(".print-section").first.locator("img")
    assert pictures.count() == 5
    tops = {round(pictures.nth(n).bounding_box()["y"]) for n in range(2)}
    assert len(tops) == 1
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".print-section").count() == 0


def test_linked_pictures_show(visit: Visits, tmp_path: Path) -> None:
    found = example(tmp_path / "a b", ["Alder_0001"])
    page = visit(save(found, assets=True)).at("Alder_0001")
    shown = "image => image.complete && image.naturalWidth === 90"
    until(page, f"[...document.querySelectorAll('.stage img')].every({shown})")


def test_without_pictures_the_numbers_stand(visit: Visits, tmp_path: Path) -> None:
    found = example(tmp_path)
    page = visit(save(type(found)(found.run, {}))).at("Alder_0001")
    assert "There are no pictures" in page.locator("#section-body").inner_text()
    assert "kappa" in page.locator("#section-body").inner_text()
