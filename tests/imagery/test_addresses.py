from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.errors import SurveyError
from riverscape.imagery import as_source, find_images, image_name, river_name

WriteRaster = Callable[..., Path]


@pytest.mark.parametrize(
    ("address", "name", "river"),
    [
        ("https://rivers.example/a/St.Marg_31162_b.tif", "St.Marg_31162_b", "St.Marg"),
        ("https://rivers.example/Alder_0001.tif?sig=a/b.c&x=1", "Alder_0001", "Alder"),
        ("https://rivers.example/a%2Fb_1.tif", "b_1", "b"),
        ("s3://bucket/folder/Ouelle_22.tif", "Ouelle_22", "Ouelle"),
        ("/vsicurl/https://rivers.example/Alder_0001.tif", "Alder_0001", "Alder"),
    ],
)
def test_addresses_stay_as_they_are_and_have_names(address: str, name: str, river: str) -> None:
    assert as_source(address) == address
    assert (image_name(address), river_name(address)) == (name, river)


def test_what_lies_on_disk_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scan:1.tif").touch()
    for text in ("a.tif", "survey/a.tif", "scan:1.tif", "C:\\survey\\a.tif"):
        assert isinstance(as_source(text), Path)


def test_addresses_are_images_of_a_survey_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.tif").touch()
    address = "https://rivers.example/b.tif?key=1"
    assert find_images([address, address, tmp_path]) == [address, tmp_path / "a.tif"]
    with pytest.raises(SurveyError, match="share a name"):
        find_images(["s3://bucket/a.tif", tmp_path])


def test_an_image_that_is_named_may_have_any_suffix(
    tmp_path: Path, write_raster: WriteRaster, photograph: NDArray[np.uint8]
) -> None:
    path = write_raster(tmp_path / "a.tif", photograph)
    odd = path.rename(tmp_path / "scene.ntf")
    assert find_images([odd]) == [odd]
    with pytest.raises(SurveyError, match="holds no image"):
        find_images([tmp_path])


@pytest.mark.parametrize("suffix", [".jp2", ".img", ".webp", ".vrt"])
def test_a_folder_is_searched_for_more_than_photographs(tmp_path: Path, suffix: str) -> None:
    image = tmp_path / f"a{suffix}"
    image.touch()
    for beside in (".aux.xml", ".ovr", ".msk"):
        (tmp_path / f"a{suffix}{beside}").touch()
    assert find_images([tmp_path]) == [image]
