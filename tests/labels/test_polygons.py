from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from rasterio import Affine

pytest.importorskip("pyogrio", reason="reading polygons needs the extra `vector`")

import shapely

from riverscape.errors import InputError
from riverscape.imagery import Window, windows
from riverscape.imagery.outlines import burnt
from riverscape.labels import PUBLISHED_CLASSES, PolygonFile, PolygonLabels

from .polygon_files import blobs, box, write_polygons

WriteRaster = Callable[..., Path]

UTM = Affine(1, 0, 500_000, 0, -1, 5_000_100)


@pytest.fixture
def photograph_file(tmp_path: Path, write_raster: WriteRaster) -> Path:
    """Return a photograph of 100 x 120 px without georeference."""
    return write_raster(tmp_path / "Alder_0001.png", np.zeros((3, 100, 120), np.uint8))


@pytest.fixture
def placed_image(tmp_path: Path, write_raster: WriteRaster) -> Path:
    """Return an image of 100 x 120 px with its place on Earth."""
    pixels = np.zeros((3, 100, 120), np.uint8)
    return write_raster(tmp_path / "Heron_0001.tif", pixels, crs="EPSG:32619", transform=UTM)


def codes(polygons: Path, image: Path, **how: Any) -> np.ndarray[Any, Any]:
    return PolygonLabels(PolygonFile(polygons, **how), image).read(PUBLISHED_CLASSES)


def refused(polygons: Path, image: Path, **how: Any) -> str:
    with pytest.raises(InputError) as caught:
        PolygonLabels(PolygonFile(polygons, **how), image).check(PUBLISHED_CLASSES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 3], np.int32),
        np.array([1.0, 3.0]),
        ["water", "green vegetation"],
        ["Water ", "GREEN VEGETATION"],
        ["1", "3.0"],
    ],
)
def test_classes_by_code_or_by_name(tmp_path: Path, photograph_file: Path, values: Any) -> None:
    shapes = [box(10, 20, 40, 50), box(60, 20, 90, 50)]
    found = codes(write_polygons(tmp_path / "a.gpkg", shapes, values), photograph_file)
    assert found.shape == (100, 120)
    expected = np.zeros((100, 120), np.uint8)
    expected[20:50, 10:40], expected[20:50, 60:90] = 1, 3
    assert np.array_equal(found, expected)


def test_what_is_no_class_is_listed_beside_the_known(tmp_path: Path, photograph_file: Path) -> None:
    shapes = [box(n, 0, n + 1, 9) for n in range(4)]
    values = ["water", "Watr", "7", "gravel"]
    said = refused(write_polygons(tmp_path / "a.gpkg", shapes, values), photograph_file)
    assert "'Watr', '7', 'gravel'" in said
    assert "known: 0 unlabelled, 1 water, 2 dry sediment" in said
    assert "the field 'class' of" in said


def test_a_field_that_is_not_there_is_said_with_those_that_are(
    tmp_path: Path, photograph_file: Path
) -> None:
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], ["water"], field="Class")
    said = refused(polygons, photograph_file)
    assert "no field 'class'" in said
    assert "is it 'Class'? choose one with --class-field: Class" in said


def test_of_several_layers_one_is_to_be_chosen(tmp_path: Path, photograph_file: Path) -> None:
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], ["water"], layer="old")
    write_polygons(polygons, [box(0, 0, 5, 5)], ["dry sediment"], layer="new", append=True)
    assert "2 layers; choose one with --layer: old, new" in refused(polygons, photograph_file)
    assert "its layers: old, new" in refused(polygons, photograph_file, layer="newer")
    assert np.unique(codes(polygons, photograph_file, layer="new")).tolist() == [0, 2]


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_the_last_of_overlapping_polygons_counts(
    tmp_path: Path, photograph_file: Path, suffix: str
) -> None:
    shapes = [box(10, 10, 50, 50), box(30, 30, 70, 70), box(90, 10, 99, 20)]
    # A spatial index would sort FlatGeobuf.
    how = {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" else {}
    polygons = write_polygons(tmp_path / f"a{suffix}", shapes, [1, 2, 2], **how)
    labels = PolygonLabels(PolygonFile(polygons), photograph_file)
    found = labels.read(PUBLISHED_CLASSES)
    assert (found[30:50, 30:50] == 2).all()
    window = Window.whole((100, 120))
    contested = labels.placed().contested(labels.codes(PUBLISHED_CLASSES), window)
    assert contested.sum() == 20 * 20
    assert contested[30:50, 30:50].all()


def test_code_0_takes_labels_away(tmp_path: Path, photograph_file: Path) -> None:
    shapes = [box(10, 10, 50, 50), box(20, 20, 30, 30)]
    polygons = write_polygons(tmp_path / "a.gpkg", shapes, ["water", "unlabelled"])
    found = codes(polygons, photograph_file)
    assert (found == 1).sum() == 40 * 40 - 100
    assert not found[20:30, 20:30].any()


def test_rows_may_count_down_from_0_as_in_qgis(tmp_path: Path, photograph_file: Path) -> None:
    # One drawn a little beyond the upper edge.
    drawn = [box(10, -20, 40, -50), box(60, 3, 90, -30)]
    below = write_polygons(tmp_path / "below.gpkg", drawn, [1, 2])
    mirrored = [shapely.transform(one, lambda points: points * (1, -1)) for one in drawn]
    down = write_polygons(tmp_path / "down.gpkg", mirrored, [1, 2])
    found = codes(below, photograph_file)
    assert np.array_equal(found, codes(down, photograph_file))
    assert (found[20:50, 10:40] == 1).all()
    assert (found[:30, 60:90] == 2).all()


def test_geojson_that_says_no_crs_is_in_pixels_of_a_photograph_and_else_in_degrees(
    tmp_path: Path, photograph_file: Path, placed_image: Path
) -> None:
    pixels = write_polygons(tmp_path / "pixels.geojson", [box(10, 20, 40, 50)], [1])
    assert '"crs"' not in pixels.read_text()
    assert (codes(pixels, photograph_file)[20:50, 10:40] == 1).all()
    degrees = [box(-69.0001, 45.1, -68.9, 45.2)]
    world = write_polygons(tmp_path / "world.geojson", degrees, [1], crs="EPSG:4326")
    assert codes(world, placed_image).any()


def test_a_crs_on_one_side_only_is_refused(
    tmp_path: Path, photograph_file: Path, placed_image: Path
) -> None:
    shapes = [box(500_010, 5_000_010, 500_050, 5_000_050)]
    with_crs = write_polygons(tmp_path / "with.gpkg", shapes, [1], crs="EPSG:32619")
    without = write_polygons(tmp_path / "without.gpkg", shapes, [1])
    said = refused(with_crs, photograph_file)
    assert "has no georeference" in said
    assert "in EPSG:32619: georeference the image, or draw polygons that have no CRS" in said
    said = refused(without, placed_image)
    assert "without.gpkg has no CRS" in said
    assert "(EPSG:32619): say which the polygons are in" in said


def test_a_world_file_without_crs_takes_polygons_without_crs(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = write_raster(tmp_path / "a.tif", np.zeros((100, 120), np.uint8), transform=UTM)
    shapes = [box(500_010, 5_000_010, 500_050, 5_000_050)]
    without = write_polygons(tmp_path / "without.gpkg", shapes, [1])
    assert (codes(without, image)[50:90, 10:50] == 1).all()
    with_crs = write_polygons(tmp_path / "with.gpkg", shapes, [1], crs="EPSG:32619")
    assert "says where it lies but not in which CRS" in refused(with_crs, image)


def test_polygons_that_all_lie_elsewhere_are_refused(tmp_path: Path, placed_image: Path) -> None:
    polygons = write_polygons(tmp_path / "a.gpkg", [box(9, 9, 10, 10)], [1], crs="EPSG:4326")
    said = refused(polygons, placed_image)
    assert f"no polygon of {polygons} lies in {placed_image}" in said


def test_what_a_projection_cannot_show_lies_outside(tmp_path: Path, placed_image: Path) -> None:
    far = box(-179, -89.99, 179, -80)
    near = box(-69.0001, 45.1, -68.9, 45.2)
    polygons = write_polygons(tmp_path / "a.gpkg", [far, near], [1, 2], crs="EPSG:4326")
    assert set(np.unique(codes(polygons, placed_image))) <= {0, 2}


def test_outlines_that_cross_themselves_are_mended_with_a_note(
    tmp_path: Path, photograph_file: Path
) -> None:
    bow_tie = shapely.Polygon([(10, 10), (50, 50), (50, 10), (10, 50)])
    polygons = write_polygons(tmp_path / "a.gpkg", [bow_tie, box(60, 10, 70, 20)], [1, 2])
    read = PolygonFile(polygons).read()
    assert read.notes == ("1 feature whose outline crosses itself, mended",)
    assert shapely.is_valid(read.shapes).all()
    assert (codes(polygons, photograph_file) == 1).sum() == pytest.approx(800, abs=50)


def test_what_is_no_polygon_or_has_no_class_is_left_out_with_a_note(
    tmp_path: Path, photograph_file: Path
) -> None:
    shapes = [box(0, 0, 9, 9), shapely.Point(3, 3), box(20, 20, 29, 29), box(40, 40, 49, 49)]
    polygons = write_polygons(tmp_path / "a.gpkg", shapes, ["water", "water", None, "  "])
    read = PolygonFile(polygons).read()
    assert len(read) == 1
    assert read.notes == (
        "1 feature that is no polygon, left out",
        "2 features without a class, left out",
    )
    assert (codes(polygons, photograph_file) > 0).sum() == 81
    empty = write_polygons(tmp_path / "b.gpkg", shapes[1:3], ["water", None])
    assert "holds no polygon with a class in 'class'" in refused(empty, photograph_file)


def test_holes_and_parts(tmp_path: Path, photograph_file: Path) -> None:
    ring = box(10, 10, 50, 50) - box(20, 20, 40, 40)
    both = shapely.MultiPolygon([ring, box(60, 60, 70, 70)])
    found = codes(write_polygons(tmp_path / "a.gpkg", [both], [1]), photograph_file)
    assert found.sum() == 1600 - 400 + 100
    assert not found[20:40, 20:40].any()


@pytest.mark.parametrize("content", [b"", b"no polygons", b"\x00" * 999])
def test_a_damaged_file_is_said_in_one_line(
    tmp_path: Path, photograph_file: Path, content: bytes
) -> None:
    path = tmp_path / "damaged.gpkg"
    path.write_bytes(content)
    assert "holds no polygons that can be read" in refused(path, photograph_file)
    assert "does not exist" in refused(tmp_path / "none.gpkg", photograph_file)


def test_a_changed_file_is_read_anew(tmp_path: Path, photograph_file: Path) -> None:
    polygons = write_polygons(tmp_path / "a.geojson", [box(0, 0, 9, 9)], [1])
    assert codes(polygons, photograph_file).sum() == 81
    write_polygons(polygons, [box(0, 0, 9, 9), box(50, 50, 60, 60)], [1, 1])
    assert codes(polygons, photograph_file).sum() == 181


def test_the_digest_is_of_the_polygons_in_the_image(tmp_path: Path, placed_image: Path) -> None:
    inside, outside = box(500_010, 5_000_010, 500_050, 5_000_050), box(0, 0, 9, 9)

    def digest(name: str, shapes: list[Any], values: list[int]) -> str:
        file = write_polygons(tmp_path / name, shapes, values, crs="EPSG:32619")
        return PolygonLabels(PolygonFile(file), placed_image).sha256()

    one = digest("a.gpkg", [inside, outside], [1, 1])
    assert one == digest("b.gpkg", [inside, outside], [1, 2])
    assert one == digest("c.gpkg", [inside], [1])
    assert one != digest("d.gpkg", [inside], [2])
    assert one != digest("e.gpkg", [shapely.transform(inside, lambda p: p + 1)], [1])


@given(height=integers(9, 90), width=integers(9, 110), seed=integers(0, 99))
def test_windows_hold_what_the_whole_image_does(height: int, width: int, seed: int) -> None:
    shapes = blobs(12, (0, -80, 100, 0), 30, seed)
    coded = [(one, place % 5 + 1) for place, one in enumerate(shapes)]
    whole = burnt(coded, Window.whole((80, 100)), y_up=True)
    for window in windows((80, 100), height, width):
        part = burnt(coded, window, y_up=True)
        assert np.array_equal(part, whole[window.rows, window.cols])
