# SPDX-License-Identifier: GPL-2.0-or-later
"""Build the zip that QGIS installs, and check it by the rules of QGIS's plugin repository.

python qgis/build.py                                     dist/riverscape_qgis.zip
python qgis/build.py --address https://git.me/riverscape  where it will be published
python qgis/build.py --check dist/riverscape_qgis.zip    checks one that is there
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

from plugin_rules import RuleBrokenError, check_zip

__all__ = ["build"]

FOLDER = Path(__file__).parent
PLUGIN = FOLDER / "riverscape_qgis"
OUT = FOLDER.parent / "dist" / "riverscape_qgis.zip"
PLACEHOLDER = "https://riverscape.example"
# Everything that a plugin may hold; what else lies about there stays out.
_SUFFIXES = {".py", ".txt", ".svg", ".md", ".qm", ".html", ".qml", ""}
# The same sources give the same bytes, whenever and wherever they are zipped.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def build(out: Path = OUT, address: str = "", email: str = "") -> Path:
    """Write the zip and return its path.

    Parameters
    ----------
    address
        Of the repository that the plugin is published in: it takes the place of those that only
        stand for it.
    email
        Of those who answer for it; the same.

    Raises
    ------
    RuleBrokenError
        If the plugin repository would refuse it; there is no zip then.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".partial-{out.name}")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(_files()):
                content = path.read_bytes()
                if path.name == "metadata.txt":
                    content = _published(content.decode("utf-8"), address, email).encode("utf-8")
                name = f"{PLUGIN.name}/{path.relative_to(PLUGIN).as_posix()}"
                entry = zipfile.ZipInfo(name, _MOMENT)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, content)
        check_zip(aside)
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)
    return out


def _files() -> list[Path]:
    return [
        path
        for path in PLUGIN.rglob("*")
        if path.is_file() and path.suffix in _SUFFIXES and not _is_hidden(path.relative_to(PLUGIN))
    ]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _published(metadata: str, address: str, email: str) -> str:
    if address:
        address = address.rstrip("/")
        metadata = metadata.replace(f"{PLACEHOLDER}/code", address).replace(PLACEHOLDER, address)
    return metadata.replace("developers@riverscape.example", email) if email else metadata


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the zip goes")
    parser.add_argument("--address", default="", help="of the repository it is published in")
    parser.add_argument("--email", default="", help="of those who answer for it")
    parser.add_argument("--check", type=Path, metavar="ZIP", help="check a zip, build none")
    asked = parser.parse_args()
    try:
        if asked.check:
            check_zip(asked.check)
            print(f"{asked.check} keeps all rules")
            return 0
        made = build(asked.out, asked.address, asked.email)
    except (RuleBrokenError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    with zipfile.ZipFile(made) as archive:
        count = len(archive.namelist())
    print(f"{made}: {count} files, {made.stat().st_size / 1000:.0f} kB, keeps all rules")
    if not (asked.address and asked.email):
        print("to upload it, name --address and --email: those in it only stand for real ones")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
