"""Laws of outlines: what patches are, whatever the squares that a map is looked at by."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.features import rasterize, shapes

from riverscape.maps.outlining import Outlining, outlined
from riverscape.maps.polygons import polygons, ring_areas

shapely = pytest.importorskip("shapely", reason="polygons need the extra `vector`")

Codes = NDArray[np.uint8]
Found = list[tuple[int, Any]]

SIDES = st.integers(2, 30)


@st.composite
def maps(draw: st.DrawFn) -> Codes:
    """Return maps from coarse to noisy; code 0 is no data."""
    shape = draw(st.tuples(st.integers(1, 10), st.integers(1, 10)))
    classes, grain = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    least = draw(st.integers(0, 1))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    coarse = rng.integers(least, classes + 1, shape).repeat(grain, axis=0).repeat(grain, axis=1)
    top, left = draw(st.integers(0, grain - 1)), draw(st.integers(0, grain - 1))
    return coarse[top:, left:].astype(np.uint8)


def found(codes: Codes, settings: Outlining) -> Found:
    """Return class and polygon of each patch."""
    several: Found = []
    for done in outlined(lambda window: codes[window.rows, window.cols], codes.shape, settings):
        shapes_of, patches = polygons(done.rings, Affine.identity())
        code_of = dict(zip(done.rings.pieces.tolist(), done.codes.tolist(), strict=True))
        several += [
            (code_of[patch], shape)
            for patch, shape in zip(patches.tolist(), shapes_of.tolist(), strict=True)
        ]
    return several


def normal(several: Found) -> list[tuple[int, str]]:
    return sorted((code, shapely.normalize(shape).wkt) for code, shape in several)


def drawn(several: Found, codes: Codes) -> Codes:
    """Return the polygons as pixels again."""
    if not several:
        return np.zeros_like(codes)
    return np.asarray(rasterize([(s, c) for c, s in several], codes.shape, dtype=np.uint8))


def patches_of(codes: Codes) -> list[tuple[float, tuple[float, ...], int]]:
    """Return area, bounds and class of each patch as GDAL finds them."""
    gdal = [
        (shapely.geometry.shape(shape), int(code))
        for shape, code in shapes(codes, mask=codes > 0, connectivity=4)
    ]
    return sorted((shape.area, shape.bounds, code) for shape, code in gdal)


@given(maps(), SIDES)
def test_patches_are_those_of_gdal(codes: Codes, side_px: int) -> None:
    several = found(codes, Outlining(side_px=side_px))
    assert sorted((shape.area, shape.bounds, code) for code, shape in several) == patches_of(codes)
    assert np.array_equal(drawn(several, codes), codes)


@given(maps(), SIDES)
def test_polygons_are_valid_and_share_all_points_of_their_borders(
    codes: Codes, side_px: int
) -> None:
    all_shapes = [shape for _, shape in found(codes, Outlining(side_px=side_px))]
    assert all(shapely.is_valid(all_shapes))
    assert shapely.coverage_is_valid(all_shapes)


@given(maps(), SIDES, st.sampled_from([0, 2, 5, 40]))
def test_squares_change_no_polygon(codes: Codes, side_px: int, least_px: int) -> None:
    whole = normal(found(codes, Outlining(least_px)))
    assert normal(found(codes, Outlining(least_px, side_px=side_px))) == whole


@given(maps(), SIDES, st.integers(2, 60))
def test_none_is_left_that_is_too_small_and_has_a_neighbour(
    codes: Codes, side_px: int, least_px: int
) -> None:
    several = found(codes, Outlining(least_px, side_px=side_px))
    cleaned = drawn(several, codes)
    assert np.array_equal(cleaned == 0, codes == 0)  # no data is neither filled nor grown
    data = [shape for shape, _ in ((s, c) for c, s in several)]
    for shape in data:
        beside = sum(shape.intersection(other).length > 0 for other in data) - 1
        assert shape.area >= least_px or not beside
    for area, bounds, code in patches_of(codes):
        if area >= least_px:  # large enough: it keeps its pixels
            left, top, right, bottom = map(int, bounds)
            own = codes[top:bottom, left:right] == code
            assert (cleaned[top:bottom, left:right] == code).sum() >= area
            assert own.sum() >= area


def test_a_small_patch_takes_the_class_of_its_largest_neighbour() -> None:
    codes = np.array([[1] * 10 + [3] * 4 + [2] * 20 + [3] * 2 + [2] * 5], np.uint8)
    ((_, left), (_, right)) = sorted(found(codes, Outlining(5, side_px=3)), key=lambda one: one[0])
    assert (left.bounds, right.bounds) == ((0, 0, 10, 1), (10, 0, 41, 1))


def test_of_neighbours_of_one_size_the_first_takes_a_small_patch() -> None:
    codes = np.array([[2, 2, 3, 1, 1]], np.uint8)
    for side_px in (1, 2, 5):
        several = found(codes, Outlining(2, side_px=side_px))
        assert sorted((code, shape.area) for code, shape in several) == [(1, 2), (2, 3)]


@given(maps(), SIDES, st.sampled_from([1.1, 2.0, 6.0]))
def test_simplified_polygons_leave_no_gap_and_no_overlap(
    codes: Codes, side_px: int, tolerance_px: float
) -> None:
    several = found(codes, Outlining(0, tolerance_px, side_px))
    all_shapes = [shape for _, shape in several]
    assert all(shapely.is_valid(all_shapes))
    assert shapely.coverage_is_valid(all_shapes)
    assert len(several) == len(patches_of(codes))
    if codes.all():  # the whole map is covered
        height_px, width_px = codes.shape
        box = shapely.box(0, 0, width_px, height_px)
        assert sum(shape.area for shape in all_shapes) == pytest.approx(box.area)
        assert shapely.union_all(all_shapes).symmetric_difference(box).area < 1e-9


def test_simplified_outlines_have_fewer_points_and_stay_near() -> None:
    rows, cols = np.indices((120, 120))
    codes = np.where((rows - 60) ** 2 + (cols - 60) ** 2 < 45**2, 2, 1).astype(np.uint8)
    for side_px in (50, 2048):
        (exact,) = (shape for code, shape in found(codes, Outlining(side_px=side_px)) if code == 2)
        (fewer,) = (shape for code, shape in found(codes, Outlining(0, 2.0, side_px)) if code == 2)
        assert shapely.get_num_coordinates(fewer) < 0.4 * shapely.get_num_coordinates(exact)
        assert fewer.hausdorff_distance(exact) < 3
        assert fewer.area == pytest.approx(exact.area, rel=0.02)


@given(maps(), SIDES)
def test_areas_add_up_to_those_of_the_rows(codes: Codes, side_px: int) -> None:
    row_areas = np.linspace(0.5, 2.0, len(codes))
    expected = [float(row_areas @ (codes == code).sum(axis=1)) for code in range(1, 5)]
    sums = np.zeros(5)
    settings = Outlining(side_px=side_px)
    for done in outlined(lambda window: codes[window.rows, window.cols], codes.shape, settings):
        sums += np.bincount(done.codes, ring_areas(done.rings, row_areas), minlength=5)
    assert sums[1:] == pytest.approx(expected)


def test_a_map_without_data_has_no_polygon() -> None:
    assert found(np.zeros((5, 4), np.uint8), Outlining(3, 1.0, 2)) == []
