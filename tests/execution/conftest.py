"""A mosaic of many windows, and the program run as its users run it."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio

from riverscape.scenes import River, write_survey

Start = Callable[..., subprocess.Popen[str]]

# Of these windows the mosaic has two dozen.
SMALL = ("--window", "256", "--no-figures", "--quiet")


@pytest.fixture(scope="session")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an image of 1100 x 1300 px, red, green, blue and alpha; not to be written to."""
    folder = tmp_path_factory.mktemp("mosaic")
    write_survey(folder / "scene", [River.from_name("Alder")], 1, 1100, 1300, seed=0)
    with rasterio.open(folder / "scene" / "Alder_0001.jpg") as file:
        pixels = file.read()
    rows, cols = np.indices(pixels.shape[1:])
    alpha = (np.hypot(rows - 500, cols - 600) < 700).astype(np.uint8) * 255
    path = folder / "mosaic.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=1100, width=1300, count=4, dtype="uint8",
        photometric="RGB", alpha="yes", tiled=True, blockxsize=256, blockysize=256,
    ) as file:  # fmt: skip
        file.write(np.concatenate([pixels, alpha[None]]))
    return path


@pytest.fixture(scope="session")
def start() -> Start:
    """Start `classify` in a process of its own."""

    def _start(image: Path, out: Path, *more: str) -> subprocess.Popen[str]:
        words: Sequence[str] = ("classify", str(image), "--out", str(out), *SMALL, *more)
        return subprocess.Popen(
            [sys.executable, "-m", "riverscape", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    return _start


@pytest.fixture(scope="session")
def unbroken(mosaic: Path, start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the maps of the mosaic by a run that was let be; not to be written to."""
    out = tmp_path_factory.mktemp("unbroken") / "maps"
    with start(mosaic, out) as process:
        said = process.communicate()
    assert process.returncode == 0, said
    return out
