"""Surveys of any bands and bit depth: what their pixels are, and what is measured of them."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training needs the extra `train`")

from riverscape.errors import InputError
from riverscape.imagery import Window, open_raster
from riverscape.imagery.settings import ImageSettings
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.tiles import Model, TileSet, cut_tiles, value_range
from riverscape.tiles.survey_pixels import SurveyPixels
from riverscape.tiles.training.beginning import begin_network
from riverscape.tiles.value_range import HEADROOM, PERCENTILES

from ..multiband import QUICK, RGBN, quick_model, to_wide, write_image, write_twins
from .test_levels import contract

PLAIN = ImageSettings()
EIGHT_OF_WIDE = ImageSettings(value_range=(0, 65535))


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_twins(tmp_path_factory.mktemp("twins"))


def labelled(folder: Path) -> list[LabelledImage]:
    return pair_labels([folder], required=True)


def tiles_of(folder: Path, image: ImageSettings = PLAIN, base: Model | None = None) -> TileSet:
    pairs = labelled(folder)
    survey = SurveyPixels.of([pair.image for pair in pairs], image, base.contract if base else None)
    return cut_tiles(pairs, PUBLISHED_CLASSES, QUICK.tile_set, survey=survey)


def said(model: Model, tiles: TileSet) -> NDArray[np.intp]:
    answers = model.predict(tiles.pixels(np.arange(len(tiles))))
    return np.asarray(answers[:, :, 0, 0].argmax(axis=1))


def survey_of(folder: Path, pixels: NDArray[Any], **more: Any) -> list[Path]:
    return [write_image(folder / "Alder_1.tif", pixels, **more)]


def test_a_model_of_8_bits_sees_the_16_bit_twin_alike(twins: tuple[Path, Path]) -> None:
    model = quick_model(twins[0])
    assert model.contract.bands == RGBN
    assert model.contract.low is None
    eight, wide = tiles_of(twins[0]), tiles_of(twins[1], EIGHT_OF_WIDE)
    assert np.array_equal(eight.corners, wide.corners)
    every = np.arange(len(eight))
    apart = np.abs(eight.pixels(every).astype(int) - wide.pixels(every))
    assert 0 < apart.max() <= 1
    assert np.mean(said(model, eight) == said(model, wide)) >= 0.995
    assert np.mean(said(model, eight) == eight.classes) > 0.8


def test_a_model_of_16_bits_states_its_levels(twins: tuple[Path, Path], tmp_path: Path) -> None:
    model = Model.load(quick_model(twins[1]).save(tmp_path / "wide"))
    found = model.contract
    assert (found.dtype, found.bands, found.format_version) == ("uint16", RGBN, 2)
    assert found.low is not None
    assert found.high is not None
    values = []
    for pair in labelled(twins[1]):
        with open_raster(pair.image) as raster:
            values.append(raster.read().reshape(4, -1))
    for band, low, high in zip(np.concatenate(values, axis=1), found.low, found.high, strict=True):
        ends = np.percentile(band, PERCENTILES)
        room = HEADROOM * (ends[1] - ends[0])
        assert low == max(np.floor(ends[0] - room), 0)
        assert high == min(np.ceil(ends[1] + room), 65535)
    stated = found.training["levels"]
    assert stated["percentiles"] == list(PERCENTILES)
    assert stated["pixels"] == 2 * 320 * 420
    tiles = tiles_of(twins[1])
    assert np.mean(said(model, tiles) == tiles.classes) > 0.8


def test_measuring_takes_valid_pixels_on_a_lattice_whatever_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_range, "_SAMPLE_PX", 500)
    monkeypatch.setattr(value_range, "_STRIP_PX", 70 * 13)
    rng = np.random.default_rng(0)
    expected, paths = [], []
    for name in ("A_1", "A_2"):
        pixels = rng.normal(5, 2, (2, 90, 70)).astype(np.float32)
        pixels[1, rng.random((90, 70)) < 0.3] = np.nan
        paths.append(write_image(tmp_path / f"{name}.tif", pixels))
        step = 6  # of 12,600 pixels about 500
        on_lattice = pixels[:, ::step, ::step]
        expected.append(on_lattice[:, ~np.isnan(on_lattice[1])])
    first, other = (SurveyPixels.of(paths, PLAIN).with_levels(paths, threads) for threads in (1, 3))
    assert first == other
    values = np.concatenate(expected, axis=1).astype(float)
    assert first.measured["pixels"] == values.shape[1]
    low, high = np.percentile(values, PERCENTILES, axis=1)
    assert first.low == pytest.approx(low - HEADROOM * (high - low))
    assert first.high == pytest.approx(high + HEADROOM * (high - low))


def test_training_goes_on_from_bands_of_the_same_names(
    twins: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    rgb = quick_model(twins[0], ImageSettings(bands=("1", "2", "3")))
    assert rgb.contract.bands == RGBN[:3]
    tiles = tiles_of(twins[0], ImageSettings(bands=("nir", "red")), rgb)
    with caplog.at_level(logging.INFO):
        begin_network(tiles, QUICK.network, 0, rgb)
    (carried,) = [message for message in caplog.messages if message.startswith("from quick")]
    assert "bands that keep their filters: red; without influence at first: nir" in carried


def test_a_survey_without_valid_pixels_has_no_levels(tmp_path: Path) -> None:
    paths = survey_of(tmp_path, np.full((2, 60, 70), np.nan, np.float32))
    with pytest.raises(InputError, match=r"Alder_1.tif .* no valid pixel to measure levels on"):
        SurveyPixels.of(paths, PLAIN).with_levels(paths)


@pytest.mark.parametrize(
    ("dtype", "bands", "nodata"),
    [("uint16", 3, 0), ("int16", 12, -9999), ("float32", 4, None), ("uint8", 5, 255)],
)
def test_any_type_and_number_of_bands_is_cut_and_filled(
    tmp_path: Path, dtype: str, bands: int, nodata: float | None
) -> None:
    """Invalid pixels are told by the file; what is stored of them is their neighbours' level."""
    codes = np.ones((120, 160), np.uint8)
    codes[:, 80:] = 3
    values = np.where(codes == 1, 1, 2).astype(dtype)
    if dtype != "uint8":
        values = (values * 1000).astype(dtype)
    pixels = np.repeat(values[None], bands, axis=0)
    hole = np.s_[:, 40:45, 30:60]
    pixels[hole] = np.nan if nodata is None else nodata
    write_image(tmp_path / "Alder_1.tif", pixels, nodata=nodata)
    write_image(tmp_path / "SCLS_Alder_1.tif", codes[None])
    tiles = tiles_of(tmp_path)
    assert tiles.bands == bands
    assert tiles.source.dtype == dtype
    assert tiles.labelled_px[0].tolist() == [120 * 80 - 150, 0, 120 * 80, 0, 0]
    dark, bright = np.unique(tiles.pixels(np.arange(len(tiles))))
    levels = np.where(tiles.classes == 0, dark, bright)
    stored = tiles.pixels(np.arange(len(tiles)))
    pure = stored.reshape(len(tiles), -1) == levels[:, None]
    assert pure.mean(axis=1).min() >= 0.65
    if dtype == "uint8":
        assert (dark, bright) == (1, 2)
    else:
        assert tiles.source.low is not None
        assert tiles.source.low[0] < 1000 < 2000 < np.array(tiles.source.high)[0]
        assert (dark, bright) == (12, 243)  # headroom at either end


def test_bands_are_chosen_and_named_alike_in_all_images(tmp_path: Path) -> None:
    values = np.arange(1, 5, dtype=np.uint8)[:, None, None] * np.ones((4, 60, 70), np.uint8)
    one = write_image(tmp_path / "A_1.tif", values, RGBN)
    other = write_image(tmp_path / "A_2.tif", values[::-1], RGBN[::-1])
    survey = SurveyPixels.of([one, other], PLAIN)
    assert survey.bands == RGBN
    chosen = SurveyPixels.of([one, other], ImageSettings(bands=("nir", "red")))
    assert chosen.bands == ("nir", "red")
    for path in (one, other):
        with survey.open(path) as raster:
            assert raster.read()[:, 0, 0].tolist() == [1, 2, 3, 4]
        with chosen.open(path) as raster:
            assert chosen.read(raster, Window(0, 0, 1, 1), 5)[0].ravel().tolist() == [4, 1]


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ((), ("red", "green", "blue")),
        (("gray", "undefined", "undefined"), ("red", "green", "blue")),
        (("nir", "red", "green"), ("nir", "red", "green")),
        (("red", "green", "undefined", "nir"), ("red", "green", "band 3", "nir")),
        (("swir", "swir", "red", "nir"), ("band 1", "band 2", "red", "nir")),
    ],
)
def test_bands_are_called_what_the_file_calls_them(
    tmp_path: Path, colours: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    paths = survey_of(tmp_path, np.zeros((len(expected), 9, 9), np.uint8), colours=colours)
    assert SurveyPixels.of(paths, PLAIN).bands == expected


def test_images_of_another_type_are_refused(tmp_path: Path) -> None:
    one = write_image(tmp_path / "A_1.tif", np.zeros((3, 9, 9), np.uint8))
    other = write_image(tmp_path / "A_2.tif", np.zeros((3, 9, 9), np.uint16))
    with pytest.raises(
        InputError, match=r"A_2.tif holds uint16 pixels, the images before it uint8"
    ):
        SurveyPixels.of([one, other], PLAIN)


def test_a_model_to_go_on_from_keeps_its_black_and_white(tmp_path: Path) -> None:
    base = contract(bands=("NIR", "red"), dtype="uint16", low=(1, 2), high=(300, 400))
    pixels = np.full((2, 60, 70), 7, np.uint16)
    paths = survey_of(tmp_path, pixels, colours=("red", "nir"))
    kept = SurveyPixels.of(paths, PLAIN, base).with_levels(paths)
    assert (kept.low, kept.high, kept.measured) == ((2, 1), (400, 300), {})
    stated = SurveyPixels.of(paths, ImageSettings(value_range=(0, 9)), base)
    assert stated.low == (0, 0)
    for other in (
        contract(bands=("red", "blue"), dtype="uint16", low=(1, 2), high=(300, 400)),
        contract(bands=("nir", "red"), dtype="int16", low=(1, 2), high=(300, 400)),
        contract(bands=("nir", "red")),
    ):
        assert SurveyPixels.of(paths, PLAIN, other).low is None


def test_a_store_remembers_what_was_measured(twins: tuple[Path, Path], tmp_path: Path) -> None:
    pairs = labelled(twins[1])
    first = cut_tiles(pairs, PUBLISHED_CLASSES, QUICK.tile_set, tmp_path)
    written = (tmp_path / "tiles.npy").stat().st_mtime_ns
    again = cut_tiles(pairs, PUBLISHED_CLASSES, QUICK.tile_set, tmp_path)
    assert (tmp_path / "tiles.npy").stat().st_mtime_ns == written
    assert json.dumps(first.source.levels_as_measured()) == json.dumps(
        again.source.levels_as_measured()
    )
    assert again.source.low == first.source.low
    stated = SurveyPixels.of([pair.image for pair in pairs], EIGHT_OF_WIDE)
    other = cut_tiles(pairs, PUBLISHED_CLASSES, QUICK.tile_set, tmp_path, survey=stated)
    assert other.source.low == (0,) * 4
    assert (tmp_path / "tiles.npy").stat().st_mtime_ns != written


def test_the_median_pixel_size_is_kept_and_unlike_ones_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pixels = np.zeros((3, 9, 9), np.uint8)
    paths = [
        write_image(tmp_path / f"A_{place}.tif", pixels, gsd_m=gsd_m)
        for place, gsd_m in enumerate((0.05, 0.06, None, 0.09))
    ]
    with caplog.at_level(logging.WARNING):
        assert SurveyPixels.of(paths, PLAIN).gsd_m == pytest.approx(0.06, rel=1e-3)
        assert SurveyPixels.of(paths[2:3], PLAIN).gsd_m is None
        assert SurveyPixels.of(paths, ImageSettings(gsd_m=0.2)).gsd_m == 0.2
        assert not caplog.messages
        paths.append(write_image(tmp_path / "A_9.tif", pixels, gsd_m=0.11))
        SurveyPixels.of(paths, PLAIN)
    (warning,) = caplog.messages
    assert "A_0.tif are 5 cm wide, those of" in warning
    assert "A_9.tif 11 cm" in warning


def test_wide_pixels_are_the_levels_and_noise() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(to_wide(levels, 0) >> 8, levels)


@pytest.mark.parametrize(
    ("own", "model", "note"),
    [
        (0.1, 0.1, ""),
        (0.1, 0.2, ""),
        (0.1, None, ""),
        (None, 0.1, ""),
        (0.3, 0.1, "are 30 cm wide, 3 times as large as the 10 cm that the model two bands was"),
        (0.04, 0.1, "are 4 cm wide, 2.5 times as small as the 10 cm"),
    ],
)
def test_pixels_of_another_size_are_noted(
    tmp_path: Path, own: float | None, model: float | None, note: str
) -> None:
    path = write_image(tmp_path / "a.tif", np.zeros((2, 9, 9), np.uint8))
    with open_raster(path, ImageSettings(gsd_m=own)) as raster:
        found = contract(ground_sample_distance_m=model).gsd_note(raster)
    assert (found is None) == (not note)
    assert note in (found or "")
    assert note == "" or "--resample works at the model's" in (found or "")
