"""Maps to move about in: where they lie, and what a notebook is given."""

import base64
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.warp import transform

pytest.importorskip("ipyleaflet", reason="interactive maps need the extra `notebook`")

import ipyleaflet

from riverscape.errors import InputError, MissingExtraError
from riverscape.imagery import open_raster
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.maps import ClassMap
from riverscape.maps.exploring import explore, map_overlay, photograph_overlay
from tests.multiband import write_image

UTM_19N, LAEA = CRS.from_epsg(32619), CRS.from_epsg(3035)
PLACE = Affine(0.5, 0, 430_000, 0, -0.5, 5_340_000)
WATER, VEGETATION = (PUBLISHED_CLASSES.classes[index].rgb for index in (0, 2))


def corner_map(transform: Affine = PLACE, crs: Any = UTM_19N) -> ClassMap:
    """Return vegetation without data on the left and one square of water, rows 40..60."""
    codes = np.full((200, 300), 3, np.uint8)
    codes[:, :30] = 0
    codes[40:60, 200:220] = 1
    return ClassMap(codes, PUBLISHED_CLASSES, transform, crs)


def picture_of(layer: Any) -> np.ndarray:
    content = base64.b64decode(layer.url.split(",", 1)[1])
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return np.asarray(picture)[..., [2, 1, 0, 3]]


def overlays_of(shown: Any) -> list[Any]:
    return [layer for layer in shown.layers if isinstance(layer, ipyleaflet.ImageOverlay)]


@pytest.mark.parametrize(
    ("transform_", "crs"),
    [
        (PLACE, UTM_19N),
        (Affine(1e-5, 0, -70, 0, -1e-5, 48.5), CRS.from_epsg(4326)),
        (Affine(10, 0, 4_100_000, 0, -10, 3_100_000), LAEA),
        (PLACE * Affine.rotation(20), UTM_19N),
    ],
)
def test_a_class_lies_on_the_web_map_where_it_lies_on_earth(transform_: Affine, crs: Any) -> None:
    (layer,) = overlays_of(corner_map(transform_, crs).explore())
    (south, west), (north, east) = layer.bounds
    picture = picture_of(layer)
    # Where GDAL puts the middle of the square of water, and of the ground without data.
    for (row, col), expected in (((50, 210), (*WATER, 255)), ((100, 15), (0, 0, 0, 0)),
                                 ((150, 250), (*VEGETATION, 255))):  # fmt: skip
        x, y = transform_ * (col, row)
        (lon,), (lat,) = transform(crs, CRS.from_epsg(4326), [x], [y])
        down = (mercator(north) - mercator(lat)) / (mercator(north) - mercator(south))
        across = (lon - west) / (east - west)
        place = int(down * picture.shape[0]), int(across * picture.shape[1])
        assert tuple(picture[place]) == expected


def mercator(latitude: float) -> float:
    return float(np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2)))


def test_a_map_with_a_place_lies_on_the_map_of_the_world_and_in_view() -> None:
    shown = corner_map().explore(opacity=0.4)
    ground, layer = shown.layers
    assert (ground.name, layer.name, layer.opacity) == ("OpenStreetMap", "class map", 0.4)
    (south, west), (north, east) = layer.bounds
    assert south < shown.center[0] < north
    assert west < shown.center[1] < east
    width_px = (east - west) / 360 * 256 * 2**shown.zoom
    assert 200 < width_px <= 800


@pytest.mark.parametrize(("transform_", "crs"), [(Affine.identity(), None), (PLACE, None),
                                                 (Affine.identity(), UTM_19N)])  # fmt: skip
def test_a_map_without_a_place_is_shown_in_pixels(transform_: Affine, crs: Any) -> None:
    shown = corner_map(transform_, crs).explore()
    (layer,) = shown.layers
    assert shown.crs["name"] == "Simple"
    assert layer.bounds == [(-200, 0), (0, 300)] or layer.bounds == ((-200, 0), (0, 300))
    picture = picture_of(layer)
    assert picture.shape == (200, 300, 4)
    assert tuple(picture[50, 210, :3]) == WATER
    assert not picture[:, :30, 3].any()


def test_legend_slider_and_switch_come_along() -> None:
    scheme = ClassScheme((LandCover(1, "<script>alert(1)</script>", "#0000ff"),))
    shown = ClassMap(np.ones((9, 9), np.uint8), scheme).explore()
    widgets = [control.widget for control in shown.controls if hasattr(control, "widget")]
    (legend,) = [widget for widget in widgets if type(widget).__name__ == "HTML"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 100.0 %" in legend.value
    assert "<script>" not in legend.value
    assert any(isinstance(control, ipyleaflet.LayersControl) for control in shown.controls)
    (slider,) = [widget for widget in widgets if type(widget).__name__ == "FloatSlider"]
    assert slider.value == 0.7


def test_the_image_lies_beneath_and_stays_opaque(tmp_path: Path) -> None:
    pixels = np.zeros((3, 200, 300), np.uint16)
    pixels[0, :, 150:] = 4000
    path = write_image(tmp_path / "a.tif", pixels, crs=UTM_19N, transform=PLACE)
    with open_raster(path) as raster:
        overlays = [photograph_overlay(raster), map_overlay("CSC map", corner_map())]
    layers = overlays_of(explore(overlays, "", opacity=0.5))
    assert [(layer.name, layer.opacity) for layer in layers] == [("image", 1.0), ("CSC map", 0.5)]
    assert layers[0].bounds == layers[1].bounds
    picture = picture_of(layers[0])
    middle = picture.shape[0] // 2
    assert tuple(picture[middle, 20]) == (0, 0, 0, 255)
    assert tuple(picture[middle, -20]) == (255, 0, 0, 255)


def test_large_maps_are_reduced() -> None:
    codes = np.ones((50, 5000), np.uint8)
    (layer,) = overlays_of(ClassMap(codes, PUBLISHED_CLASSES).explore())
    assert picture_of(layer).shape[1] <= 1600
    assert layer.bounds[1][1] == 5000


def test_a_large_map_lies_where_its_small_twin_lies() -> None:
    small = corner_map()
    codes = small.codes.repeat(10, axis=0).repeat(10, axis=1)
    large = ClassMap(codes, PUBLISHED_CLASSES, PLACE * Affine.scale(0.1), UTM_19N)
    (one,), (other,) = overlays_of(small.explore()), overlays_of(large.explore())
    assert np.allclose(one.bounds, other.bounds)
    few, many = picture_of(one), picture_of(other)
    assert many.shape[0] > 4 * few.shape[0]
    step = many.shape[0] / few.shape[0]
    rows, cols = (((np.arange(length) + 0.5) * step).astype(int) for length in few.shape[:2])
    assert np.mean((many[np.ix_(rows, cols)] == few).all(axis=2)) > 0.99


def test_where_no_web_map_reaches_is_said() -> None:
    polar = corner_map(Affine(1, 0, -100, 0, -1, 100), CRS.from_epsg(3031))
    with pytest.raises(InputError, match="class map cannot be shown on a web map"):
        polar.explore()


def test_without_ipyleaflet_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipyleaflet", None)
    with pytest.raises(MissingExtraError, match=r'pip install "riverscape\[notebook\]"'):
        corner_map().explore()
