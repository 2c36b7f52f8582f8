# mypy: ignore-errors
"""Run by QGIS's Python: give folders the names of older ones, where that works and where not.

python3 deliver_folders.py FOLDER
"""

import os
import sys
from pathlib import Path

try:
    from qgis.core import QgsApplication
    from qgis_session import done
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


def main(folder: str) -> None:
    """Do it."""
    from riverscape_qgis import delivery

    told = {}
    for name, fails in (("works", False), ("fails", True)):
        old, work = Path(folder, name), Path(folder, f".{name}")
        made = work / "out"
        for path, text in ((old, "old"), (made, "new")):
            path.mkdir(parents=True)
            (path / "model.json").write_text(text)
        really = os.replace

        def replace(one: Path, other: Path, made: Path = made, fails: bool = fails) -> None:
            if fails and one == made:
                raise PermissionError(13, "Permission denied")
            really(one, other)  # noqa: B023 - called before the next turn

        os.replace = replace
        try:
            delivery.deliver_folder(made, old)
            error = ""
        except delivery.LayerError as failed:
            error = str(failed)
        finally:
            os.replace = really
        told[name] = [(old / "model.json").read_text(), error]
    done(told)


if __name__ == "__main__":
    main(*sys.argv[1:])
