"""Laws of the features: windows, threads, definitions, names; and of telling them apart."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.filters import rank
from skimage.morphology import disk

from riverscape import imagery
from riverscape.errors import InputError, SettingsError
from riverscape.imagery import strips
from riverscape.pixels.features import (
    FEATURES,
    Feature,
    Window,
    extract_features,
    features_halo_px,
    parse_features,
)
from riverscape.pixels.features.window import Image
from riverscape.pixels.spectra import Spectra, distinct_keys

_NAMES = ["red", "green", "blue", "nir"]
_EVERY = [
    "bands",
    "median:2",
    "median:5",
    "disk-median:3",
    "entropy:3",
    "entropy:8",  # counts that a byte does not hold
    "mean:5",
    "deviation:3",
    "hsv",
    "lab",
    "nd:nir:1",
    "texture",
]
_SHAPES = [(1, 1), (1, 37), (31, 1), (3, 2), (7, 13), (41, 5), (67, 53)]


def _pixels(seed: int, shape: tuple[int, int], dtype: str = "uint8") -> np.ndarray:
    """Four bands: noise of all levels over a gradient, and a corner that is flat."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0, 150, shape[0] * shape[1]).reshape(shape)
    pixels = slope + rng.integers(0, 106, (4, *shape))
    pixels[:, : shape[0] // 3, : shape[1] // 3] = 90
    return pixels.astype(dtype)


def _feature(name: str) -> Feature:
    return parse_features([name])[0]


def _whole(name: str, pixels: np.ndarray) -> np.ndarray:
    return _feature(name).measure(Window(pixels, pixels, _NAMES))


def _square(pixels: np.ndarray, row: int, col: int, radius_px: int) -> np.ndarray:
    """Return the values around a pixel, (band, n), the edges repeated."""
    padded = np.pad(pixels, [(0, 0), (radius_px, radius_px), (radius_px, radius_px)], mode="edge")
    side = 2 * radius_px + 1
    return padded[:, row : row + side, col : col + side].reshape(len(pixels), -1)


@pytest.mark.parametrize("name", _EVERY)
@given(st.integers(0, 99), st.sampled_from(_SHAPES), st.integers(1, 40), st.sampled_from("uif"))
@settings(max_examples=25, deadline=None)
def test_a_window_with_its_halo_measures_what_the_whole_does(
    name: str, seed: int, shape: tuple[int, int], strip_px: int, kind: str
) -> None:
    pixels = _pixels(seed, shape)
    raw = pixels if kind == "u" else pixels.astype({"i": "int16", "f": "float32"}[kind]) - 40
    feature, image = _feature(name), Image(raw, pixels, _NAMES)
    whole = feature.measure(Window(raw, pixels, _NAMES))
    assert whole.dtype == np.uint8
    assert whole.shape == (feature.bands(_NAMES), *shape)
    parts = [
        feature.measure(image.window(strip))
        for strip in strips(shape[0], strip_px, feature.halo_px)
    ]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", _EVERY)
def test_neither_strips_nor_threads_change_a_feature(name: str) -> None:
    pixels = _pixels(1, (300, 23))
    whole = _whole(name, pixels)
    for threads in (1, 3):
        assert np.array_equal(extract_features(pixels, [name], _NAMES, threads), whole)


def test_features_come_one_after_the_other() -> None:
    pixels = _pixels(2, (40, 30))
    found = extract_features(pixels, _EVERY, _NAMES, threads=2)
    assert np.array_equal(found, np.concatenate([_whole(name, pixels) for name in _EVERY]))


def test_the_order_in_memory_does_not_matter() -> None:
    pixels = _pixels(2, (40, 30))
    by_pixel = np.moveaxis(np.ascontiguousarray(np.moveaxis(pixels, 0, 2)), 2, 0)
    for name in _EVERY:
        assert np.array_equal(
            extract_features(by_pixel, [name], _NAMES), extract_features(pixels, [name], _NAMES)
        )


def test_bands_are_the_image_itself_and_nothing_is_copied() -> None:
    pixels = _pixels(0, (9, 9))
    assert extract_features(pixels, ["bands"]) is pixels


def test_median_is_the_median_of_the_square() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 300, 40)).astype(np.uint8)
    found = extract_features(pixels, ["median:5"], threads=2)
    for row, col in ((0, 0), (127, 3), (128, 20), (299, 39)):
        assert np.array_equal(found[:, row, col], np.median(_square(pixels, row, col, 5), axis=1))


def test_disk_median_is_the_original_s_filter() -> None:
    pixels = _pixels(3, (150, 31))
    expected = [rank.median(band, disk(5)) for band in pixels]
    assert np.array_equal(extract_features(pixels, ["disk-median"]), expected)


@pytest.mark.parametrize("radius_px", [1, 5, 9])
def test_entropy_is_that_of_the_first_band_s_histogram(radius_px: int) -> None:
    """As scikit-image finds it, at the edges too; where halves are rounded, either way."""
    pixels = _pixels(4, (140, 290))  # more columns than a block, more rows than a strip
    footprint = np.ones((2 * radius_px + 1,) * 2, np.uint8)
    expected = rank.entropy(pixels[0], footprint) * 255 / 8
    found = extract_features(pixels, [f"entropy:{radius_px}"])[0]
    assert np.abs(found - expected).max() < 0.501


def test_entropy_of_one_level_is_0_and_of_all_levels_is_most() -> None:
    flat = np.full((1, 20, 20), 7, np.uint8)
    assert not extract_features(flat, ["entropy"]).any()
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert extract_features(every, ["entropy:16"]).min() == 255


def test_mean_and_deviation_are_those_of_the_square() -> None:
    pixels = _pixels(5, (40, 30))
    mean, deviation = _whole("mean:4", pixels), _whole("deviation:2", pixels)[0]
    for row, col in ((0, 0), (39, 29), (20, 11), (3, 28)):
        expected = _square(pixels, row, col, 4).mean(axis=1)
        assert np.array_equal(mean[:, row, col], np.floor(expected + 0.5))
        grey = _square(pixels, row, col, 2).mean(axis=0)
        assert deviation[row, col] == pytest.approx(min(3 * grey.std(), 255), abs=0.5001)


def test_deviation_of_the_hardest_contrast_is_the_top_level() -> None:
    halves = np.where(np.arange(20) < 10, 0, 255).astype(np.uint8)[None, None]
    assert _whole("deviation", np.repeat(halves, 9, axis=1)).max() == 255
    assert _whole("texture", np.repeat(halves, 9, axis=1)).max() == 255


def test_texture_does_not_see_brightness_and_counts_doublings_alike() -> None:
    rng = np.random.default_rng(6)
    noise = rng.integers(0, 41, (1, 60, 60)).astype(np.uint8)
    assert np.array_equal(_whole("texture", noise), _whole("texture", noise + np.uint8(90)))
    inner = (slice(None), slice(15, 45), slice(15, 45))
    once, twice, four = (_whole("texture", noise * np.uint8(k))[inner].mean() for k in (1, 2, 4))
    assert four - twice == pytest.approx(255 / 7, abs=2)
    assert 0.9 * (four - twice) < twice - once < four - twice


def test_texture_looks_at_two_scales() -> None:
    board = np.indices((60, 60)).sum(axis=0) % 2 * 80
    blocks = np.indices((60, 60)).sum(axis=0) // 12 % 2 * 80
    fine, coarse = (_whole("texture", field[None].astype(np.uint8)) for field in (board, blocks))
    assert np.abs(np.diff(fine.astype(int), axis=0)).max() < 5
    assert np.mean(coarse[1] > coarse[0] + 20) > 0.5


@pytest.mark.parametrize(("name", "code"), [("hsv", "RGB2HSV_FULL"), ("lab", "RGB2LAB")])
def test_colour_spaces_are_those_of_the_median(name: str, code: str) -> None:
    pixels = _pixels(7, (140, 30))
    smooth = np.moveaxis(extract_features(pixels[:3], ["median:2"]), 0, 2)
    expected = cv2.cvtColor(np.ascontiguousarray(smooth), getattr(cv2, f"COLOR_{code}"))
    assert np.array_equal(extract_features(pixels, [name]), np.moveaxis(expected, 2, 0))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64", "int32"])
def test_normalised_difference_is_of_the_raw_values(dtype: str) -> None:
    pixels = _pixels(8, (30, 140), dtype)
    found = extract_features(pixels, ["nd:NIR:1"], _NAMES)[0]
    red, nir = (ndimage.median_filter(pixels[band], 5, mode="nearest") for band in (0, 3))
    red, nir = red.astype(float), nir.astype(float)
    total = red + nir
    ratio = np.divide(nir - red, total, out=np.zeros_like(total), where=total > 0)
    assert np.abs(found - (1 + ratio) * 127.5).max() <= 0.5


def test_normalised_difference_of_nothing_is_in_the_middle() -> None:
    values = np.array([0, -9, np.nan, np.inf, 1e300])
    for value in values:
        pixels = np.full((2, 6, 6), value)
        assert np.all(extract_features(pixels, ["nd:1:2"]) == 128)
    for value in values:  # each counts as 0, and 5 is all there is
        pixels = np.stack([np.full((6, 6), 5.0), np.full((6, 6), value)])
        assert np.all(extract_features(pixels, ["nd:1:2"]) == 255)
        assert np.all(extract_features(pixels, ["nd:2:1"]) == 0)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_differences_are_of_the_file_s_values_and_all_else_of_the_levels(dtype: str) -> None:
    """Other values of the same order, and other levels: each changes what is taken of it."""
    levels, raw = _pixels(9, (60, 50)), _pixels(10, (60, 50), dtype) * 9
    for name in _EVERY:
        found = extract_features(levels, [name], _NAMES, raw=raw)
        of_other_raw = extract_features(levels, [name], _NAMES, raw=raw**2)
        of_other_levels = extract_features(_pixels(13, (60, 50)), [name], _NAMES, raw=raw)
        is_difference = name.startswith("nd")
        assert np.array_equal(found, of_other_raw) != is_difference
        assert np.array_equal(found, of_other_levels) == is_difference


@given(
    st.lists(st.sampled_from(_EVERY), min_size=1, max_size=3, unique=True),
    st.sampled_from(_SHAPES),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_rectangle_with_its_halo_is_that_of_the_whole(
    names: list[str], shape: tuple[int, int], data: st.DataObject
) -> None:
    levels, raw = _pixels(11, shape), _pixels(12, shape, "float32") * 31
    top, left = (data.draw(st.integers(0, length - 1)) for length in shape)
    inner = imagery.Window(
        top,
        left,
        data.draw(st.integers(1, shape[0] - top)),
        data.draw(st.integers(1, shape[1] - left)),
    )
    place = inner.grown(features_halo_px(names), shape)
    cut = (slice(None), place.rows, place.cols)
    found = extract_features(levels[cut], names, _NAMES, raw=raw[cut])
    whole = extract_features(levels, names, _NAMES, raw=raw)
    assert np.array_equal(found[:, *inner.within(place)], whole[:, inner.rows, inner.cols])


def test_every_known_name_is_explained_and_parsed() -> None:
    assert {name.split(":")[0] for name in _EVERY} == set(FEATURES)
    for name, line in FEATURES.items():
        assert line
        assert "\n" not in line
        assert len(parse_features([f"{name}:1:2" if name == "nd" else name])) == 1


@pytest.mark.parametrize(("bare", "full"), [("median", 2), ("disk-median", 5), ("entropy", 5)])
def test_a_bare_name_has_the_published_or_the_default_radius(bare: str, full: int) -> None:
    assert parse_features([bare]) == parse_features([f" {bare} : {full}"])
    assert f"({full})" in FEATURES[bare]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("medain", "'medain'; did you mean median?"),
        ("xyz", "'xyz'; known: bands, median, disk-median, entropy"),
        ("", "''; known: bands"),
        ("median:0", "whole number of pixels from 1 to 50"),
        ("mean:51", "whole number of pixels from 1 to 50"),
        ("mean:2.5", "'mean:2.5': the radius is a whole number"),
        ("mean:", "whole number"),
        ("mean:2:3", "whole number"),
        ("texture:3", "texture takes no radius"),
        ("hsv:3", "hsv takes no radius"),
        ("nd", "nd takes two bands"),
        ("nd:4", "nd takes two bands"),
        ("nd:4:", "nd takes two bands"),
        ("nd:1:2:3", "nd takes two bands"),
    ],
)
def test_a_wrong_name_is_told_with_what_is_known(name: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words.replace("?", r"\?")):
        parse_features(["bands", name])


def test_no_feature_at_all_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least one feature; known: bands"):
        parse_features([])


@pytest.mark.parametrize("band", ["swir", "0", "5", "-1", "1.5"])
def test_an_unknown_band_is_told_with_the_known(band: str) -> None:
    words = f"no band is called '{band}'; known: 1 red, 2 green, 3 blue, 4 nir"
    with pytest.raises(SettingsError, match=words):
        extract_features(_pixels(0, (5, 5)), [f"nd:{band}:red"], _NAMES)


def test_a_name_wins_over_a_number() -> None:
    assert _feature("nd:2:1").bands(["2", "1"]) == 1
    pixels = np.stack([np.full((5, 5), 30, np.uint8), np.full((5, 5), 10, np.uint8)])
    assert np.all(extract_features(pixels, ["nd:2:1"], ["2", "1"]) == 191)
    assert np.all(extract_features(pixels, ["nd:2:1"]) == 64)


@pytest.mark.parametrize("name", ["hsv", "lab"])
def test_colour_spaces_need_three_bands(name: str) -> None:
    with pytest.raises(InputError, match=f"feature {name} needs three bands, .* has 2"):
        extract_features(_pixels(0, (5, 5))[:2], [name])


@given(st.integers(0, 99), st.integers(1, 30), st.integers(4, 8))
@settings(max_examples=40, deadline=None)
def test_any_number_of_feature_bands_is_told_apart(seed: int, bands: int, bits: int) -> None:
    rng = np.random.default_rng(seed)
    few = rng.integers(0, 256, (bands, 40)).astype(np.uint8)
    features = few[:, rng.integers(0, 40, (23, 17))]
    spectra = Spectra.of(features, bits, threads=2)
    assert np.array_equal(np.moveaxis(spectra.rows[spectra.index], 2, 0), features >> (8 - bits))
    assert np.array_equal(spectra.rows, np.unique(spectra.rows, axis=0))
    assert spectra.rows.dtype == np.uint8
    assert spectra.index.dtype == np.int32
    assert np.array_equal(np.unique(spectra.index), np.arange(len(spectra.rows)))


def test_colours_too_many_for_a_table_are_told_apart_by_sorting() -> None:
    rng = np.random.default_rng(0)
    features = rng.integers(0, 256, (7, 300, 200)).astype(np.uint8)
    spectra = Spectra.of(features, 8)
    assert np.array_equal(np.moveaxis(spectra.rows[spectra.index], 2, 0), features)
    assert np.array_equal(spectra.rows, np.unique(features.reshape(7, -1).T, axis=0))


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=60), st.integers(0, 62))
def test_distinct_keys_are_in_order_and_found_again(numbers: list[int], shift: int) -> None:
    keys = np.array(numbers, np.int64) >> shift
    distinct, index = distinct_keys(keys)
    assert distinct.tolist() == sorted(set(keys.tolist()))
    assert np.array_equal(distinct[index], keys)
    assert index.dtype == np.int32
