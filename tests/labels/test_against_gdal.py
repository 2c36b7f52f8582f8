"""Polygons burnt by us and by GDAL's own programs: the same pixels."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

pytest.importorskip("pyogrio", reason="reading polygons needs the extra `vector`")

import shapely

from riverscape.imagery import Window, windows
from riverscape.labels import PUBLISHED_CLASSES, PolygonFile, PolygonLabels, read_labels

from .polygon_files import blobs, write_polygons

WriteRaster = Callable[..., Path]

pytestmark = pytest.mark.skipif(
    not (shutil.which("gdal_rasterize") and shutil.which("ogr2ogr")),
    reason="compares with GDAL's own programs: gdal_rasterize and ogr2ogr, package gdal-bin",
)

SHAPE = (700, 900)
NORTH_UP = Affine(0.1, 0, 300_000, 0, -0.1, 5_300_000)
PLACES = {
    "UTM": ("EPSG:32619", NORTH_UP),
    "south-up": ("EPSG:32619", Affine(0.1, 0, 300_000, 0, 0.1, 5_300_000)),
    "rotated": ("EPSG:32619", Affine(0.08, 0.03, 300_000, 0.02, -0.09, 5_300_000)),
    "geographic": ("EPSG:4326", Affine(2e-6, 0, -71.5, 0, -1.5e-6, 47.8)),
    "feet": ("EPSG:2261", Affine(0.5, 0, 600_000, 0, -0.5, 900_000)),
}


def by_gdal(polygons: Path, image: Path, crs: str, folder: Path) -> NDArray[np.uint8]:
    """Return what ogr2ogr and gdal_rasterize, one after the other, make of polygons."""
    moved, out = folder / "moved.gpkg", folder / "by_gdal.tif"
    call = ["ogr2ogr", "-t_srs", crs, str(moved), str(polygons)]
    subprocess.run(call, check=True, capture_output=True)
    with rasterio.open(image) as raster:
        profile = {**raster.profile, "count": 1, "photometric": "minisblack"}
        with rasterio.open(out, "w", **profile) as file:
            file.write(np.zeros((1, *raster.shape), np.uint8))
    subprocess.run(["gdal_rasterize", "-a", "class", "-q", str(moved), str(out)], check=True)
    with rasterio.open(out) as file:
        codes: NDArray[np.uint8] = file.read(1)
    return codes


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
@pytest.mark.parametrize("place", PLACES)
def test_polygons_in_another_crs_are_burnt_as_by_gdal(
    tmp_path: Path, write_raster: WriteRaster, place: str, suffix: str
) -> None:
    crs, transform = PLACES[place]
    image = write_raster(
        tmp_path / "Alder_0001.tif", np.ones((1, *SHAPE), np.uint8), crs=crs, transform=transform
    )
    with rasterio.open(image) as raster:
        extent = transform_bounds(CRS.from_string(crs), CRS.from_epsg(4326), *raster.bounds)
    shapes = blobs(60, extent, (extent[2] - extent[0]) / 8, seed=4)
    values = np.arange(len(shapes), dtype=np.int32) % 5 + 1
    polygons = write_polygons(tmp_path / f"banks{suffix}", shapes, values, crs="EPSG:4326")
    labels = PolygonLabels(PolygonFile(polygons), image)
    ours = read_labels(labels, PUBLISHED_CLASSES)
    expected = by_gdal(polygons, image, crs, tmp_path)
    assert len(np.unique(expected)) == 6
    assert np.array_equal(ours, expected)
    # And by windows, which is how large images are read.
    for window in windows(SHAPE, 128, 333):
        part = read_labels(labels, PUBLISHED_CLASSES, SHAPE, window)
        assert np.array_equal(part, expected[window.rows, window.cols])


def test_outlines_through_the_centres_of_pixels_are_burnt_as_by_gdal(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    """Where it hangs on the last bit whether a pixel's centre lies within."""
    image = write_raster(
        tmp_path / "Alder_0001.tif",
        np.ones((1, *SHAPE), np.uint8),
        crs="EPSG:32619",
        transform=NORTH_UP,
    )
    rng = np.random.default_rng(2)
    corners = rng.integers(0, 600, (80, 2)) + 0.5
    shapes = [
        shapely.box(*(NORTH_UP * (x, y + size)), *(NORTH_UP * (x + size, y)))
        for (x, y), size in zip(corners, rng.integers(3, 90, 80), strict=True)
    ]
    values = np.arange(80, dtype=np.int32) % 5 + 1
    polygons = write_polygons(tmp_path / "squares.gpkg", shapes, values, crs="EPSG:32619")
    labels = PolygonLabels(PolygonFile(polygons), image)
    expected = by_gdal(polygons, image, "EPSG:32619", tmp_path)
    assert np.array_equal(read_labels(labels, PUBLISHED_CLASSES), expected)
    strip = Window(301, 0, 57, SHAPE[1])
    part = read_labels(labels, PUBLISHED_CLASSES, SHAPE, strip)
    assert np.array_equal(part, expected[strip.rows])
