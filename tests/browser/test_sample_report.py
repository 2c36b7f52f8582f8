"""The report of real photographs, as `classify` leaves it, in a browser."""

from pathlib import Path
from typing import Any

import pytest

from riverscape.cli import main

from ..test_sample import SAMPLE
from ..test_sample import pytestmark as of_the_sample
from .conftest import Visits, until

pytestmark = [pytest.mark.browser, *of_the_sample]

_NAMES = ["StMarg_31162", "StMarg_31216", "StMarg_31270", "StMarg_31288"]


@pytest.fixture(scope="module")
def sample_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of the four Validate photographs."""
    out = tmp_path_factory.mktemp("sample") / "maps"
    words = ["classify", str(SAMPLE / "Validate"), "--out", str(out), "--confidence", "--quiet"]
    assert main(words) == 0
    return out / "report.html"


def _listed(page: Any) -> list[str]:
    names: list[str] = page.locator("table.images tbody tr:visible th a").all_inner_texts()
    return names


def test_it_asks_nothing_and_lists_the_photographs(visit: Visits, sample_report: Path) -> None:
    """What `visit` holds of every page too: no complaint in the console, no request."""
    seen = visit(sample_report)
    assert _listed(seen.page) == _NAMES
    for row in seen.page.locator("table.images tbody tr").all():
        row.scroll_into_view_if_needed()
    shown = "image => image.complete && image.naturalWidth > 50"
    until(seen.page, f"[...document.querySelectorAll('.pic img')].every({shown})")
    assert [url for url in seen.requests if not url.startswith("data:")] == [
        sample_report.resolve().as_uri()
    ]


def test_the_photograph_whose_sediment_is_lost_is_found(visit: Visits, sample_report: Path) -> None:
    """All but a corner of it is forest, so its weighted F1 is among the best."""
    page = visit(sample_report).page
    page.locator("th[data-key=mean]").get_by_role("button").click()
    assert _listed(page)[0] == "StMarg_31216"
    row = page.locator("tbody tr", has_text="StMarg_31216").inner_text()
    assert "of dry sediment is mapped as" in row
    page.locator("th[data-key=csc]").get_by_role("button").click()
    assert _listed(page)[0] != "StMarg_31216"


@pytest.mark.parametrize("name", _NAMES)
def test_the_slider_goes_over_each_photograph(
    visit: Visits, sample_report: Path, name: str
) -> None:
    page = visit(sample_report).at(name)
    shown = "image => image.complete && image.naturalWidth >= 600"
    until(page, f"[...document.querySelectorAll('.stage img')].every({shown})")
    slider = page.get_by_role("slider")
    stage = page.locator(".stage")
    seen = []
    for key, value in (("End", "100"), ("Home", "0")):
        slider.press(key)
        assert slider.get_attribute("aria-valuenow") == value
        seen.append(stage.screenshot())
    assert seen[0] != seen[1]
    kinds = page.locator(".tools select").first.locator("option").all_inner_texts()
    assert len(kinds) == 5
