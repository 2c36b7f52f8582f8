"""Laws of what has become of what."""

import csv
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.warp import Resampling, reproject

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.maps import ClassMap, read_scheme
from riverscape.maps.alignment import same_crs
from riverscape.maps.change import MapWithClasses, write_change

Codes = NDArray[np.uint8]

UTM = CRS.from_epsg(32619)
HALF_METRE = Affine(0.5, 0, 3e5, 0, -0.5, 5.3e6)
FIVE = PUBLISHED_CLASSES


@pytest.fixture
def codes() -> Codes:
    coarse = np.random.default_rng(5).integers(0, 6, (50, 11)).astype(np.uint8)
    return coarse.repeat(12, axis=0).repeat(4, axis=1)  # more rows than a strip


def saved(path: Path, codes: Codes, *place: Any, scheme: ClassScheme = FIVE) -> MapWithClasses:
    return MapWithClasses(ClassMap(codes, scheme, *place).save(path), scheme)


def table(path: Path) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """Return the names of rows and columns and the values of a matrix."""
    with path.open(encoding="utf-8", newline="") as file:
        (_, *columns), *rows = list(csv.reader(file))
    values = np.array([[float(value) for value in row[1:]] for row in rows])
    return [row[0] for row in rows], columns, values


def counted(was: Codes, now: Codes) -> NDArray[np.int64]:
    """Return pixels by class before and after, slowly."""
    pairs = [[((was == a) & (now == b)).sum() for b in range(1, 6)] for a in range(1, 6)]
    return np.array(pairs)


def test_the_matrix_counts_pixels_and_square_metres(tmp_path: Path, codes: Codes) -> None:
    later = np.roll(codes, 5, axis=0)
    matrix = write_change(
        saved(tmp_path / "before.tif", codes, HALF_METRE, UTM),
        saved(tmp_path / "after.tif", later, HALF_METRE, UTM),
        tmp_path / "out",
    )
    expected = counted(codes, later)
    assert np.array_equal(matrix.pixels, expected)
    assert matrix.square_metres == pytest.approx(expected * 0.25)
    for name, values in (("pixels", expected), ("m2", expected * 0.25)):
        rows, columns, written = table(tmp_path / "out" / f"CHANGE_{name}.csv")
        assert rows == columns == list(FIVE.names)
        assert written == pytest.approx(values, abs=1e-3)


def test_the_raster_says_of_each_pixel_what_became_of_it(tmp_path: Path, codes: Codes) -> None:
    later = np.roll(codes, 5, axis=0)
    before = saved(tmp_path / "before.tif", codes, HALF_METRE, UTM)
    after = saved(tmp_path / "after.tif", later, HALF_METRE, UTM)
    matrix = write_change(before, after, tmp_path / "out")
    legend = read_scheme(tmp_path / "out" / "CHANGE.tif")
    assert legend == matrix.legend()
    assert len({cover.colour for cover in legend}) == len(legend) == (matrix.pixels > 0).sum()
    with rasterio.open(tmp_path / "out" / "CHANGE.tif") as file:
        values = file.read(1)
        assert (file.nodata, file.transform, file.crs) == (0, HALF_METRE, UTM)
    assert np.array_equal(values == 0, (codes == 0) | (later == 0))
    for cover in legend:
        here = values == cover.code
        name = cover.name.removesuffix(", unchanged").split(" to ")
        assert set(codes[here]) == {FIVE.codes[FIVE.names.index(name[0])]}
        assert set(later[here]) == {FIVE.codes[FIVE.names.index(name[-1])]}


def test_a_map_compared_with_itself_has_not_changed(tmp_path: Path, codes: Codes) -> None:
    same = saved(tmp_path / "map.tif", codes)
    matrix = write_change(same, same, tmp_path / "out")
    assert matrix.changed_share == 0
    assert np.count_nonzero(matrix.pixels - np.diag(np.diag(matrix.pixels))) == 0
    assert matrix.square_metres is None
    assert not (tmp_path / "out" / "CHANGE_m2.csv").exists()
    assert all(cover.name.endswith(", unchanged") for cover in matrix.legend())


def test_other_grids_are_aligned_by_nearest_neighbour_with_a_note(
    tmp_path: Path, codes: Codes, caplog: pytest.LogCaptureFixture
) -> None:
    place = HALF_METRE * Affine.translation(3, -7) * Affine.scale(1.7)
    later = codes[::-1].copy()
    expected = np.zeros_like(codes)
    reproject(
        later, expected, src_transform=place, dst_transform=HALF_METRE, src_crs=UTM, dst_crs=UTM,
        src_nodata=0, dst_nodata=0, resampling=Resampling.nearest,
    )  # fmt: skip
    before = saved(tmp_path / "before.tif", codes, HALF_METRE, UTM)
    after = saved(tmp_path / "after.tif", later, place, UTM)
    with caplog.at_level(logging.INFO):
        matrix = write_change(before, after, tmp_path / "out")
    (note,) = caplog.messages
    assert "after.tif has another grid than" in note
    assert "nearest" in note
    assert np.array_equal(matrix.pixels, counted(codes, expected))


def test_another_crs_is_reprojected(tmp_path: Path, codes: Codes) -> None:
    before = saved(tmp_path / "before.tif", codes, HALF_METRE, UTM)
    degrees = CRS.from_epsg(4326)
    transform, width, height = rasterio.warp.calculate_default_transform(
        UTM, degrees, 44, 600, left=3e5, bottom=5.3e6 - 300, right=3e5 + 22, top=5.3e6,
        dst_width=400, dst_height=4000,
    )  # fmt: skip
    later = np.zeros((height, width), np.uint8)
    reproject(
        codes, later, src_transform=HALF_METRE, dst_transform=transform, src_crs=UTM,
        dst_crs=degrees, src_nodata=0, dst_nodata=0, resampling=Resampling.nearest,
    )  # fmt: skip
    after = saved(tmp_path / "after.tif", later, transform, degrees)
    matrix = write_change(before, after, tmp_path / "out")
    assert matrix.changed_share < 0.03  # what lies at borders only
    assert matrix.pixels.sum() > 0.97 * (codes > 0).sum()


def test_coordinate_systems_are_compared_by_meaning() -> None:
    pytest.importorskip("pyproj", reason="what coordinate systems mean needs the extra `vector`")
    degrees, longitude_first = CRS.from_epsg(4326), CRS.from_user_input("OGC:CRS84")
    assert degrees != longitude_first  # rasterio does not know that only the order differs
    assert same_crs(degrees, longitude_first)
    assert same_crs(UTM, CRS.from_wkt(UTM.to_wkt(version="WKT1_ESRI")))
    assert not same_crs(UTM, CRS.from_epsg(32620))
    assert not same_crs(UTM, None)


def test_a_crs_written_otherwise_needs_no_aligning(
    tmp_path: Path, codes: Codes, caplog: pytest.LogCaptureFixture
) -> None:
    other = CRS.from_wkt(UTM.to_wkt(version="WKT1_GDAL").replace("WGS 84 / UTM zone 19N", "mine"))
    before = saved(tmp_path / "before.tif", codes, HALF_METRE, UTM)
    after = saved(tmp_path / "after.tif", codes, HALF_METRE, other)
    with caplog.at_level(logging.INFO):
        matrix = write_change(before, after, tmp_path / "out")
    assert matrix.changed_share == 0
    assert caplog.messages == []


def test_one_map_without_place_cannot_be_compared(tmp_path: Path, codes: Codes) -> None:
    placed = saved(tmp_path / "placed.tif", codes, HALF_METRE, UTM)
    without = saved(tmp_path / "without.tif", codes)
    for pair in ((placed, without), (without, placed)):
        with pytest.raises(InputError, match=r"without\.tif has no coordinate system and"):
            write_change(*pair, tmp_path / "out")
    smaller = saved(tmp_path / "smaller.tif", codes[1:])
    with pytest.raises(InputError, match=r"smaller\.tif has other rows and columns"):
        write_change(without, smaller, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_maps_that_do_not_meet_are_refused(tmp_path: Path, codes: Codes) -> None:
    here = saved(tmp_path / "here.tif", codes, HALF_METRE, UTM)
    there = saved(tmp_path / "there.tif", codes, Affine.translation(900, 0) * HALF_METRE, UTM)
    with pytest.raises(InputError, match="no pixel with data in common"):
        write_change(here, there, tmp_path / "out")


def test_classes_are_matched_by_name(tmp_path: Path, codes: Codes) -> None:
    turned = ClassScheme(
        tuple(LandCover(6 - cover.code, cover.name, cover.colour) for cover in FIVE)
    )
    recoded = np.where(codes > 0, 6 - codes, 0).astype(np.uint8)
    before = saved(tmp_path / "before.tif", codes)
    after = saved(tmp_path / "after.tif", recoded, scheme=turned)
    assert write_change(before, after, tmp_path / "out").changed_share == 0
    wider = ClassScheme((*FIVE.classes, LandCover(9, "ice", "#ffffff")))
    iced = np.where(codes == 1, 9, codes).astype(np.uint8)
    matrix = write_change(before, saved(tmp_path / "ice.tif", iced, scheme=wider), tmp_path / "out")
    assert matrix.pixels[0].tolist() == [0, 0, 0, 0, 0, (codes == 1).sum()]


def test_classes_that_cannot_be_matched_are_named(tmp_path: Path, codes: Codes) -> None:
    other = ClassScheme((LandCover(1, "river", "#0000ff"), *FIVE.classes[1:]))
    before = saved(tmp_path / "before.tif", codes)
    after = saved(tmp_path / "after.tif", codes, scheme=other)
    with pytest.raises(InputError, match="has not: water and river"):
        write_change(before, after, tmp_path / "out")


def test_strange_codes_are_refused_also_where_grids_differ(tmp_path: Path, codes: Codes) -> None:
    before = saved(tmp_path / "before.tif", codes, HALF_METRE, UTM)
    after = saved(tmp_path / "after.tif", codes, HALF_METRE * Affine.translation(1, 1), UTM)
    two = MapWithClasses(after.path, ClassScheme(FIVE.classes[:2]))
    with pytest.raises(InputError, match=r"after\.tif holds codes outside the classes: 3, 4, 5"):
        write_change(before, two, tmp_path / "out")
