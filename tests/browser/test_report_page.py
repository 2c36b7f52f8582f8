"""report.html in a browser: its table, its addresses, and no way in for code."""

import re
from pathlib import Path
from typing import Any

import pytest

from ..report_runs import HOSTILE, hostile
from .conftest import Visits, save, until

pytestmark = pytest.mark.browser

_NAMES = ["Alder_0001", "Alder_0002", "Heron_0009", "Heron_0010"]


def _listed(page: Any) -> list[str]:
    names: list[str] = page.locator("table.images tbody tr:visible th a").all_inner_texts()
    return names


def test_opens_from_disk_and_asks_nothing(visit: Visits, report: Path) -> None:
    seen = visit(report)
    assert _listed(seen.page) == _NAMES
    assert seen.requests == [report.resolve().as_uri()]
    assert seen.page.locator("#overview").is_visible()


def test_headings_sort_both_ways_and_say_so(visit: Visits, report: Path) -> None:
    page = visit(report).page
    head = page.locator("th[data-key=csc]")
    assert head.get_attribute("aria-sort") is None
    head.get_by_role("button").click()
    # The third of the run's images has most of its water wrong but one: Heron_0009 was the last.
    assert _listed(page) == ["Heron_0009", "Heron_0010", "Alder_0002", "Alder_0001"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").press("Enter")
    assert _listed(page) == ["Alder_0001", "Alder_0002", "Heron_0010", "Heron_0009"]
    assert head.get_attribute("aria-sort") == "descending"
    assert page.locator("[aria-sort]").count() == 1


def test_worst_images_first_on_request(visit: Visits, report: Path) -> None:
    page = visit(report).page
    page.get_by_role("combobox", name="Order").select_option("worst F1 first")
    assert _listed(page)[0] == "Heron_0009"


@pytest.mark.parametrize(
    ("label", "value", "kept"),
    [
        ("Search", "heron 9", ["Heron_0009"]),
        ("Search", "ONE CLASS ONLY", ["Alder_0001", "Heron_0010"]),
        ("River", "Alder", ["Alder_0001", "Alder_0002"]),
        ("F1 below", "0.982", ["Heron_0009"]),
        ("Holding", "dry sediment", _NAMES),
        ("Search", "nothing like this", []),
    ],
)
def test_filters(visit: Visits, report: Path, label: str, value: str, kept: list[str]) -> None:
    page = visit(report).page
    labelled = page.locator("#filters label", has_text=re.compile(f"^{label} "))
    box = labelled.locator("input, select")
    if box.evaluate("box => box.tagName") == "SELECT":
        box.select_option(value)
    else:
        box.fill(value)
    assert _listed(page) == kept
    told = page.locator("#listed").inner_text()
    if kept and len(kept) < len(_NAMES):
        assert told == f"{len(kept)} of 4 images"
    page.get_by_role("button", name="Clear").click()
    until(page, "document.querySelector('#listed').textContent === '4 images'")
    assert _listed(page) == _NAMES


def test_only_images_with_notes(visit: Visits, report: Path) -> None:
    page = visit(report).page
    page.get_by_label("with notes").check()
    assert _listed(page) == ["Alder_0001", "Heron_0010"]


def test_next_and_previous_follow_the_list(visit: Visits, report: Path) -> None:
    page = visit(report).page
    page.get_by_role("combobox", name="Order").select_option("worst F1 first")
    page.get_by_role("combobox", name="River").select_option("Heron")
    page.get_by_role("link", name="Heron_0009", exact=True).click()
    assert page.locator("#place").inner_text() == "1 of 2"
    assert page.locator("#previous").get_attribute("aria-disabled") == "true"
    page.locator("#next").click()
    until(page, "document.querySelector('h1#section-title').textContent === 'Heron_0010'")
    page.go_back()
    page.go_back()
    page.wait_for_selector("#overview", state="visible")
    assert _listed(page) == ["Heron_0009", "Heron_0010"]


def test_an_image_has_an_address(visit: Visits, report: Path) -> None:
    page = visit(report, "#image=Alder_0002").page
    assert page.locator("#section-title").inner_text() == "Alder_0002"
    assert page.title().startswith("Alder_0002")
    assert not page.locator("#overview").is_visible()
    page.keyboard.press("Tab")
    page.locator("#back").click()
    assert page.locator("#overview").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Alder_0002"


def test_section_says_what_is_wrong_and_why(visit: Visits, report: Path) -> None:
    text = visit(report).at("Heron_0010").locator("#section").inner_text()
    for said in (
        "600 × 400 px", "3.0 % of water is mapped as dry sediment",
        "phase 2 was taught one class only, water", "kappa", "51.5 %",
    ):  # fmt: skip
        assert said in text


def test_nothing_runs_that_a_file_is_named(visit: Visits, tmp_path: Path) -> None:
    found = hostile(tmp_path)
    seen = visit(save(found))
    assert HOSTILE in _listed(seen.page)
    seen.page.get_by_role("link", name=HOSTILE).first.click()
    assert seen.page.locator("#section-title").inner_text() == HOSTILE
    assert "<script>alert(1)</script>" in seen.page.locator("#section-body").inner_text()
    for image in found.run.images:
        assert seen.at(image.name).locator("#section-title").inner_text() == image.name
    assert seen.page.locator("img[src=x]").count() == 0


def test_the_policy_holds(browser: Any, report: Path) -> None:
    """Were markup to slip in after all, it could neither run nor fetch nor become elements."""
    page = browser.new_page()
    page.goto(report.resolve().as_uri())
    page.evaluate("window.broken = []")
    page.evaluate(
        "document.addEventListener('securitypolicyviolation',"
        " e => broken.push(e.effectiveDirective))"
    )
    for act in ("document.body.innerHTML = '<p>'", "document.body.setAttribute('onclick', 'x()')"):
        assert page.evaluate(f"() => {{ try {{ {act}; return 0; }} catch {{ return 1; }} }}") == 1
    page.evaluate(
        """() => {
          const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x.png';
          const script = document.createElement('script');
          try { script.textContent = 'window.ran = true'; } catch {}
          document.body.append(image, script);
        }"""
    )
    until(page, "broken.includes('img-src')")
    assert page.evaluate("window.ran") is None
    page.close()
