from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, read_labels

WriteRaster = Callable[..., Path]

CODES = np.array([[0, 1, 2], [3, 4, 5]], np.uint8).repeat(10, axis=0).repeat(10, axis=1)


@pytest.fixture
def write(tmp_path: Path, write_raster: WriteRaster) -> Callable[..., Path]:
    """Write a label raster."""

    def _write(codes: NDArray[Any], **profile: Any) -> Path:
        return write_raster(tmp_path / "SCLS_Alder_0001.tif", codes, **profile)

    return _write


def refusal(path: Path, shape: tuple[int, int] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_labels(path, PUBLISHED_CLASSES, shape)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_whole_codes_of_any_type_are_read(write: Callable[..., Path], dtype: str) -> None:
    codes = read_labels(write(CODES.astype(dtype)), PUBLISHED_CLASSES, CODES.shape)
    assert codes.dtype == np.uint8
    np.testing.assert_array_equal(codes, CODES)


def changed(value: float, dtype: str) -> NDArray[Any]:
    codes = CODES.astype(dtype)
    codes[3, 4] = value
    return codes


def test_a_fractional_code_is_named(write: Callable[..., Path]) -> None:
    message = refusal(write(changed(2.5, "float64")))
    assert "holds the code 2.5, which is not a whole number" in message
    assert "nearest neighbour" in message


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (6, "uint8"),
        (255, "uint8"),
        (257, "uint16"),
        (-1, "int16"),
        (1e9, "float64"),
        (-255, "int32"),
    ],
)
def test_an_unknown_code_is_named_beside_the_known(
    write: Callable[..., Path], value: float, dtype: str
) -> None:
    message = refusal(write(changed(value, dtype)))
    assert f"holds codes outside the classes: {value:g} (" in message
    assert "0 unlabelled, 1 water, 2 dry sediment" in message


def test_many_unknown_codes_are_listed_shortly(write: Callable[..., Path]) -> None:
    message = refusal(write(np.arange(100, 200, dtype=np.uint8).reshape(10, 10)))
    assert "100, 101, 102, 103, 104, ... (known" in message


@pytest.mark.parametrize(
    ("value", "dtype"), [(255, "uint8"), (-9999, "float32"), (np.nan, "float64")]
)
def test_nodata_is_unlabelled(write: Callable[..., Path], value: float, dtype: str) -> None:
    path = write(changed(value, dtype), nodata=value)
    expected = CODES.copy()
    expected[3, 4] = 0
    np.testing.assert_array_equal(read_labels(path, PUBLISHED_CLASSES), expected)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_no_code_unless_it_is_nodata(
    write: Callable[..., Path], value: float
) -> None:
    assert f"holds the code {value:g}" in refusal(write(changed(value, "float64")))


def test_another_size_than_the_image_is_refused(write: Callable[..., Path]) -> None:
    message = refusal(write(CODES), (21, 30))
    assert "has 30 x 20 px, its image has 30 x 21 px" in message


def test_several_bands_are_refused(write: Callable[..., Path]) -> None:
    message = refusal(write(np.stack([CODES, CODES])))
    assert "has 2 bands; a raster of class codes has one" in message


def test_a_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "SCLS_Alder_0001.tif"
    path.write_text("1 2 3")
    assert "is not an image that can be read" in refusal(path)
