# SPDX-License-Identifier: GPL-2.0-or-later
"""Gather the plugin's texts into a file for translators, who open it with Qt Linguist.

    python qgis/texts.py de      writes i18n/riverscape_de.ts; what it held already stays in it

`lrelease riverscape_de.ts` makes of it the .qm file that the plugin loads where QGIS is German.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

__all__ = ["gather", "texts", "write_texts"]

PLUGIN = Path(__file__).parent / "riverscape_qgis"
CONTEXT = "riverscape"


def texts(source: str) -> Iterator[tuple[str, int]]:
    """Yield each text that a source hands to `tr`, and its line.

    Raises
    ------
    ValueError
        If `tr` gets anything but a text as it stands: no translator would ever see it.

    Examples
    --------
    >>> list(texts('say(tr("water") + tr("{0} px").format(3))'))
    [('water', 1), ('{0} px', 1)]
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
            (text,) = node.args
            if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
                message = f"line {node.lineno}: tr() takes a text as it stands"
                raise ValueError(message)
            yield text.value, node.lineno


def gather(plugin: Path = PLUGIN) -> dict[str, str]:
    """Return every text of the plugin, and where it is said first."""
    found: dict[str, str] = {}
    for path in sorted(plugin.rglob("*.py")):
        name = path.relative_to(plugin).as_posix()
        if name == "translation.py":  # which hands on what others say
            continue
        for text, line in texts(path.read_text(encoding="utf-8")):
            found.setdefault(text, f"{name}:{line}")
    return found


def write_texts(path: Path, language: str, plugin: Path = PLUGIN) -> int:
    """Write the texts as a .ts file, with the translations that it held; return their number."""
    translated = _translated(path)
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for text, where in gather(plugin).items():
        file, _, line = where.partition(":")
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "location", filename=f"../{file}", line=line)
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if text in translated:
            translation.text = translated[text]
        else:
            translation.set("type", "unfinished")
    ElementTree.indent(root)
    path.parent.mkdir(exist_ok=True)
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8")
    return len(context) - 1


def _translated(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    found = {}
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.text and not translation.get("type"):
            found[message.findtext("source", "")] = translation.text
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say which language: python qgis/texts.py de")
    file = PLUGIN / "i18n" / f"riverscape_{sys.argv[1]}.ts"
    count = write_texts(file, sys.argv[1])
    print(f"{count} texts in {file}: translate them with Qt Linguist, then run lrelease {file}")
