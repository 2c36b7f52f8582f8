"""Levels: what pixels of any type are to both phases."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pydantic import ValidationError

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.tiles import ModelContract
from riverscape.tiles.levels import PIXEL_TYPES, levels_between


def contract(**changes: Any) -> ModelContract:
    facts: dict[str, Any] = {
        "name": "two bands",
        "classes": PUBLISHED_CLASSES.to_dict(),
        "class_key": PUBLISHED_CLASSES.codes,
        "tile_px": 50,
        "bands": ("grey", "nir"),
        "scale": (1 / 255,) * 2,
        "offset": (0.0,) * 2,
    }
    return ModelContract(**facts | changes)


WIDE = contract(dtype="uint16", low=(0, 0), high=(65535, 65535))
EVERY = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(2, axis=0)


def test_8_bit_pixels_are_the_levels_themselves() -> None:
    assert contract().levels(EVERY) is EVERY


def test_the_twin_of_16_bits_has_the_levels_of_8() -> None:
    assert np.array_equal(WIDE.levels(EVERY.astype(np.uint16) * 257), EVERY)
    wide = EVERY.astype(np.float64) * 257
    for dtype in (np.float32, np.float64, np.uint32, np.int32):
        assert np.array_equal(WIDE.levels(wide.astype(dtype)), EVERY)


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_levels_follow_the_definition(dtype: str) -> None:
    kind = np.dtype(dtype)
    if kind.kind == "f":
        values = np.linspace(-1e5, 1e5, 4001).astype(kind)
    else:
        values = np.linspace(np.iinfo(kind).min, np.iinfo(kind).max, 4001).astype(kind)
    low, high = -90.5, 4321.25
    share = (values.astype(np.float64) - low) / (high - low)
    expected = np.clip(np.rint(share * 255), 0, 255)
    found = levels_between(values.reshape(1, 1, -1), [low], [high])
    assert found.dtype == np.uint8
    assert np.array_equal(found.ravel(), expected)
    assert np.all(np.diff(found.ravel().astype(int)) >= 0)


@given(
    arrays(np.int16, (2, 7, 9)),
    st.floats(-40000, 40000),
    st.floats(1e-3, 1e5),
    st.sampled_from(["int16", "int32", "float32", "float64"]),
)
def test_a_value_has_the_same_level_whatever_its_type_and_place(
    pixels: NDArray[np.int16], low: float, width: float, dtype: str
) -> None:
    model = contract(dtype="int16", low=(low, low - 1), high=(low + width, low + width))
    whole = model.levels(pixels)
    part = np.s_[:, 2:6, 3:8]
    assert np.array_equal(model.levels(pixels[part].astype(dtype)), whole[part])
    ordered = np.sort(pixels[0].ravel()).reshape(1, 1, -1).repeat(2, axis=0)
    assert np.all(np.diff(model.levels(ordered).astype(int)) >= 0)


def test_long_images_are_computed_in_blocks() -> None:
    values = np.random.default_rng(0).normal(0.5, 0.3, (1, 900, 400)).astype(np.float32)
    found = levels_between(values, [0.1], [0.9])
    assert np.array_equal(found[:, 611:612], levels_between(values[:, 611:612], [0.1], [0.9]))
    assert set(np.unique(found)) == set(range(256))


def test_what_is_no_number_is_black() -> None:
    values = np.array([np.nan, -np.inf, np.inf, 3e38, 0.5], np.float32).reshape(1, 1, -1)
    assert levels_between(values, [0], [1]).ravel().tolist() == [0, 0, 255, 255, 128]
    huge = np.array([np.nan, -1.7e308, 1.7e308]).reshape(1, 1, -1)
    assert levels_between(huge, [-1e308], [1e307]).ravel().tolist() == [0, 0, 255]


def test_a_stated_range_takes_the_place_of_the_models() -> None:
    pixels = np.array([[[100, 200, 300]]] * 2, np.int16)
    for model in (contract(), WIDE):
        assert model.levels(pixels, (100, 300)).tolist() == [[[0, 128, 255]]] * 2
    stretched = contract().levels(EVERY, (0, 127.5))
    assert np.array_equal(stretched, np.minimum(EVERY.astype(int) * 2, 255))


@pytest.mark.parametrize(
    ("pixels", "value_range", "reason"),
    [
        (EVERY[:1], None, "1 bands of uint8 are no levels of two bands"),
        (EVERY, (5, 5), "low is not below high"),
        (EVERY.astype(np.uint16), None, "2 bands of uint16 are no levels"),
        (EVERY[:1], (0, 1), "1 bands with 2 lows and 2 highs"),
        (EVERY.astype(np.int64), (0, 1), "int64 pixels have no levels; known: uint8, int8"),
    ],
)
def test_what_has_no_levels_is_refused(
    pixels: NDArray[Any], value_range: tuple[float, float] | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        contract().levels(pixels, value_range)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dtype": "uint16"}, "uint16 pixels need low and high"),
        ({"low": (0, 0)}, "pixels need low and high"),
        ({"low": (0,), "high": (1,)}, "bands, low and high differ in length"),
        ({"low": (0, 1), "high": (1, 1)}, "low is not below high in every band"),
        ({"low": (0, 0), "high": (1, float("inf"))}, "finite"),
        ({"low": (0, 0), "high": (1, 1), "format_version": 1}, "need format version 2"),
        ({"format_version": 3}, "format version 3 is not 1 to 2; update riverscape"),
        ({"dtype": "int64"}, "uint8"),
    ],
)
def test_a_contract_whose_levels_do_not_hold_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        contract(**changes)


def test_only_a_contract_that_states_levels_is_of_version_2() -> None:
    plain = json.loads(json.dumps(contract().model_dump()))
    assert plain["format_version"] == 1
    assert not {"low", "high"} & plain.keys()
    wide = json.loads(json.dumps(WIDE.model_dump()))
    assert wide["format_version"] == 2
    assert wide["high"] == [65535.0, 65535.0]
    assert ModelContract.model_validate(wide) == WIDE
