"""Laws of levels: order is kept, little is lost, each level holds about as much."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from riverscape.errors import InputError
from riverscape.pixels.features import extract_features
from riverscape.pixels.levels import Levels, eight_bit

_DTYPES = ["uint16", "int16", "float32", "float64", "int8", "int32"]


@st.composite
def images(draw: st.DrawFn) -> np.ndarray:
    shape = draw(array_shapes(min_dims=3, max_dims=3, max_side=20))
    seed = draw(st.integers(0, 99))
    values: np.ndarray = np.random.default_rng(seed).normal(0, 1, shape) ** 3
    values *= 1000 * draw(st.sampled_from([0.001, 0.01, 1]))
    dtype = draw(st.sampled_from(_DTYPES))
    if "int" in dtype:
        info = np.iinfo(dtype)
        values = values.clip(info.min, info.max)
    return values.astype(dtype)


@given(images())
def test_levels_rise_with_the_values(image: np.ndarray) -> None:
    found = eight_bit(image)
    assert found.dtype == np.uint8
    assert found.shape == image.shape
    for levels, band in zip(found, image, strict=True):
        order = np.argsort(band, axis=None)
        assert np.all(np.diff(levels.ravel()[order].astype(int)) >= 0)
        distinct = np.unique(band)
        if len(distinct) <= 256:
            assert np.array_equal(distinct[levels], band)


@given(arrays(np.uint8, array_shapes(min_dims=3, max_dims=3)))
def test_uint8_goes_through_unchanged(image: np.ndarray) -> None:
    assert eight_bit(image) is image


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_each_level_holds_about_as_many_pixels(dtype: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.gamma(2, 2000, (1, 512, 512)).clip(0, 65535) - (32768 if dtype == "int16" else 0)
    share = np.bincount(eight_bit(values.astype(dtype)).ravel(), minlength=256) / values.size
    assert share.min() > 0.7 / 256
    assert share.max() < 1.3 / 256


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_256_distinct_values_keep_a_level_each_and_257_do_not(dtype: str) -> None:
    for count in (256, 257):
        place = np.tile(np.arange(count), (40, 1))
        levels = eight_bit((place * 100 + 9).astype(dtype)[None])[0]
        assert len(np.unique(levels)) == 256
        assert np.all(np.diff(levels[0].astype(int)) >= 0)
        assert np.array_equal(levels, place) == (count == 256)


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_the_least_value_is_level_0_however_many_pixels_have_it(dtype: str) -> None:
    image = np.maximum(np.arange(4000), 3000).reshape(1, 40, 100).astype(dtype)
    levels = eight_bit(image)
    assert np.array_equal(levels == 0, image < 3015)  # 193/256 of the pixels, 3/4 of them alike
    assert np.array_equal(np.unique(levels), np.arange(64))


def test_rare_values_that_a_sample_misses_are_known_all_the_same() -> None:
    """Three million pixels of two values, and one pixel between them."""
    image = np.where(np.arange(3_000_000) % 2, 5.0, 3.0).astype(np.float32).reshape(1, 1000, 3000)
    image[0, 1, 1] = 4
    assert Levels.of(image).edges[0].tolist() == [4, 5]


def test_16_bits_are_counted_to_the_last_pixel() -> None:
    image = np.full((1, 1500, 1000), 9, np.int16)
    image[0, 777, 1], image[0, 1, 777] = -32768, 32767
    assert Levels.of(image).edges[0].tolist() == [9, 32767]
    assert eight_bit(image)[0, [777, 0, 1], [1, 0, 777]].tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_the_median_of_levels_is_the_level_of_the_median(dtype: str) -> None:
    rng = np.random.default_rng(1)
    image = rng.gamma(2, 900, (1, 90, 80)).astype(dtype)
    levels = Levels.of(image)
    median = cv2.medianBlur(image[0], 5)[None]
    assert np.array_equal(levels.apply(median), extract_features(levels.apply(image), ["median:2"]))


@given(images(), st.data())
def test_invalid_pixels_do_not_count(image: np.ndarray, data: st.DataObject) -> None:
    valid = data.draw(arrays(np.bool_, image.shape[1:]))
    other = np.where(valid, image, image.dtype.type(99))
    for edges, same in zip(
        Levels.of(image, valid).edges, Levels.of(other, valid).edges, strict=True
    ):
        assert np.array_equal(edges, same)
    if valid.any():
        kept = Levels.of(image[:, valid][:, None])
        assert all(map(np.array_equal, Levels.of(image, valid).edges, kept.edges))


@pytest.mark.parametrize("dtype", _DTYPES)
def test_an_image_without_a_valid_pixel_is_all_of_one_level(dtype: str) -> None:
    image = np.arange(12).reshape(1, 3, 4).astype(dtype)
    assert not eight_bit(image, np.zeros((3, 4), bool)).any()


def test_what_is_no_number_is_level_0_and_infinite_values_end_the_scale() -> None:
    image = np.array([[[np.nan, 1, 2, 3, np.inf, -np.inf]]], np.float32)
    assert eight_bit(image).tolist() == [[[0, 0, 1, 2, 2, 0]]]
    assert not eight_bit(np.full((1, 2, 2), np.nan, np.float32)).any()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_threads_and_windows_do_not_change_levels(dtype: str) -> None:
    image = np.random.default_rng(2).gamma(2, 900, (3, 300, 40)).astype(dtype)
    levels = Levels.of(image)
    whole = levels.apply(image)
    assert np.array_equal(levels.apply(image, threads=3), whole)
    assert np.array_equal(levels.apply(image[:, 17:211]), whole[:, 17:211])


def test_levels_fit_only_images_of_as_many_bands() -> None:
    image = np.zeros((2, 3, 4), np.uint16)
    with pytest.raises(ValueError, match="levels of 2 bands do not fit 1 of uint16"):
        Levels.of(image).apply(image[:1])
    with pytest.raises(ValueError, match="levels of 0 bands"):
        Levels.of(image.astype(np.uint8)).apply(image)


def test_complex_numbers_have_no_order() -> None:
    with pytest.raises(InputError, match="complex64 cannot be put in order"):
        eight_bit(np.zeros((1, 2, 2), np.complex64))
