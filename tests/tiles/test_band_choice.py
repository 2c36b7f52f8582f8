"""Which bands of an image a model takes, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from riverscape.errors import InputError
from riverscape.imagery import open_raster
from riverscape.imagery.settings import ImageSettings

from .test_levels import contract

PLAIN = ImageSettings()
RGB = ("red", "green", "blue")
RGBN = (*RGB, "nir")


def write(
    path: Path,
    bands: int,
    names: tuple[str, ...] = (),
    colours: tuple[str, ...] = (),
    dtype: str = "uint8",
) -> Path:
    """Write an image whose every band holds its number."""
    with rasterio.open(
        path, "w", driver="GTiff", height=20, width=30, count=bands, dtype=dtype,
        photometric="MINISBLACK",
    ) as file:  # fmt: skip
        pixels = np.arange(1, bands + 1)[:, None, None] * np.ones((1, 20, 30))
        file.colorinterp = [ColorInterp[colour] for colour in colours] or (
            [ColorInterp.undefined] * bands
        )
        file.write(pixels.astype(dtype))
        if names:
            file.descriptions = names
    return path


def taken(path: Path, wanted: tuple[str, ...], settings: ImageSettings = PLAIN) -> list[int]:
    count = len(wanted)
    model = contract(bands=wanted, scale=(1,) * count, offset=(0,) * count)
    with open_raster(path) as raster:
        pixels = model.chosen(raster, settings).read()
    return [int(number) for number in pixels[:, 0, 0]]


@pytest.mark.parametrize(
    ("names", "colours", "wanted", "expected"),
    [
        # The file's names, in any case and order; bands that are not wanted are left.
        (("Blue", "Green", "RED"), (), RGB, [3, 2, 1]),
        (("B2", "B3", "B4", "B8", "SCL"), (), ("B8", "b4"), [4, 3]),
        # Its colours.
        ((), ("nir", "red", "green", "blue"), RGBN, [2, 3, 4, 1]),
        (("a", "b", "c"), ("blue", "green", "red"), RGB, [3, 2, 1]),
        # Its order, where it names nothing, or nothing that contradicts.
        ((), ("undefined",) * 4, RGBN, [1, 2, 3, 4]),
        ((), ("red", "green", "blue", "undefined"), RGBN, [1, 2, 3, 4]),
        (("one", "two"), (), ("three", "four"), [1, 2]),
        (("swir", "swir"), (), ("swir", "nir"), [1, 2]),
    ],
)
def test_bands_go_by_name_and_else_by_order(
    tmp_path: Path,
    names: tuple[str, ...],
    colours: tuple[str, ...],
    wanted: tuple[str, ...],
    expected: list[int],
) -> None:
    path = write(tmp_path / "a.tif", len(names or colours), names, colours)
    assert taken(path, wanted) == expected


def test_what_software_calls_unnamed_bands_is_no_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 3, ("Band 2", "Band 1", "Band 3"))
    assert taken(path, ("band 1", "band 2", "band 3")) == [1, 2, 3]
    with pytest.raises(InputError, match="has 3 bands"):
        taken(path, ("band 1", "band 2"))


@pytest.mark.parametrize(
    ("bands", "expected"), [("4,3,2", [4, 3, 2]), ("NIR,1,blue", [4, 1, 3]), (" 2 ,3,4", [2, 3, 4])]
)
def test_what_the_user_says_wins(tmp_path: Path, bands: str, expected: list[int]) -> None:
    path = write(tmp_path / "a.tif", 4, RGBN)
    assert taken(path, RGB, ImageSettings(bands=tuple(bands.split(",")))) == expected


def test_numbers_are_those_of_the_file_and_alpha_is_none_of_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 4, (), ("alpha", "red", "green", "blue"))
    assert taken(path, RGB) == [2, 3, 4]
    assert taken(path, RGB, ImageSettings(bands=(4, 3, 2))) == [4, 3, 2]
    with pytest.raises(InputError, match="no band 1 of colour; it has 2, 3, 4"):
        taken(path, RGB, ImageSettings(bands=("1", "3", "2")))


@pytest.mark.parametrize(
    ("bands", "reason"),
    [
        ("5,1,2", "a.tif has no band 5 of colour; it has 1, 2, 3, 4"),
        ("-1,1,2", "a.tif has no band -1 of colour"),
        ("0,1,2", "a.tif has no band 0 of colour"),
        ("1,2,Red", "--bands names band 1 of a.tif twice"),
        ("1,2,ultraviolet", "a.tif has no band called 'ultraviolet': it has 4 bands (red, green,"),
        ("1,2", "a.tif has 2 bands (red, green), the model two bands wants 3: red, green, blue;"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bands: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(Path("a.tif"), 4, RGBN)
    with pytest.raises(InputError) as error:
        taken(path, RGB, ImageSettings(bands=tuple(bands.split(","))))
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_of_two_bands_is_not_enough(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 3, ("red", "nir", "nir"))
    with pytest.raises(InputError, match=r"the bands 2 and 3 of .*a.tif are both called nir"):
        taken(path, ("nir",), ImageSettings(bands=("nir",)))


def test_bands_of_other_names_are_not_taken_by_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 3, ("nir", "red", "green"))
    with pytest.raises(InputError, match=r"has 3 bands \(nir, red, green\), the model two bands"):
        taken(path, RGB)
    assert taken(path, RGB, ImageSettings(bands=("2", "3", "1"))) == [2, 3, 1]


def test_too_few_bands_are_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        taken(write(Path("a.tif"), 3, (), RGB), RGBN)
    assert str(error.value) == (
        "a.tif has 3 bands (red, green, blue), the model two bands wants 4: red, green, blue, "
        "nir; name them with --bands, or choose another model"
    )


def test_pixels_of_another_type_need_a_value_range(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 2, dtype="uint16")
    with pytest.raises(InputError, match=r"holds uint16 pixels, .* wants uint8; add --value-range"):
        taken(path, ("a", "b"))
    assert taken(path, ("a", "b"), ImageSettings(value_range=(0, 4000))) == [1, 2]
    path = write(tmp_path / "b.tif", 2, dtype="float64")
    wide = contract(dtype="float32", low=(0, 0), high=(1, 1))
    with open_raster(path) as raster:
        assert wide.chosen(raster, PLAIN).bands == (1, 2)


def test_pixels_without_levels_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", 2, dtype="complex64")
    with pytest.raises(InputError, match="holds complex64 pixels; known: uint8, int8, uint16"):
        taken(path, ("a", "b"), ImageSettings(value_range=(0, 1)))
