"""The zip that QGIS installs keeps the plugin repository's rules, and carries nothing else."""

import ast
import doctest
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape import __version__
from tests.qgis.conftest import FOLDER

Plugin = Callable[[str], ModuleType]
SOURCES = sorted((FOLDER / "riverscape_qgis").rglob("*.py"))


@pytest.fixture
def rules(plugin: Plugin) -> Any:
    return plugin("plugin_rules")


def build(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FOLDER / "build.py"), "--out", str(out), *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_zip_is_built_and_keeps_all_rules(tmp_path: Path) -> None:
    done = build(tmp_path / "a.zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert "keeps all rules" in done.stdout
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        metadata = archive.read("riverscape_qgis/metadata.txt").decode()
        licence = archive.read("riverscape_qgis/LICENSE").decode()
    assert {"riverscape_qgis/__init__.py", "riverscape_qgis/icon.svg"} <= set(names)
    assert {
        f"riverscape_qgis/{p.relative_to(FOLDER / 'riverscape_qgis').as_posix()}" for p in SOURCES
    } <= set(names)
    assert f"version={__version__}\n" in metadata
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 2" in licence
    build(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_where_it_is_published_takes_the_place_of_what_stands_for_it(tmp_path: Path) -> None:
    out = tmp_path / "a.zip"
    done = build(out, "--address", "https://code.here/rivers/", "--email", "us@code.here")
    assert done.returncode == 0
    assert "only stand for" not in done.stdout
    with zipfile.ZipFile(out) as archive:
        metadata = archive.read("riverscape_qgis/metadata.txt").decode().partition("[general]")[2]
    assert ".example" not in metadata
    assert "repository=https://code.here/rivers\n" in metadata
    assert "tracker=https://code.here/rivers/issues\n" in metadata
    assert "email=us@code.here\n" in metadata


def change(metadata: str, line: str) -> str:
    key = line.partition("=")[0]
    kept = [one for one in metadata.splitlines() if not one.startswith(f"{key}=")]
    return "\n".join([*kept, line] if "=" in line else kept)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("riverscape_qgis/worker.pyc", b"x", "is binary"),
        ("riverscape_qgis/fast.so", b"\x7fELF", "is binary"),
        ("riverscape_qgis/notes.txt", b"\xff\xfe\x00", "is binary"),
        ("riverscape_qgis/__pycache__/a.py", b"", "is hidden, or was generated"),
        ("riverscape_qgis/.git/config", b"", "is hidden, or was generated"),
        ("__MACOSX/a.txt", b"", "all lies in one folder"),
        ("riverscape_qgis/../a.txt", b"", "leads out of its folder"),
        ("riverscape_qgis/new.py", b"match x:\n    case 1: pass\n", "is no Python 3.9"),
        ("riverscape_qgis/LICENSE", None, "LICENSE is missing"),
        ("riverscape_qgis/__init__.py", None, "__init__.py is missing"),
        ("riverscape_qgis/icon.svg", None, "icon icon.svg is not in it"),
        ("metadata", "tracker", "says no tracker"),
        ("metadata", "about=", "says no about"),
        ("metadata", "repository=riverscape", "repository riverscape is no address"),
        ("metadata", "experimental=perhaps", "experimental is True or False"),
        ("metadata", "version=one", "one is no version"),
        ("metadata", "author=Ada/Grace", "the author has no slashes"),
        ("metadata", "name=River Plugin", "does not say that it is a plugin"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(
    rules: Any, tmp_path: Path, name: str, content: Any, reason: str
) -> None:
    assert build(tmp_path / "a.zip").returncode == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        held = {one: archive.read(one) for one in archive.namelist()}
    if name == "metadata":
        name = "riverscape_qgis/metadata.txt"
        content = change(held[name].decode(), content).encode()
    held.pop(name, None)
    if content is not None:
        held[name] = content
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for one, text in held.items():
            archive.writestr(one, text)
    with pytest.raises(rules.RuleBrokenError, match=reason):
        rules.check_zip(tmp_path / "b.zip")
    done = build(tmp_path, "--check", str(tmp_path / "b.zip"))
    assert done.returncode == 1
    assert done.stderr.startswith("build.py: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_plugin_imports_only_python_s_own_and_qgis_s(path: Path) -> None:
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.append(str(node.module))
    outside = {module.split(".")[0] for module in modules} - set(sys.stdlib_module_names)
    # osgeo is GDAL's Python, which QGIS brings along.
    assert outside <= {"qgis", "processing", "osgeo"}
    assert "SPDX-License-Identifier: GPL-2.0-or-later" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("riverscape_qgis.clean_environment", 1),
        ("riverscape_qgis.command", 1),
        ("riverscape_qgis.listening", 2),
        ("riverscape_qgis.translation", 1),
        ("riverscape_qgis.versions", 1),
        ("texts", 1),
    ],
)
def test_examples_hold(plugin: Plugin, name: str, least: int) -> None:
    tried = doctest.testmod(plugin(name))
    assert tried.attempted >= least
    assert tried.failed == 0


def test_every_text_can_be_translated(plugin: Plugin, tmp_path: Path) -> None:
    texts = plugin("texts")
    path = tmp_path / "i18n" / "riverscape_de.ts"
    count = texts.write_texts(path, "de")
    assert count == len(texts.gather()) > 100
    translate(path, "Create environment", "Umgebung anlegen")
    # What has been translated stays when the texts are gathered anew.
    assert texts.write_texts(path, "de") == count
    assert "Umgebung anlegen" in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="takes a text as it stands"):
        list(texts.texts("tr(f'{x} px')"))


def translate(path: Path, text: str, translation: str) -> None:
    tree = ElementTree.parse(path)
    for message in tree.iter("message"):
        found = message.find("translation")
        if message.findtext("source") == text and found is not None:
            found.text = translation
            found.attrib.pop("type")
    tree.write(path, encoding="utf-8")


@pytest.mark.qgis
@pytest.mark.skipif(shutil.which("lrelease") is None, reason="needs Qt's lrelease")
def test_a_translation_is_what_qgis_shows(
    plugin: Plugin, in_qgis: Callable[..., Any], tmp_path: Path
) -> None:
    package = tmp_path / "plugins" / "riverscape_qgis"
    shutil.copytree(FOLDER / "riverscape_qgis", package)
    path = package / "i18n" / "riverscape_de.ts"
    plugin("texts").write_texts(path, "de")
    translate(path, "Create environment", "Umgebung anlegen")
    subprocess.run(["lrelease", str(path)], check=True, capture_output=True)
    told = in_qgis("translated.py", "Create environment", PYTHONPATH=str(package.parent))
    assert told == {"de": "Umgebung anlegen", "fr": "Create environment"}


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=9), max_size=5))
def test_a_copied_command_says_what_was_run(words: list[str]) -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        from riverscape_qgis.command import as_command  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    assert shlex.split(as_command(words)) == ["riverscape", *words]
    assert shlex.split(as_command(["classify", "--progress", "json", *words])) == [
        "riverscape", "classify", *words,
    ]  # fmt: skip
