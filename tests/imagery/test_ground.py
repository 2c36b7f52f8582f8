import math

import pytest
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.imagery.ground import gsd_m

SHAPE = (1000, 2000)


def test_a_projected_raster_has_the_side_of_its_pixels() -> None:
    assert gsd_m(CRS.from_epsg(32619), Affine(0.05, 0, 3e5, 0, -0.05, 5e6), SHAPE) == 0.05


def test_feet_are_no_metres() -> None:
    # New York, Long Island: US survey feet of 1200 / 3937 m.
    found = gsd_m(CRS.from_epsg(2263), Affine(0.5, 0, 1e6, 0, -0.5, 2e5), SHAPE)
    assert found == pytest.approx(0.5 * 1200 / 3937)


def test_a_turned_raster_has_the_side_of_its_turned_pixels() -> None:
    turned = Affine.translation(3e5, 5e6) * Affine.rotation(30) * Affine.scale(0.2, -0.2)
    assert gsd_m(CRS.from_epsg(32619), turned, SHAPE) == pytest.approx(0.2)


def test_of_oblong_pixels_it_is_that_of_a_square_as_large() -> None:
    assert gsd_m(CRS.from_epsg(32619), Affine(0.4, 0, 0, 0, -0.1, 0), SHAPE) == pytest.approx(0.2)


@pytest.mark.parametrize(
    # Length of a degree of longitude and of latitude on WGS 84, in metres, at a latitude.
    ("latitude", "longitude_m", "latitude_m"),
    [(0.0, 111319.49, 110574.28), (45.0, 78846.81, 111131.78), (60.0, 55800.0, 111412.27)],
)
def test_a_geographic_raster_is_measured_on_the_ellipsoid(
    latitude: float, longitude_m: float, latitude_m: float
) -> None:
    step = 1e-5
    corner = Affine(step, 0, -70, 0, -step, latitude + step * SHAPE[0] / 2)
    expected = step * math.sqrt(longitude_m * latitude_m)
    assert gsd_m(CRS.from_epsg(4326), corner, SHAPE) == pytest.approx(expected, rel=1e-5)


def test_maps_on_the_web_stretch_with_latitude() -> None:
    y = 6378137 * math.log(math.tan(math.pi / 4 + math.radians(60) / 2))
    found = gsd_m(CRS.from_epsg(3857), Affine(1, 0, 0, 0, -1, y + SHAPE[0] / 2), SHAPE)
    assert found == pytest.approx(0.5, rel=0.005)


def test_without_a_place_on_earth_there_is_none() -> None:
    place = Affine(0.1, 0, 0, 0, -0.1, 0)
    assert gsd_m(None, place, SHAPE) is None
    assert gsd_m(CRS.from_epsg(32619), Affine.identity(), SHAPE) is None
