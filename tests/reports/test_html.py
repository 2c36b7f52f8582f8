"""report.html holds everything it shows, says it in words, and takes no name for code."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from riverscape.errors import OutputError
from riverscape.reports.html import report, write_report

from ..report_runs import HOSTILE, Example, example, hostile


class _Page(HTMLParser):
    """What a browser makes of a page: elements, their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _write(found: Example, path: Path, **options: Any) -> str:
    return write_report(path, found.run, found.previews, **options).read_text(encoding="utf-8")


def _block(page: str, name: str) -> Any:
    (text,) = re.findall(
        rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL
    )
    return json.loads(text)


def _plain(page: str) -> str:
    return " ".join(" ".join(_Page(page).text).split())


def test_page_says_what_was_mapped_how_and_how_well(tmp_path: Path) -> None:
    found = example(tmp_path)
    page = _write(found, tmp_path / "report.html")
    text = _plain(page)
    csc = found.run.total("CSC")
    assert csc is not None
    for said in (
        "ste-marguerite", "logistic", "23 Nov 2026, 03:49 UTC", "of 2 rivers",
        "working time 2.4 s, summed over the images",
        f"{csc.f1_weighted:.3f}", "95 % interval", "median:2", "riverscape 0.1.0",
        "Of fewer than five images these intervals mean little.",
        "4.0 % of water is mapped as dry sediment", "phase 2 was taught one class only, water",
    ):  # fmt: skip
        assert said in text
    images = _block(page, "facts")["images"]
    assert [image["name"] for image in images] == sorted(found.previews)
    assert set(_block(page, "pictures-0")) == {"image", "csc", "cnn", "labels", "confidence"}


def test_numbers_read_without_script(tmp_path: Path) -> None:
    """Rows, scores, notes and land cover of each image are elements, not made by the script."""
    page = _write(example(tmp_path), tmp_path / "report.html")
    (table,) = re.findall(r'<table class="images ?">.*?</table>', page, re.DOTALL)
    rows = re.findall(r'<tr data-i="\d+">.*?</tr>', table, re.DOTALL)
    assert len(rows) == 4
    assert "Alder_0002" in rows[1]
    assert "2.0 % of water is mapped as dry sediment" in rows[1]
    assert re.search(r"<b>0\.\d{3}</b>", rows[1])


def test_five_images_are_enough_for_intervals(tmp_path: Path) -> None:
    found = example(tmp_path, [f"Alder_{place}" for place in range(5)])
    assert "Of fewer than five" not in _plain(_write(found, tmp_path / "report.html"))


def test_areas_where_every_image_has_a_place(tmp_path: Path) -> None:
    text = _plain(_write(example(tmp_path, placed=True), tmp_path / "report.html"))
    assert "mapped area 24.0 ha" in text
    assert "px" not in text.split("Of all CSC maps together.")[1].split("Confidence")[0]


def test_a_run_without_labels_has_no_scores(tmp_path: Path) -> None:
    page = _write(example(tmp_path, labelled=False), tmp_path / "report.html")
    text = _plain(page).split("How it was made")[0]
    assert "F1" not in text
    assert "Scores" not in text
    assert 'name="below"' not in page
    assert "labels" not in _block(page, "pictures-0")


def test_failures_and_a_broken_run_are_told_first(tmp_path: Path) -> None:
    found = example(tmp_path, failures={"Heron_1": "cannot be read"}, finished=None)
    text = _plain(_write(found, tmp_path / "report.html"))
    assert text.index("1 image could not be classified") < text.index("weighted F1")
    assert text.index("The run was broken off") < text.index("weighted F1")
    assert "Heron_1 cannot be read" in text
    assert "not finished" in text


def test_a_run_without_images_or_pictures_has_a_report(tmp_path: Path) -> None:
    found = example(tmp_path)
    page = write_report(tmp_path / "bare.html", found.run, {}).read_text(encoding="utf-8")
    assert not [source for source in _Page(page).of("img") if source]
    assert _block(page, "pictures-3") == {}
    nothing = replace(found.run, images=(), failures={"a": "cannot be read"})
    assert "cannot be read" in _plain(
        write_report(tmp_path / "none.html", nothing, {}).read_text(encoding="utf-8")
    )


def test_same_run_same_bytes(tmp_path: Path) -> None:
    found = example(tmp_path)
    assert _write(found, tmp_path / "a.html") == _write(found, tmp_path / "b.html")


@pytest.mark.parametrize("assets", [False, True])
def test_nothing_becomes_code(tmp_path: Path, assets: bool) -> None:
    """Names, notes, classes, settings: each tries to close what it stands in."""
    safe, found = example(tmp_path, ["a_1", "b_2"]), hostile(tmp_path)
    usual = _Page(_write(replace_run(safe, found), tmp_path / "safe.html", assets=assets))
    page = _write(found, tmp_path / "report.html", assets=assets)
    parsed = _Page(page)
    assert [tag for tag, _ in parsed.elements] == [tag for tag, _ in usual.elements]
    assert not [
        name for _, attributes in parsed.elements for name in attributes if name[:2] == "on"
    ]
    assert HOSTILE in "".join(parsed.text)
    assert "\u2028" not in page.split('id="facts">')[1].split("</script>")[0]
    assert any(image["name"] == HOSTILE for image in _block(page, "facts")["images"])


def replace_run(safe: Example, like: Example) -> Example:
    """Return the safe run, with as many failures, notes and settings as the other one."""
    images = [replace(image, notes=("note",)) for image in safe.run.images]
    run = replace(
        safe.run, images=tuple(images), failures={"c": "d"}, settings={"a": {"b": "c"}},
        finished=None, started="then",
    )  # fmt: skip
    assert len(images) == len(like.run.images)
    return Example(run, safe.previews)


def test_only_this_script_and_style_may_count(tmp_path: Path) -> None:
    page = _write(example(tmp_path), tmp_path / "report.html")
    (policy,) = [
        attributes["content"] or ""
        for attributes in _Page(page).of("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r'\sstyle="', page)


def test_no_address_is_asked(tmp_path: Path) -> None:
    for tag, attributes in _Page(_write(example(tmp_path), tmp_path / "report.html")).elements:
        for name in ("src", "href", "data", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, value)


def test_script_makes_text_only() -> None:
    """No markup from text, nothing evaluated: trusted types would stop it, this says so earlier."""
    script = report._script()
    ways = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(")
    assert not [way for way in ways if way in script]
    assert "</script" not in script


def test_names_that_are_no_text_are_spelled_out(tmp_path: Path) -> None:
    found = example(tmp_path, ["caf\udce9_0001"], failures={"caf\udce9_2": "lost"})
    page = _write(found, tmp_path / "report.html")
    assert "caf\\udce9_0001" in page
    assert 'href="#image=caf%E9_0001"' in page


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = example(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(tmp_path / "file" / "report.html", found.run, found.previews)


def test_the_package_holds_what_the_page_is_made_of() -> None:
    folder = Path(report.__file__).parent
    used = {f"{name}.js" for name in report._SCRIPTS} | {f"{name}.css" for name in report._STYLES}
    assert used == {path.name for path in (folder / "static").iterdir()}
