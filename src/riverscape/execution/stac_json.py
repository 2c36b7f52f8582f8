"""The JSON files of a STAC catalogue, and how they refer to other files."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from riverscape.imagery import Source
from riverscape.outputs import whole_file

__all__ = ["href", "read_json", "write_json"]


def href(source: Source, folder: Path) -> str:
    """Return where a file lies as seen from a folder, or an address without its secrets.

    Examples
    --------
    >>> href(Path("survey/a.jpg"), Path("maps"))
    '../survey/a.jpg'
    >>> href("https://me:word@rivers.example/a.tif?key=x", Path("maps"))
    'https://rivers.example/a.tif'
    """
    if isinstance(source, str):
        parts = urlsplit(source.split("?")[0])
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    try:
        relative = os.path.relpath(source.resolve(), folder.resolve())
    except ValueError:  # another drive
        return source.resolve().as_uri()
    path = Path(relative).as_posix()
    return path if path.startswith("../") else f"./{path}"


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file; None where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write an object as JSON, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with whole_file(path) as aside:
        aside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
