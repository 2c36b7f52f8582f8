"""A small survey and settings to train on in seconds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

TRAIN_CONFIG = """
[tile_set]
stride_px = 25
rare_stride_px = 10
min_tiles = 5

[training]
epochs = 1
batches_per_epoch = 2
batch_tiles = 8
validation_share = 0.5
"""


@pytest.fixture
def labelled(tmp_path: Path, write_raster: WriteRaster, photograph: Pixels) -> Path:
    """Return a survey of two images: water on the left, dry sediment on the right."""
    codes = np.ones((150, 200), np.uint8)
    codes[:, 100:] = 2
    for name in ("Alder_0001", "Heron_0001"):
        write_raster(tmp_path / "survey" / f"{name}.png", photograph)
        write_raster(tmp_path / "survey" / f"SCLS_{name}.tif", codes)
    return tmp_path / "survey"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "train.toml"
    path.write_text(TRAIN_CONFIG)
    return path


@pytest.fixture
def own(maps: Path, tmp_path: Path) -> Path:
    """Return a run of two images with labels, to write to."""
    folder = shutil.copytree(maps, tmp_path / "own")
    for name in ("report.html", "compiled.csv", "compiled.parquet"):
        (folder / name).unlink(missing_ok=True)
    return folder
