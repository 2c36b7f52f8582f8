"""What `classify` leaves of the tiny survey, and what is in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from riverscape.models import load_model

SCHEME = load_model().contract.scheme
NAMES = ("Alder_0001", "Heron_0001")
MAPS = ("CLASS_CSC_", "CLASS_CNN_")
BESIDE = (".tif", ".tif.aux.xml", ".qml")


def files(folder: Path) -> dict[str, bytes]:
    """Return what every file of a folder holds, also in its folders, by its name there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def codes_of(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as file:
        codes: NDArray[np.uint8] = file.read(1)
    return codes


def change_record(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a run.json says."""
    path = folder / "run.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
