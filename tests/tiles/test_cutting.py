"""Cutting tiles: what belongs to a class, what is stored, and drawing evenly."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.tiles import TileSet, TileSetSettings, cut_tiles, image_tiles
from riverscape.tiles.tile_set import even_shares

from ..multiband import write_image

RGBA = ("red", "green", "blue", "alpha")


def write_survey(
    folder: Path, codes: NDArray[np.uint8], names: tuple[str, ...] = ("Alder_1",), bands: int = 3
) -> list[LabelledImage]:
    """Write images whose pixels are 40 times their class code."""
    folder.mkdir(exist_ok=True)
    pixels = np.broadcast_to(codes * 40, (bands, *codes.shape)).astype(np.uint8)
    for name in names:
        for file, data in ((f"{name}.tif", pixels), (f"SCLS_{name}.tif", codes[None])):
            with rasterio.open(
                folder / file, "w", driver="GTiff", height=codes.shape[0], width=codes.shape[1],
                count=len(data), dtype="uint8", photometric="MINISBLACK",
            ) as raster:  # fmt: skip
                raster.write(data)
    return pair_labels([folder], required=True)


@pytest.fixture
def patches() -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    return np.kron(rng.choice([0, 1, 2, 3], (9, 12)), np.ones((40, 40))).astype(np.uint8)


PLAIN = TileSetSettings(tile_px=30, stride_px=5, purity=0.8, rare_tiles=0)


def test_tiles_hold_enough_of_their_class(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    found = cut_tiles(write_survey(tmp_path, patches), PUBLISHED_CLASSES, PLAIN)
    assert len(found) > 100
    for place, position in enumerate(found.classes):
        (tile,) = found.pixels(np.array([place]))
        row, col = found.corners[place]
        assert np.mean(tile[0] == 40 * (position + 1)) >= 0.8
        assert np.array_equal(tile[1], patches[row : row + 30, col : col + 30] * 40)
    # The definition, tile by tile: no tile is missed.
    expected = sum(
        np.mean(patches[row : row + 30, col : col + 30] == code) >= 0.8
        for code in (1, 2, 3)
        for row in range(0, 331, 5)
        for col in range(0, 451, 5)
    )
    assert len(found) == expected
    assert found.labelled_px[0].tolist() == [np.sum(patches == code) for code in range(1, 6)]


def test_a_rare_class_is_cut_denser(tmp_path: Path) -> None:
    codes = np.ones((300, 400), np.uint8)
    codes[:80, :80] = 2
    survey = write_survey(tmp_path, codes)
    usual = cut_tiles(survey, PUBLISHED_CLASSES, TileSetSettings(rare_tiles=0)).counts()
    dense = cut_tiles(survey, PUBLISHED_CLASSES, TileSetSettings(rare_tiles=20)).counts()
    assert dense["dry sediment"]["Alder"] > 5 * usual["dry sediment"]["Alder"] > 0
    assert dense["water"] == usual["water"]


def same(one: TileSet, other: TileSet) -> bool:
    everything = np.arange(len(one))
    return (
        len(one) == len(other)
        and np.array_equal(one.pixels(everything), other.pixels(everything))
        and np.array_equal(one.classes, other.classes)
        and np.array_equal(one.sources, other.sources)
        and np.array_equal(one.corners, other.corners)
        and np.array_equal(one.labelled_px, other.labelled_px)
    )


def test_a_store_gives_the_same_tiles_again(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path / "survey", patches, ("Alder_1", "Birch_1"))
    folder = tmp_path / "tiles"
    first = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder, threads=2)
    written = (folder / "tiles.npy").stat().st_mtime_ns
    again = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder)
    assert (folder / "tiles.npy").stat().st_mtime_ns == written
    assert isinstance(again.store, np.memmap)
    assert same(first, again)
    assert same(first, cut_tiles(survey, PUBLISHED_CLASSES, PLAIN))


def test_a_store_of_other_labels_is_not_taken(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path / "survey", patches)
    folder = tmp_path / "tiles"
    before = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder)
    survey = write_survey(tmp_path / "survey", patches[::-1].copy())
    after = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder)
    assert not same(before, after)
    assert same(after, cut_tiles(survey, PUBLISHED_CLASSES, PLAIN))


def test_a_half_written_store_is_not_taken(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path / "survey", patches)
    folder = tmp_path / "tiles"
    whole = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder)
    (folder / "index.npz").write_bytes(b"half")
    assert same(whole, cut_tiles(survey, PUBLISHED_CLASSES, PLAIN, folder))


def test_a_small_store_holds_an_even_choice(tmp_path: Path) -> None:
    codes = np.ones((300, 400), np.uint8)
    codes[:, 250:] = 2
    codes[:60, :60] = 3
    survey = write_survey(tmp_path, codes, ("Alder_1", "Birch_1", "Cress_1"))
    small = PLAIN.model_copy(update={"max_store_gb": 900 * 2700 / 1e9})
    found = cut_tiles(survey, PUBLISHED_CLASSES, small)
    everything = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN).counts()
    counts = found.counts()
    assert len(found) <= 900 < sum(sum(rivers.values()) for rivers in everything.values())
    assert counts["green vegetation"] == everything["green vegetation"]
    assert len(set(counts["water"].values())) == 1
    assert abs(sum(counts["water"].values()) - sum(counts["dry sediment"].values())) <= 3
    assert same(found, cut_tiles(survey, PUBLISHED_CLASSES, small, threads=2))


@pytest.mark.parametrize("bands", [1, 5, 16])
def test_any_number_of_bands_up_to_sixteen(
    tmp_path: Path, patches: NDArray[np.uint8], bands: int
) -> None:
    found = cut_tiles(write_survey(tmp_path, patches, bands=bands), PUBLISHED_CLASSES, PLAIN)
    assert found.bands == bands


def test_too_many_bands_are_refused(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path, patches, bands=17)
    with pytest.raises(InputError, match=r"Alder_1.tif has 17 bands; a network takes 1 to 16"):
        cut_tiles(survey, PUBLISHED_CLASSES, PLAIN)


def test_images_must_agree_in_their_bands(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path / "a", patches) + write_survey(
        tmp_path / "b", patches, ("Birch_1",), bands=4
    )
    with pytest.raises(InputError, match=r"Birch_1.tif has 4 bands .*, the images before it"):
        cut_tiles(survey, PUBLISHED_CLASSES, PLAIN)


def test_classes_split_by_river_are_local_classes(
    tmp_path: Path, patches: NDArray[np.uint8]
) -> None:
    survey = write_survey(tmp_path, patches, ("Alder_1", "Birch_1", "Birch_2"))
    split = PLAIN.model_copy(update={"split_classes_by_river": True})
    found = cut_tiles(survey, PUBLISHED_CLASSES, split)
    assert len(found.key) == 10
    local = found.local_classes()
    river = np.array([0, 1, 1])[found.sources]
    assert np.array_equal(local, found.classes + 5 * river)
    folded = np.array(found.key.class_codes)[local]
    assert np.array_equal(folded, np.array(PUBLISHED_CLASSES.codes)[found.classes])


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.integers(0, 1500))
def test_even_shares_are_even(counts: list[int], limit: int) -> None:
    shares = even_shares(np.array(counts), limit)
    assert shares.sum() <= limit
    assert np.all(shares <= counts)
    # Who gives less than another gives all it has.
    for share, count in zip(shares, counts, strict=True):
        assert share == count or share == shares.max()
    # As much as fits: one more each would be too much.
    if shares.sum() < sum(counts):
        assert limit - shares.sum() < np.sum(shares < counts)


@pytest.mark.parametrize("strip_rows", [1, 61, 130])
def test_strips_cut_the_tiles_of_the_whole(
    tmp_path: Path, patches: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, strip_rows: int
) -> None:
    rng = np.random.default_rng(1)
    survey = write_survey(tmp_path, patches[:353])
    pixels = rng.integers(0, 256, (3, 353, 480)).astype(np.uint8)
    valid = np.kron(rng.random((24, 32)) > 0.1, np.ones((15, 15), bool))[:353, :480]
    write_image(survey[0].image, np.concatenate([pixels, valid[None] * np.uint8(255)]), RGBA)
    rare = PLAIN.model_copy(update={"rare_tiles": 500, "rare_stride_px": 7, "rare_purity": 0.6})
    small = rare.model_copy(update={"max_store_gb": 150 * 2700 / 1e9})
    whole = [cut_tiles(survey, PUBLISHED_CLASSES, settings) for settings in (rare, small)]
    monkeypatch.setattr(image_tiles, "_STRIP_PX", 480 * strip_rows)
    for settings, tiles in zip((rare, small), whole, strict=True):
        assert len(tiles) > 100
        assert same(tiles, cut_tiles(survey, PUBLISHED_CLASSES, settings))


def test_invalid_pixels_count_as_unlabelled_and_are_filled(tmp_path: Path) -> None:
    """Black under alpha, whatever the labels say, teaches nothing and is seen by nothing."""
    codes = np.ones((120, 200), np.uint8)
    codes[:, 100:] = 2
    survey = write_survey(tmp_path, codes)
    valid = np.ones((120, 200), bool)
    valid[:, 60:103] = False  # all of 60 to 99 would be tiles of water
    valid[50:53, 130:160] = False
    pixels = np.where(valid, np.where(codes == 1, 50, 150), 0).astype(np.uint8)
    alpha = valid.astype(np.uint8) * 255
    write_image(survey[0].image, np.stack([pixels, pixels, pixels, alpha]), RGBA)
    found = cut_tiles(survey, PUBLISHED_CLASSES, PLAIN)
    assert found.bands == 3
    assert found.labelled_px[0, :2].tolist() == [60 * 120, 97 * 120 - 90]
    corners = [
        [
            (row, col)
            for row in range(0, 91, 5)
            for col in range(0, 171, 5)
            if np.mean((codes * valid)[row : row + 30, col : col + 30] == code) >= 0.8
        ]
        for code in (1, 2)
    ]
    assert [tuple(corner) for corner in found.corners.tolist()] == corners[0] + corners[1]
    colours = np.where(found.classes == 0, 50, 150)
    tiles = found.pixels(np.arange(len(found)))
    assert np.array_equal(tiles, np.broadcast_to(colours[:, None, None, None], tiles.shape))


def test_labels_of_another_size_are_refused(tmp_path: Path, patches: NDArray[np.uint8]) -> None:
    survey = write_survey(tmp_path, patches)
    write_image(survey[0].label_raster, patches[None, :-1])
    with pytest.raises(InputError, match="a label raster has the rows and columns of its image"):
        cut_tiles(survey, PUBLISHED_CLASSES, PLAIN)
