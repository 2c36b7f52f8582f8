"""Polygons of a map as a GIS reads them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.errors import InputError, MissingExtraError, OutputError
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import ClassMap
from riverscape.maps.vectors import vectorize

pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
shapely = pytest.importorskip("shapely", reason="polygons need the extra `vector`")
pyproj = pytest.importorskip("pyproj", reason="polygons need the extra `vector`")

UTM = CRS.from_epsg(32619)
HALF_METRE = Affine(0.5, 0, 3e5, 0, -0.5, 5.3e6)


@pytest.fixture
def codes() -> NDArray[np.uint8]:
    coarse = np.random.default_rng(2).integers(0, 6, (12, 17)).astype(np.uint8)
    return coarse.repeat(3, axis=0).repeat(4, axis=1)


def saved(folder: Path, codes: NDArray[np.uint8], *place: Any) -> Path:
    return ClassMap(codes, PUBLISHED_CLASSES, *place).save(folder / "map.tif")


def read(path: Path) -> tuple[dict[str, Any], NDArray[np.object_], dict[str, NDArray[Any]]]:
    """Return what a file says of itself, its polygons and its fields."""
    meta, _, geometry, values = pyogrio.raw.read(path)
    return meta, shapely.from_wkb(geometry), dict(zip(meta["fields"], values, strict=True))


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson"])
def test_polygons_have_class_colour_area_and_place(
    tmp_path: Path, codes: NDArray[np.uint8], suffix: str
) -> None:
    out = tmp_path / f"polygons{suffix}"
    covers = vectorize(saved(tmp_path, codes, HALF_METRE, UTM), out, PUBLISHED_CLASSES)
    meta, shapes, fields = read(out)
    assert list(fields) == ["code", "class", "colour", "area_m2"]
    assert sum(cover.polygons for cover in covers.values()) == len(shapes)
    assert all(shapely.is_valid(shapes))
    for cover in PUBLISHED_CLASSES:
        mine = fields["code"] == cover.code
        expected = (codes == cover.code).sum() * 0.25
        assert fields["area_m2"][mine].sum() == pytest.approx(expected)
        assert covers[cover.name].area == pytest.approx(expected)
        assert set(fields["class"][mine]) == {cover.name}
        assert set(fields["colour"][mine]) == {cover.colour}
    if suffix == ".geojson":  # RFC 7946: degrees, wherever the map was
        assert pyproj.CRS(meta["crs"]) == pyproj.CRS("EPSG:4326")
        to_utm = pyproj.Transformer.from_crs(4326, 32619, always_xy=True).transform
        shapes = shapely.transform(shapes, to_utm, interleaved=False)
    else:
        assert pyproj.CRS(meta["crs"]) == pyproj.CRS.from_epsg(32619)
    assert shapely.total_bounds(shapes) == pytest.approx(
        (3e5, 5.3e6 - 18, 3e5 + 34, 5.3e6), abs=1e-3
    )
    assert shapely.area(shapes) == pytest.approx(fields["area_m2"], rel=1e-4)
    assert list(tmp_path.glob(".*")) == []


def test_areas_in_degrees_are_those_on_the_ellipsoid(
    tmp_path: Path, codes: NDArray[np.uint8]
) -> None:
    place = Affine(1e-4, 0, -70.5, 0, -1e-4, 48.5), CRS.from_epsg(4326)
    out = tmp_path / "polygons.gpkg"
    vectorize(saved(tmp_path, codes, *place), out, PUBLISHED_CLASSES)
    _, shapes, fields = read(out)
    geod = pyproj.Geod(ellps="WGS84")
    areas = [abs(geod.geometry_area_perimeter(shape)[0]) for shape in shapes]
    assert fields["area_m2"] == pytest.approx(areas, rel=1e-5)


def test_without_georeference_polygons_lie_where_qgis_shows_the_map(
    tmp_path: Path, codes: NDArray[np.uint8]
) -> None:
    out = tmp_path / "polygons.gpkg"
    vectorize(saved(tmp_path, codes), out, PUBLISHED_CLASSES)
    meta, shapes, fields = read(out)
    assert not meta["crs"] or "undefined" in meta["crs"].lower()
    assert tuple(shapely.total_bounds(shapes)) == (0, -36, 68, 0)
    assert fields["area_px"].sum() == (codes > 0).sum()


def test_rows_that_go_up_turn_no_polygon_inside_out(
    tmp_path: Path, codes: NDArray[np.uint8]
) -> None:
    for place in (HALF_METRE, Affine(0.5, 0, 3e5, 0, 0.5, 5.3e6), Affine.rotation(30)):
        out = tmp_path / "polygons.gpkg"
        vectorize(saved(tmp_path, codes, place, UTM), out, PUBLISHED_CLASSES)
        _, shapes, fields = read(out)
        assert shapely.is_ccw(shapely.get_exterior_ring(shapes)).all()
        assert (fields["area_m2"] > 0).all()


def test_least_area_and_simplification_are_in_metres(tmp_path: Path) -> None:
    rows, cols = np.indices((80, 80))
    codes = np.where(rows > cols, 2, 1).astype(np.uint8)
    codes[10:14, 60:65] = 3  # 20 px, 5 m²
    path, out = saved(tmp_path, codes, HALF_METRE, UTM), tmp_path / "polygons.gpkg"

    def points(least_area: float = 0.0, simplify: float = 0.0) -> tuple[int, int]:
        vectorize(path, out, PUBLISHED_CLASSES, least_area, simplify)
        shapes = read(out)[1]
        return len(shapes), int(shapely.get_num_coordinates(shapes).sum())

    assert points(least_area=5)[0] == 3
    assert points(least_area=5.1)[0] == 2
    stairs = points()[1]
    assert points(simplify=0.3)[1] == stairs  # each step of the stairs is a triangle of 0.125 m²
    assert points(simplify=0.5)[1] < stairs / 4


def test_a_map_of_no_data_gives_a_layer_without_polygons(tmp_path: Path) -> None:
    path = saved(tmp_path, np.zeros((9, 9), np.uint8), HALF_METRE, UTM)
    for suffix in (".gpkg", ".fgb", ".geojson"):
        out = tmp_path / f"none{suffix}"
        covers = vectorize(path, out, PUBLISHED_CLASSES)
        assert sum(cover.polygons for cover in covers.values()) == 0
        assert len(read(out)[1]) == 0


def test_what_stands_stays_where_writing_fails(tmp_path: Path, codes: NDArray[np.uint8]) -> None:
    path, out = saved(tmp_path, codes, HALF_METRE, UTM), tmp_path / "polygons.gpkg"
    out.write_text("before")
    two = type(PUBLISHED_CLASSES)(PUBLISHED_CLASSES.classes[:2])
    with pytest.raises(InputError, match="codes outside the classes"):
        vectorize(path, out, two)
    assert out.read_text() == "before"
    assert list(tmp_path.glob(".*")) == []
    with pytest.raises(OutputError, match=r"polygons\.shp: .* \.gpkg, \.fgb, \.geojson"):
        vectorize(path, tmp_path / "polygons.shp", PUBLISHED_CLASSES)


def test_what_is_missing_is_named(
    tmp_path: Path, codes: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(MissingExtraError, match=r"riverscape\[vector\]"):
        vectorize(saved(tmp_path, codes), tmp_path / "polygons.gpkg", PUBLISHED_CLASSES)


LARGE = """
import sys
from pathlib import Path
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps.vectors import vectorize
covers = vectorize(Path(sys.argv[1]), Path(sys.argv[2]), PUBLISHED_CLASSES)
# Not ru_maxrss: a process begins with that of the one that started it.
said = Path("/proc/self/status").read_text()
print(next(line for line in said.splitlines() if line.startswith("VmHWM")).split()[1])
for cover in covers.values():
    print(cover.area)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory as Linux tells it")
def test_a_map_of_10_000_px_takes_less_than_1_gb(tmp_path: Path) -> None:
    import cv2

    side_px = 10_000
    rng = np.random.default_rng(4)
    field = sum(
        cv2.resize(
            cv2.GaussianBlur(rng.normal(size=(side_px // step,) * 2).astype(np.float32), (0, 0), 3),
            (side_px, side_px),
            interpolation=cv2.INTER_LINEAR,
        )
        for step in (4, 40)
    )
    codes = (np.digitize(field, [-0.13, -0.03, 0.04, 0.14]) + 1).astype(np.uint8)
    del field
    specks = rng.integers(0, side_px, (2, 100_000))
    codes[specks[0], specks[1]] = 0
    path = saved(tmp_path, codes, HALF_METRE, UTM)
    words = [sys.executable, "-c", LARGE, str(path), str(tmp_path / "large.gpkg")]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    peak_kb, areas = int(said[0]), [float(word) for word in said[1:]]
    expected = np.bincount(codes.ravel(), minlength=6)[1:] * 0.25
    assert areas == pytest.approx(expected.tolist(), rel=1e-3)
    assert peak_kb < 1_000_000
    written = pyogrio.raw.read(tmp_path / "large.gpkg", read_geometry=False, columns=["area_m2"])
    assert written[3][0].sum() == pytest.approx(expected.sum(), rel=1e-3)
    assert len(written[3][0]) > 30_000
