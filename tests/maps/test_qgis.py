"""Maps in a real QGIS: nobody chooses a style, and yet it opens coloured, named and placed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap

# QGIS brings its own Python, which is the system's, with its own GDAL.
PYTHON = shutil.which("python3", path="/usr/bin")


def _has_qgis() -> bool:
    if PYTHON is None:
        return False
    return subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _has_qgis(), reason="needs QGIS (Debian's qgis and python3-qgis)")
@pytest.mark.parametrize("rows", [40, 700])
def test_qgis_opens_a_map_coloured_named_and_placed(tmp_path: Path, rows: int) -> None:
    codes = np.repeat(np.arange(6, dtype=np.uint8), 20)[None].repeat(rows, axis=0)
    place = Affine(0.5, 0, 307_200, 0, -0.5, 5_354_800)
    crs = CRS.from_epsg(2949)
    path = ClassMap(codes, PUBLISHED_CLASSES, place, crs).save(tmp_path / "map.tif")
    script, picture = Path(__file__).with_name("qgis_layer.py"), tmp_path / "picture.png"
    # The environment that runs the tests must not leak into QGIS.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    ran = subprocess.run(
        [str(PYTHON), str(script), str(path), str(picture)],
        env={**kept, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["valid"]
    assert told["renderer"] == "paletted"
    assert told["classes"] == [
        [cover.code, cover.name, cover.colour] for cover in PUBLISHED_CLASSES
    ]
    assert told["crs"] == "EPSG:2949"
    assert told["extent"] == [307_200, 5_354_800 - rows / 2, 307_260, 5_354_800]
    assert told["no_data"] == 0
    drawn = np.asarray(cv2.imread(str(picture)))[:, :, ::-1].reshape(-1, 3)
    for cover in PUBLISHED_CLASSES:
        assert (drawn == cover.rgb).all(axis=1).sum() > 500
