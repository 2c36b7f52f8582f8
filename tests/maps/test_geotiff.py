"""GeoTIFFs that are optimised for the cloud, and lie where the image lies."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import integers
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.rpc import RPC
from rio_cogeo import cog_validate

from riverscape.imagery import open_raster, windows
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import GeoTiff, class_geotiff, percent_geotiff
from riverscape.maps.overviews import halved_by_mean, halved_by_mode, overview_shapes

UTM, WORLD = CRS.from_epsg(32619), CRS.from_epsg(4326)
POINTS = [
    GroundControlPoint(row, col, -70 + col / 1e5, 48 - row / 1e5, 12.5)
    for row, col in ((0.5, 0.5), (0.5, 600), (520, 0.5), (520, 600))
]
SENSOR = RPC(
    height_off=1.0, height_scale=2.0, lat_off=48.0, lat_scale=0.1, long_off=-70.0, long_scale=0.1,
    line_off=5.0, line_scale=6.0, samp_off=9.0, samp_scale=10.0, line_den_coeff=[1.0] * 20,
    line_num_coeff=[2.0] * 20, samp_den_coeff=[1.0] * 20, samp_num_coeff=[3.0] * 20,
    err_bias=None, err_rand=None,
)  # fmt: skip


def patches(height_px: int, width_px: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return class codes in patches, no data among them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 6, (-(-height_px // 7), -(-width_px // 7))).astype(np.uint8)
    return codes.repeat(7, axis=0).repeat(7, axis=1)[:height_px, :width_px]


def written(
    kind: GeoTiff, bands: NDArray[np.uint8], path: Path, strip_px: int = 512
) -> tuple[bool, list[str], list[str]]:
    with kind.writer(path) as writer:
        for strip in windows(kind.shape, strip_px, kind.shape[1]):
            writer.write(strip, bands[:, strip.rows])
    valid, errors, warnings = cog_validate(path, strict=True, quiet=True)
    return valid, errors, warnings


@pytest.mark.parametrize("shape", [(1, 1), (512, 512), (513, 40), (700, 2100), (1100, 1030)])
@pytest.mark.parametrize("on_disk", [False, True])
def test_it_is_a_valid_cog_that_holds_what_was_written(
    tmp_path: Path, shape: tuple[int, int], on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if on_disk:
        monkeypatch.setattr("riverscape.maps.geotiff.MOST_IN_MEMORY_PX", 0)
    codes, path = patches(*shape), tmp_path / "map.tif"
    kind = class_geotiff(shape, PUBLISHED_CLASSES, Affine.scale(0.1, -0.1), UTM)
    assert written(kind, codes[None], path, strip_px=200) == (True, [], [])
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(1), codes)
        assert file.block_shapes == [(512, 512)]
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "2"
        assert len(file.overviews(1)) == len(overview_shapes(shape))
        seen = codes
        for level in range(len(file.overviews(1))):
            seen = halved_by_mode(seen)
            with rasterio.open(path, overview_level=level) as overview:
                assert np.array_equal(overview.read(1), seen)
    assert [path.name for path in tmp_path.iterdir()] == ["map.tif"]


def test_percentages_are_averaged_and_keep_their_bands(tmp_path: Path) -> None:
    bands = np.stack([patches(900, 600, seed) * 20 for seed in (1, 2, 3)])
    bands[:, :40] = 255
    kind = percent_geotiff((900, 600), ["a", "b", "c"], Affine.scale(2), UTM)
    assert written(kind, bands, tmp_path / "map.tif") == (True, [], [])
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.descriptions == ("a", "b", "c")
        assert np.array_equal(file.read(), bands)
    with rasterio.open(tmp_path / "map.tif", overview_level=0) as overview:
        assert np.array_equal(overview.read(), halved_by_mean(bands))


@given(
    codes=arrays(np.uint8, (6, 8), elements=integers(0, 3)),
    rows=integers(1, 6), cols=integers(1, 8),
)  # fmt: skip
def test_the_mode_is_the_commonest_code_that_there_is(
    codes: NDArray[np.uint8], rows: int, cols: int
) -> None:
    codes = codes[:rows, :cols]
    halved = halved_by_mode(codes)
    for row, col in np.ndindex(halved.shape):
        square = codes[2 * row : 2 * row + 2, 2 * col : 2 * col + 2]
        counts = np.bincount(square[square > 0], minlength=4)
        assert counts[halved[row, col]] == counts.max()
        assert (halved[row, col] == 0) == (not square.any())


@pytest.mark.parametrize("strip_px", [1, 3, 511, 512, 513, 5000])
def test_the_same_file_whatever_the_strips(tmp_path: Path, strip_px: int) -> None:
    codes = patches(1037, 611)
    kind = class_geotiff(codes.shape, PUBLISHED_CLASSES, Affine.identity(), None)
    usual, path = tmp_path / "usual.tif", tmp_path / "map.tif"
    written(kind, codes[None], usual)
    written(kind, codes[None], path, strip_px)
    assert path.read_bytes() == usual.read_bytes()


PLACES: dict[str, dict[str, Any]] = {
    "none": {},
    "UTM": {"transform": Affine(0.1, 0, 300_000, 0, -0.1, 5_300_000), "crs": UTM},
    "geographic": {"transform": Affine(1e-6, 0, -70, 0, -1e-6, 48.3), "crs": WORLD},
    "rotated": {"transform": Affine(0.08, 0.06, 300_000, 0.06, -0.08, 5_300_000), "crs": UTM},
    "south-up": {"transform": Affine(0.1, 0, 300_000, 0, 0.1, 5_300_000), "crs": UTM},
    "no CRS": {"transform": Affine(0.1, 0, 300_000, 0, -0.1, 5_300_000)},
    "points": {"gcps": (POINTS, WORLD)},
    "sensor": {"rpcs": SENSOR},
}


@pytest.mark.parametrize("pixel_is", ["Area", "Point"])
@pytest.mark.parametrize("place", PLACES)
def test_a_map_lies_where_its_image_lies(tmp_path: Path, place: str, pixel_is: str) -> None:
    image, path = tmp_path / "image.tif", tmp_path / "map.tif"
    said = PLACES[place]
    profile = {key: said[key] for key in ("transform", "crs") if key in said}
    with rasterio.open(
        image, "w", driver="GTiff", height=530, width=610, count=3, dtype="uint8", **profile
    ) as file:
        file.update_tags(AREA_OR_POINT=pixel_is)
        if "gcps" in said:
            file.gcps = said["gcps"]
        if "rpcs" in said:
            file.rpcs = said["rpcs"]
        file.write(np.full((3, 530, 610), 9, np.uint8))
    with open_raster(image) as raster:
        kind = class_geotiff(
            raster.shape, PUBLISHED_CLASSES, raster.transform, raster.crs, raster.control
        )
    valid, _, _ = written(kind, patches(530, 610)[None], path)
    assert valid
    with rasterio.open(image) as before, rasterio.open(path) as after:
        assert after.transform == before.transform
        assert after.crs == before.crs
        assert after.bounds == before.bounds
        assert [point.asdict() for point in after.gcps[0]] == [
            point.asdict() for point in before.gcps[0]
        ]
        assert after.gcps[1] == before.gcps[1]
        assert after.rpcs == before.rpcs
        if place in ("UTM", "geographic", "rotated", "south-up"):
            assert after.tags()["AREA_OR_POINT"] == pixel_is
