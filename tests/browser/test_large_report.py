"""A report of 1,100 images fits in an e-mail, shows a hundred rows and one section at a time."""

from pathlib import Path

import pytest

from riverscape.reports.html import write_report

from ..report_runs import example
from .conftest import Visits

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_eleven_hundred_images(visit: Visits, tmp_path: Path) -> None:
    names = [f"{river}_{place:04d}" for river in ("Alder", "Heron") for place in range(550)]
    found = example(tmp_path, names, side_px=450)
    path = write_report(tmp_path / "report.html", found.run, found.previews)
    assert path.stat().st_size <= 30e6
    page = visit(path).page
    rows = page.locator("table.images tbody tr:visible")
    assert rows.count() == 100
    assert page.locator("#listed").inner_text() == "1,100 images, the first 100 shown"
    page.get_by_role("button", name="Show more").click()
    assert rows.count() == 200
    page.get_by_label("Search").fill("Heron_0549")
    assert rows.count() == 1
    page.get_by_role("link", name="Heron_0549", exact=True).click()
    page.wait_for_selector("#section:not([hidden])")
    assert page.locator(".stage").count() == 1
    assert page.locator("#section img").count() == 2
    page.get_by_role("link", name="All images").click()
    page.get_by_label("Order").select_option("worst F1 first")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Show all").click()
    assert rows.count() == 1100
