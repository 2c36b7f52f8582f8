"""report.html with axe-core: nothing serious in light or dark, wide or narrow."""

from pathlib import Path
from typing import Any

import pytest

from ..report_runs import example
from .conftest import Visits, save

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("image", ["", "Heron_0009"])
def test_no_serious_violation(
    visit: Visits, report: Path, scheme: str, width: int, image: str
) -> None:
    seen = visit(report, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = seen.at(image) if image else seen.page
    _assert_accessible(page)


@pytest.mark.parametrize("labelled", [True, False])
def test_no_serious_violation_with_failures(visit: Visits, tmp_path: Path, labelled: bool) -> None:
    found = example(tmp_path, labelled=labelled, failures={"Alder_3": "lost"}, finished=None)
    page = visit(save(found)).page
    page.get_by_text("All settings").click()
    _assert_accessible(page)


def _assert_accessible(page: Any) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    grave = [
        (violation["id"], violation["nodes"][0]["html"], violation["nodes"][0]["failureSummary"])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
    assert grave == []
