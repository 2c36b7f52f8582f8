from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from shapely.geometry import box, shape

from riverscape.imagery.quiet import quiet
from riverscape.maps.footprint import Footprint, footprint

WriteRaster = Callable[..., Path]

UTM19 = Affine(0.5, 0, 350_000, 0, -0.5, 5_343_000)


@pytest.fixture
def place(tmp_path: Path, write_raster: WriteRaster) -> Callable[..., Footprint | None]:
    """Return the footprint of a raster of 40 x 60 px with this georeference."""

    def _place(**profile: Any) -> Footprint | None:
        path = write_raster(tmp_path / "map.tif", np.ones((40, 60), np.uint8), **profile)
        with quiet(), rasterio.open(path) as file:
            return footprint(file)

    return _place


def outline(found: Footprint | None) -> Any:
    assert found is not None
    return shape(found.geometry)


@pytest.mark.parametrize(
    "transform",
    [
        UTM19,
        Affine(0.5, 0, 350_000, 0, 0.5, 5_342_980),  # south-up
        Affine.translation(350_000, 5_343_000) * Affine.rotation(30) * Affine.scale(0.5, -0.5),
    ],
)
def test_corners_are_where_pyproj_puts_them(
    place: Callable[..., Footprint | None], transform: Affine
) -> None:
    found = outline(place(crs="EPSG:32619", transform=transform))
    to_degrees = Transformer.from_crs(32619, 4326, always_xy=True)
    corners = [to_degrees.transform(*(transform * at)) for at in ((0, 0), (60, 0), (60, 40))]
    on_it = [min(abs(x - a) + abs(y - b) for a, b in found.exterior.coords) for x, y in corners]
    assert max(on_it) < 2e-8
    assert found.exterior.is_ccw
    assert found.is_valid


def test_the_outline_bends_as_edges_of_large_maps_do(
    place: Callable[..., Footprint | None],
) -> None:
    wide = Affine(10_000, 0, 200_000, 0, -10_000, 7_500_000)
    found = outline(place(crs="EPSG:32619", transform=wide))
    middle = Transformer.from_crs(32619, 4326, always_xy=True).transform(500_000, 7_500_000)
    # The middle of the upper edge lies north of the chord between the corners.
    chord = max(y for x, y in found.exterior.coords if x == found.bounds[0] or x == found.bounds[2])
    assert max(y for _, y in found.exterior.coords) == pytest.approx(middle[1], abs=1e-3)
    assert middle[1] - chord > 0.1


def test_across_the_antimeridian_it_is_cut_and_west_is_larger_than_east(
    place: Callable[..., Footprint | None],
) -> None:
    across = Affine(100, 0, 815_000, 0, -100, 8_000_000)  # Fiji
    found = place(crs="EPSG:32760", transform=across)
    assert found is not None
    west, _, east, _ = found.bbox
    assert (found.geometry["type"], west > 179, east < -179) == ("MultiPolygon", True, True)
    assert all(part.exterior.is_ccw for part in shape(found.geometry).geoms)


def test_ground_control_points_place_a_map(
    place: Callable[..., Footprint | None],
) -> None:
    points = [
        GroundControlPoint(row, col, *(UTM19 * (col, row)))
        for row, col in ((0, 0), (0, 60), (40, 60), (40, 0))
    ]
    by_points = place(gcps=points, crs=CRS.from_epsg(32619))
    by_transform = place(crs="EPSG:32619", transform=UTM19)
    assert by_points is not None
    assert by_transform is not None
    assert by_points.bbox == pytest.approx(by_transform.bbox, abs=1e-7)


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"transform": UTM19},  # a world file alone: metres of nobody knows what
        {"transform": UTM19, "crs": CRS.from_wkt('LOCAL_CS["site",UNIT["metre",1]]')},
    ],
)
def test_without_a_place_on_earth_there_is_none(
    place: Callable[..., Footprint | None], profile: dict[str, Any]
) -> None:
    assert place(**profile) is None


def test_the_box_is_that_of_the_outline(place: Callable[..., Footprint | None]) -> None:
    found = place(crs="EPSG:32619", transform=UTM19)
    assert found is not None
    assert box(*found.bbox).bounds == pytest.approx(shape(found.geometry).bounds)
