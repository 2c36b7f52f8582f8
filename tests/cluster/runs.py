"""Running the program, and what it left."""

import subprocess
import sys
from pathlib import Path

SMALL = ("--window", "256", "--no-figures", "--quiet")
# How the mosaic is classified: what a window teaches is known of its neighbours alone, so windows
# are asked again when all are seen.
MOSAIC = ("--uncertainty", "--modal-tiles", "2")


def start(source: Path, out: Path, *more: str, home: Path | None = None) -> subprocess.Popen[str]:
    """Start `classify` in a process of its own, in the folder `home`."""
    words = ("classify", str(source), "--out", str(out), *SMALL, *more)
    return subprocess.Popen(
        [sys.executable, "-m", "riverscape", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=home,
    )  # fmt: skip


def classify(
    source: Path, out: Path, *more: str, home: Path | None = None
) -> tuple[int | None, str]:
    """Run `classify` to its end; return exit status and what it said on stderr."""
    with start(source, out, *more, home=home) as process:
        _, errors = process.communicate()
    return process.returncode, errors


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a run left, but its record, which tells times."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "run.json"
    }
