from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.errors import InputError, SurveyError
from riverscape.imagery import Window, mosaic, open_raster, windows

WriteRaster = Callable[..., Path]
Pixels = NDArray[Any]

CORNER = Affine(0.5, 0, 3e5, 0, -0.5, 5e6)
UTM = CRS.from_epsg(32619)


def at(top: int, left: int) -> Affine:
    return CORNER * Affine.translation(left, top)


def cut(
    folder: Path, write: WriteRaster, pixels: Pixels, side_px: int, **profile: Any
) -> list[Path]:
    """Cut an image up into georeferenced tiles."""
    return [
        write(
            folder / f"{place.top:04}_{place.left:04}.tif",
            pixels[:, place.rows, place.cols],
            **{"crs": UTM, "transform": at(place.top, place.left), **profile},
        )
        for place in windows(pixels.shape[1:], side_px, side_px)
    ]


def noise(dtype: str, bands: int = 3, side_px: int = 90) -> Pixels:
    return np.random.default_rng(3).integers(1, 250, (bands, side_px, side_px)).astype(dtype)


def refused(*tiles: Path) -> tuple[str, ...]:
    """Return why tiles make no mosaic."""
    vrt = tiles[0].parent / "all.vrt"
    with pytest.raises(SurveyError) as caught:
        mosaic(tiles, vrt)
    assert not vrt.exists()
    return caught.value.problems


@pytest.mark.parametrize("kind", ["plain", "nodata", "alpha", "mask", "nan"])
@pytest.mark.parametrize("window", [None, Window(17, 29, 50, 44)])
def test_what_was_cut_up_is_put_together_again_and_gaps_are_invalid(
    tmp_path: Path, write_raster: WriteRaster, kind: str, window: Window | None
) -> None:
    pixels = noise("float32" if kind == "nan" else "uint8", bands=4 if kind == "alpha" else 3)
    expected = np.ones(pixels.shape[1:], bool)
    expected[20:25, 30:34] = False
    profile: dict[str, Any] = {}
    if kind == "alpha":
        pixels[3] = expected * 200
        profile = {"photometric": "RGB", "alpha": "YES"}
    elif kind == "nodata":
        pixels[:, ~expected] = 0
        profile = {"nodata": 0}
    elif kind == "nan":
        pixels[1, ~expected] = np.nan
        profile = {"nodata": np.nan}
    elif kind == "plain":
        expected[:] = True
    tiles = cut(tmp_path / "tiles", write_raster, pixels, 32, **profile)
    if kind == "mask":
        for path, place in zip(tiles, windows((90, 90), 32, 32), strict=True):
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
                file.write_mask(expected[place.rows, place.cols])
    tiles[4].unlink()  # rows and columns 32 to 63
    expected[32:64, 32:64] = False
    with open_raster(mosaic([tmp_path / "tiles"], tmp_path / "all.vrt")) as raster:
        assert (raster.shape, raster.crs, raster.transform) == ((90, 90), UTM, CORNER)
        assert (raster.band_count, raster.gsd_m, raster.dtype) == (3, 0.5, pixels.dtype.name)
        found, valid = raster.read_with_valid(window)
    place = window or Window(0, 0, 90, 90)
    expected = expected[place.rows, place.cols]
    np.testing.assert_array_equal(valid, expected)
    np.testing.assert_array_equal(
        found[:, expected], pixels[:3, place.rows, place.cols][:, expected]
    )


@pytest.mark.parametrize("kind", ["nodata", "alpha", "mask"])
def test_where_tiles_overlap_what_holds_no_data_hides_nothing(
    tmp_path: Path, write_raster: WriteRaster, kind: str
) -> None:
    profile: dict[str, Any] = {"crs": UTM}
    if kind == "nodata":
        profile |= {"nodata": 0}
    if kind == "alpha":
        profile |= {"photometric": "RGB", "alpha": "YES"}
    bands = 4 if kind == "alpha" else 3
    tiles = []
    for name, left, colour in (("a", 0, 10), ("b", 20, 90)):
        pixels = np.full((bands, 40, 40), colour, np.uint8)
        pixels[-1 if kind == "alpha" else slice(None), :, 15:25] = 0
        path = write_raster(tmp_path / f"{name}.tif", pixels, transform=at(0, left), **profile)
        if kind == "mask":
            with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
                file.write_mask(pixels[0] > 0)
        tiles.append(path)
    with open_raster(mosaic(tiles, tmp_path / "all.vrt")) as raster:
        found, valid = raster.read_with_valid()
    # Columns: a 0-14, nothing 15-19, b 20-34, a again where b has nothing 35-39, b 45-59.
    expected = [10] * 15 + [0] * 5 + [90] * 15 + [10] * 5 + [0] * 5 + [90] * 15
    assert valid[0].tolist() == [colour > 0 for colour in expected]
    np.testing.assert_array_equal(
        found[2, :, valid[0]], np.array(expected)[valid[0], None] * np.ones(40)
    )


def test_a_thousand_tiles_are_one_image_of_which_a_window_opens_few(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels = noise("uint8", side_px=32 * 32)
    cut(tmp_path / "tiles", write_raster, pixels, 32)
    started = perf_counter()
    vrt = mosaic([tmp_path / "tiles"], tmp_path / "all.vrt")
    assert perf_counter() - started < 20
    window = Window(300, 500, 50, 60)
    with open_raster(vrt) as raster:
        found, valid = raster.read_with_valid(window)
        # Every other tile may be gone: nobody looks.
        for path in (tmp_path / "tiles").iterdir():
            top, left = map(int, path.stem.split("_"))
            if not (256 < top < 352 and 456 < left < 576):
                path.unlink()
        np.testing.assert_array_equal(raster.read(window), found)
    np.testing.assert_array_equal(found, pixels[:, window.rows, window.cols])
    assert valid.all()
    with open_raster(vrt) as raster:
        np.testing.assert_array_equal(raster.read(window), found)


def test_a_mosaic_is_the_same_until_a_tile_is_written_again(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    tiles = cut(tmp_path, write_raster, noise("uint8"), 50)

    def identity() -> str:
        # In the folder of its tiles, which is looked through again.
        with open_raster(mosaic([tmp_path], tmp_path / "all.vrt")) as raster:
            assert raster.size_bytes is not None
            assert raster.size_bytes > sum(path.stat().st_size for path in tiles)
            return raster.identity()

    first = identity()
    assert identity() == first
    write_raster(tiles[2], noise("uint8")[:, :40, :50], crs=UTM, transform=at(50, 0))
    assert identity() != first


def test_tiles_of_one_name_in_two_folders_are_two_tiles(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    for folder, left in (("west", 0), ("east", 90)):
        pixels = noise("uint8")
        write_raster(tmp_path / folder / "a.tif", pixels, crs=UTM, transform=at(0, left))
    vrt = mosaic([tmp_path / "west", tmp_path / "east"], tmp_path / "all.vrt")
    with open_raster(vrt) as raster:
        assert raster.shape == (90, 180)


def test_every_tile_that_does_not_fit_is_named_at_once(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    cut(tmp_path, write_raster, noise("uint8"), 30)
    odd = {
        "bands": (noise("uint8", 4), {"photometric": "RGB", "alpha": "YES"}),
        "crs": (noise("uint8"), {"crs": CRS.from_epsg(32620)}),
        "dtype": (noise("uint16"), {"photometric": "RGB"}),
        "grid": (noise("uint8"), {"transform": at(0, 200) * Affine.translation(0.3, 0)}),
        "nodata": (noise("uint8"), {"nodata": 0}),
        "pixels": (noise("uint8"), {"transform": at(0, 200) * Affine.scale(1.00001)}),
        "place": (noise("uint8"), {"transform": Affine.identity()}),
    }
    for name, (pixels, profile) in odd.items():
        place = {"crs": UTM, "transform": at(0, 200)}
        write_raster(tmp_path / f"{name}.tif", pixels, **{**place, **profile})
    (tmp_path / "text.tif").write_text("no image")
    found = {Path(problem.split(" ")[0]).stem: problem for problem in refused(tmp_path)}
    reasons = {
        "bands": "has 4 bands, one of them alpha, other tiles 3 bands",
        "crs": "is in EPSG:32620, other tiles in EPSG:32619",
        "dtype": "holds uint16 pixels, other tiles uint8",
        "grid": "lies 0.30 px off the grid of the other tiles; warp it onto theirs",
        "nodata": "has the nodata value 0.0, other tiles none",
        "pixels": "has pixels of 0.500005, other tiles of 0.5",
        "place": "has no place on Earth; a mosaic needs georeferenced tiles",
        "text": "is not an image that can be read",
    }
    assert found.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in found[name]


def test_an_offset_of_a_hundredth_of_a_pixel_is_none(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    for name, left in (("a", 0.0), ("b", 89.995)):
        transform = CORNER * Affine.translation(left, 0)
        write_raster(tmp_path / f"{name}.tif", noise("uint8"), crs=UTM, transform=transform)
    with open_raster(mosaic([tmp_path], tmp_path / "all.vrt")) as raster:
        assert raster.shape == (90, 180)


def test_one_crs_written_in_two_ways_is_one(tmp_path: Path, write_raster: WriteRaster) -> None:
    ways = (UTM, CRS.from_proj4("+proj=utm +zone=19 +datum=WGS84 +units=m +no_defs"))
    for place, crs in enumerate(ways):
        path = tmp_path / f"{place}.tif"
        write_raster(path, noise("uint8"), crs=crs, transform=at(0, 90 * place))
    with open_raster(mosaic([tmp_path], tmp_path / "all.vrt")) as raster:
        assert raster.shape == (90, 180)


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == (f"{tmp_path / 'none'} does not exist",)


@pytest.mark.parametrize("window", [None, Window(40, 40, 20, 20)])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_tile_that_is_damaged_or_gone_is_an_error(
    tmp_path: Path, write_raster: WriteRaster, window: Window | None, damage: str
) -> None:
    tiles = cut(tmp_path, write_raster, noise("uint8"), 30, compress="deflate")
    vrt = mosaic(tiles, tmp_path / "all.vrt")
    if damage == "cut":
        tiles[4].write_bytes(tiles[4].read_bytes()[:2500])
    else:
        tiles[4].unlink()
    with pytest.raises(InputError, match="is damaged"), open_raster(vrt) as raster:
        raster.read(window)


def test_a_mosaic_of_mosaics_is_the_same_until_a_tile_is_written_again(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    tiles = cut(tmp_path, write_raster, noise("uint8"), 50)
    inner = mosaic([tmp_path], tmp_path / "inner.vrt")
    outer = mosaic([inner], tmp_path / "outer.vrt")

    def identity() -> str:
        with open_raster(outer) as raster:
            assert {str(tile) for tile in tiles} < set(raster.files)
            return raster.identity()

    first = identity()
    assert identity() == first
    write_raster(tiles[2], noise("uint8")[:, :40, :50], crs=UTM, transform=at(50, 0))
    assert identity() != first
