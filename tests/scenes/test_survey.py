from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio

from riverscape.errors import InputError
from riverscape.scenes import River, write_survey

RIVERS = [River.from_name("Alder"), River.from_name("Birch")]


def test_photographs_and_labels_carry_the_names_of_the_method(tmp_path: Path) -> None:
    photographs = write_survey(tmp_path / "new", RIVERS, 2, 120, 160, seed=1)
    names = {path.name for path in (tmp_path / "new").iterdir()}
    stems = ("Alder_0001", "Alder_0002", "Birch_0001", "Birch_0002")
    assert names == {f"{s}.jpg" for s in stems} | {f"SCLS_{s}.tif" for s in stems}
    assert [path.name for path in photographs] == [f"{s}.jpg" for s in stems]


def test_files_hold_the_scene(tmp_path: Path) -> None:
    write_survey(tmp_path, RIVERS[:1], 1, 120, 160, seed=1)
    with rasterio.open(tmp_path / "SCLS_Alder_0001.tif") as raster:
        codes = raster.read()
    assert codes.shape == (1, 120, 160)
    assert codes.dtype == np.uint8
    assert set(np.unique(codes)) <= {1, 2, 3, 4, 5}
    photograph = cv2.imread(str(tmp_path / "Alder_0001.jpg"))
    assert photograph is not None
    assert photograph.shape == (120, 160, 3)
    assert photograph.std() > 5


def test_the_seed_decides_the_pixels(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_survey(tmp_path / folder, RIVERS[:1], 1, 120, 160, seed=seed)
    a, b, c = ((tmp_path / f / "Alder_0001.jpg").read_bytes() for f in "abc")
    assert a == b
    assert a != c


def test_an_empty_survey_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is empty"):
        write_survey(tmp_path, RIVERS, 0, 100, 100, seed=1)


def test_rivers_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two rivers share a name"):
        write_survey(tmp_path, [RIVERS[0], RIVERS[0]], 1, 100, 100, seed=1)
