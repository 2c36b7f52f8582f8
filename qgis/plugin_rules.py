# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules by which QGIS's plugin repository takes a zip, as it publishes them.

They stand in the PyQGIS cookbook, "Releasing your plugin", and in the repository's own validator.
Only whether addresses can be reached is not looked at.
"""

from __future__ import annotations

import ast
import configparser
import re
import zipfile
from pathlib import Path
from urllib.parse import urlparse

__all__ = ["RuleBrokenError", "check_zip"]

MOST_BYTES = 25_000_000
_REQUIRED = (
    "name", "qgisMinimumVersion", "description", "about", "version", "author", "email",
    "repository", "tracker",
)  # fmt: skip
_ADDRESSES = ("repository", "tracker", "homepage")
_FLAGS = ("experimental", "deprecated", "server", "hasProcessingProvider", "supportsQt6")
_FORBIDDEN_FOLDERS = {"__MACOSX", ".git", "__pycache__"}
_BINARIES = {".pyc", ".pyo", ".so", ".dll", ".dylib", ".pyd", ".exe", ".whl", ".o", ".a", ".lib"}
# Translations are the one generated kind that QGIS reads, and pictures are no programs.
_BINARY_AND_FINE = {".qm", ".png"}
_OLDEST_PYTHON = (3, 9)


class RuleBrokenError(Exception):
    """The plugin repository would refuse the zip: one line that says why."""


def check_zip(path: Path) -> None:
    """Check that a zip may be uploaded.

    Raises
    ------
    RuleBrokenError
        If it may not, with the rule.
    """
    if path.stat().st_size > MOST_BYTES:
        _refuse(f"it is larger than {MOST_BYTES / 1e6:.0f} MB")
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged:
            _refuse(f"{damaged} is damaged")
        names = archive.namelist()
        folder = _check_names(names)
        metadata = _metadata(archive.read(f"{folder}/metadata.txt").decode("utf-8"))
        for name in names:
            _check_file(name, archive.read(name))
    _check_metadata(metadata)
    icon = metadata.get("icon", "")
    if icon and f"{folder}/{icon.removeprefix('./')}" not in names:
        _refuse(f"icon {icon} is not in it")


def _check_names(names: list[str]) -> str:
    """Check what lies where; return the plugin's folder."""
    folders = {name.split("/")[0] for name in names}
    if len(folders) != 1 or not all("/" in name for name in names):
        _refuse(f"all lies in one folder, not in {', '.join(sorted(folders)) or 'none'}")
    (folder,) = folders
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]+", folder):
        _refuse(f"{folder} is no name for a plugin's folder: letters, digits, - and _ alone")
    for name in ("__init__.py", "metadata.txt", "LICENSE"):
        if f"{folder}/{name}" not in names:
            _refuse(f"{name} is missing")
    for name in names:
        parts = name.split("/")
        if ".." in name or name.startswith("/"):
            _refuse(f"{name} leads out of its folder")
        forbidden = _FORBIDDEN_FOLDERS.intersection(parts)
        if forbidden or any(part.startswith(".") for part in parts):
            _refuse(f"{name} is hidden, or was generated")
        if Path(name).suffix.lower() in _BINARIES:
            _refuse(f"{name} is binary")
    return folder


def _check_file(name: str, content: bytes) -> None:
    suffix = Path(name).suffix
    if suffix in _BINARY_AND_FINE:
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        _refuse(f"{name} is binary")
    if "\0" in text:
        _refuse(f"{name} is binary")
    if suffix == ".py":
        try:
            ast.parse(text, name, feature_version=_OLDEST_PYTHON)
        except SyntaxError as error:
            oldest = ".".join(map(str, _OLDEST_PYTHON))
            _refuse(f"{name} line {error.lineno} is no Python {oldest}, which QGIS 3.22 has")


def _metadata(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        _refuse(f"metadata.txt cannot be read: {' '.join(str(error).split())}")
    if not parser.has_section("general"):
        _refuse("metadata.txt has no section general")
    return {key: value.strip() for key, value in parser.items("general")}


def _check_metadata(metadata: dict[str, str]) -> None:
    for key in _REQUIRED:
        if not metadata.get(key):
            _refuse(f"metadata.txt says no {key}")
    for key in _ADDRESSES:
        address = urlparse(metadata.get(key, "https://none.example"))
        if address.scheme not in ("http", "https") or not address.netloc:
            _refuse(f"metadata.txt: {key} {metadata[key]} is no address")
    for key in _FLAGS:
        if metadata.get(key, "True").lower() not in ("true", "false", "yes", "no"):
            _refuse(f"metadata.txt: {key} is True or False, not {metadata[key]}")
    _check_words(metadata)


def _check_words(metadata: dict[str, str]) -> None:
    if not re.fullmatch(r"\d+(\.\d+)+([.-]?\w+)?", metadata["version"]):
        _refuse(f"metadata.txt: {metadata['version']} is no version")
    if not re.fullmatch(r"\d+\.\d+", metadata["qgisMinimumVersion"]):
        _refuse("metadata.txt: qgisMinimumVersion is two numbers such as 3.22")
    if "/" in metadata["author"]:
        _refuse("metadata.txt: the author has no slashes")
    if "@" not in metadata["email"]:
        _refuse(f"metadata.txt: {metadata['email']} is no e-mail address")
    if "plugin" in metadata["name"].lower():
        _refuse("metadata.txt: the name does not say that it is a plugin")
    if "\n" in metadata["description"]:
        _refuse("metadata.txt: the description is one line")


def _refuse(reason: str) -> None:
    raise RuleBrokenError(reason)
