"""A browser without a screen, and pages that notice what they should not do."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from riverscape.reports.html import write_report

from ..report_runs import Example, example

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass
class Visit:
    """A page that was opened, what it complained of and what it asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hear(self, said: Any) -> None:
        """Note what the console is told, where it is a complaint."""
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def at(self, image: str) -> Any:
        """Go to the section of an image."""
        self.page.evaluate("link => { location.hash = link; }", f"image={quote(image, safe='')}")
        self.page.wait_for_selector("#section:not([hidden])")
        return self.page


Visits = Callable[..., Visit]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return Chromium; tests skip where it, or playwright, is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(_BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of four images of two rivers; not to be written to."""
    return save(example(tmp_path_factory.mktemp("report")))


def save(found: Example, **options: Any) -> Path:
    """Write the report of a run into its folder."""
    return write_report(found.run.folder / "report.html", found.run, found.previews, **options)


def until(page: Any, expression: str) -> None:
    """Wait until an expression is true; the page's policy keeps playwright from polling it."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    message = f"never came true: {expression}"
    raise AssertionError(message)


@pytest.fixture
def visit(browser: Any) -> Iterator[Visits]:
    """Return a function that opens a page; at the end nothing may have gone wrong in it."""
    visits: list[Visit] = []

    def _visit(path: Path, hash: str = "", before: str = "", **options: Any) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        seen = Visit(context.new_page())
        seen.page.add_init_script(before)
        seen.page.on("console", seen.hear)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("dialog", lambda dialog: seen.complaints.append(f"alert {dialog.message}"))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(path.resolve().as_uri() + hash)
        visits.append(seen)
        return seen

    yield _visit
    for seen in visits:
        assert seen.complaints == []
        assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
        seen.page.context.close()
