"""The site: builds without a warning, has its pages, and can be read without a network."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer

pytest.importorskip("mkdocs", reason="building the site needs the extra `docs`")
pytest.importorskip("material", reason="building the site needs the extra `docs`")
pytest.importorskip("mkdocstrings", reason="building the site needs the extra `docs`")
pytest.importorskip("pyogrio", reason="the gallery draws polygons, by the extra `vector`")

import riverscape
from riverscape.cli.app import app

ROOT = Path(__file__).parents[2]
# What a browser loads by itself; links are only followed by people.
LOADED = {"src", "srcset", "poster", "data"}
LOADING_LINKS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch"}

pytestmark = pytest.mark.slow


class Loading(HTMLParser):
    """Collects what a page loads, and where it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        self.loaded += [given[name] for name in LOADED & given.keys()]
        if tag == "link" and set(given.get("rel", "").split()) & LOADING_LINKS:
            self.loaded.append(given["href"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "default"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def pages(site: Path) -> Iterator[tuple[str, Loading]]:
    for path in sorted(site.rglob("*.html")):
        page = Loading()
        page.feed(path.read_text(encoding="utf-8"))
        yield path.relative_to(site).as_posix(), page


def test_each_document_is_a_page(site: Path) -> None:
    written = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert len(written) > 15
    assert written <= {path.stem for path in site.glob("*.html")}
    for page in ("architecture", "changelog", "contributing", "ste-marguerite"):
        assert (site / "project" / f"{page}.html").is_file()


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    count = 0
    for name, page in pages(site):
        count += 1
        strangers = [address for address in page.loaded if re.match(r"\w+:(?!,)|//", address)]
        strangers = [address for address in strangers if not address.startswith("data:")]
        assert not strangers, name
    assert count > 30
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style
    bundled = "".join(path.read_text(encoding="utf-8") for path in site.glob("assets/*.js"))
    assert "http" not in bundled


def test_pictures_and_links_lead_somewhere(site: Path) -> None:
    found = dict(pages(site))
    for name, page in found.items():
        if name == "404.html":
            continue
        folder = (site / name).parent
        for address in page.loaded + page.links:
            if re.match(r"\w+:", address):
                continue
            target, _, anchor = address.partition("#")
            place = (folder / target).resolve() if target else site / name
            assert place.exists(), (name, address)
            if anchor and place.suffix == ".html":
                assert anchor in found[place.relative_to(site).as_posix()].ids, (name, address)


def test_the_command_line_is_all_there(site: Path) -> None:
    text = (site / "command-line.html").read_text(encoding="utf-8")
    program = typer.main.get_command(app)
    verbs = program.commands  # type: ignore[attr-defined]
    assert len(verbs) > 8
    for name, verb in verbs.items():
        assert f'id="riverscape-{name}"' in text
        for below in getattr(verb, "commands", {}):
            assert f'id="riverscape-{name}-{below}"' in text
        for parameter in verb.params:
            assert all(option in text for option in parameter.opts if option.startswith("--"))


def test_the_public_names_are_all_there(site: Path) -> None:
    text = (site / "api" / "index.html").read_text(encoding="utf-8")
    for name in set(riverscape.__all__) - {"__version__"}:
        assert f'id="riverscape.{name}"' in text, name


def test_the_pictures_were_made(site: Path) -> None:
    gallery = (site / "gallery.html").read_text(encoding="utf-8")
    made = [*site.glob("gallery/*.jpg"), *site.glob("method/*.jpg")]
    assert len(made) >= 10
    for picture in site.glob("gallery/*.jpg"):
        assert f"gallery/{picture.name}" in gallery
    assert all(10_000 < picture.stat().st_size < 400_000 for picture in made)


def test_search_finds_settings_and_functions(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    places = {entry["location"] for entry in index["docs"]}
    assert "api/workflow.html#riverscape.workflow.classify" in places
    assert "command-line.html#riverscape-classify" in places
