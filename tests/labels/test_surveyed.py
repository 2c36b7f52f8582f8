"""Polygons in the place of label rasters: which images they label."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rasterio import Affine

pytest.importorskip("pyogrio", reason="reading polygons needs the extra `vector`")

from riverscape.errors import InputError, SurveyError
from riverscape.labels import PUBLISHED_CLASSES, PolygonLabels, pair_labels
from riverscape.labels.pairing import check_labels

from .polygon_files import box, write_polygons

WriteRaster = Callable[..., Path]


@pytest.fixture
def mosaics(tmp_path: Path, write_raster: WriteRaster) -> Path:
    """Return three images of 50 x 60 px, one east of the other."""
    folder = tmp_path / "mosaics"
    for number in range(3):
        write_raster(
            folder / f"Alder_{number}.tif",
            np.zeros((3, 50, 60), np.uint8),
            crs="EPSG:32619",
            transform=Affine(1, 0, 500_000 + 100 * number, 0, -1, 5_000_050),
        )
    return folder


@pytest.fixture
def banks(tmp_path: Path) -> Path:
    """Return polygons: one in the first image, one in the first two, one in none."""
    x, y = 500_000, 5_000_000
    shapes = [box(x + 5, y + 5, x + 15, y + 15), box(x + 40, y + 20, x + 120, y + 30)]
    shapes.append(box(x - 50, y, x - 40, y + 9))
    return write_polygons(tmp_path / "banks.gpkg", shapes, [1, 2, 3], crs="EPSG:32619")


def test_one_file_labels_every_image_that_its_polygons_lie_in(
    mosaics: Path, banks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        pairs = pair_labels([mosaics], banks)
    assert [pair.labels is not None for pair in pairs] == [True, True, False]
    assert caplog.messages == [f"{banks}: 1 of 3 polygons lie outside all images"]
    sums = [
        pair.labels.read(PUBLISHED_CLASSES).sum()
        for pair in pairs
        if isinstance(pair.labels, PolygonLabels)
    ]
    assert sums == [100 + 2 * 200, 2 * 200]
    check_labels(pairs, PUBLISHED_CLASSES, "mosaics")


def test_where_labels_are_required_images_without_polygons_are_left_out_aloud(
    mosaics: Path, banks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        pairs = pair_labels([mosaics], banks, required=True)
    assert [pair.name for pair in pairs] == ["Alder_0", "Alder_1"]
    assert "no polygon of" in caplog.messages[1]
    assert "lies in 1 of 3 images, which are left out: Alder_2" in caplog.messages[1]


def test_polygons_that_lie_in_no_image_are_refused(mosaics: Path, tmp_path: Path) -> None:
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], [1], crs="EPSG:32619")
    with pytest.raises(InputError, match=r"lies in any of 3 images; are CRS and georeference"):
        pair_labels([mosaics], polygons)


def test_one_file_in_pixels_cannot_mean_two_photographs(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    for name in ("Alder_1", "Alder_2"):
        write_raster(tmp_path / "survey" / f"{name}.png", np.zeros((3, 50, 60), np.uint8))
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], [1])
    with pytest.raises(InputError, match=r"give each its own .*, as SCLS_Alder_1\.gpkg"):
        pair_labels([tmp_path / "survey"], polygons)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_polygons_of_each_image_go_by_name(
    tmp_path: Path, write_raster: WriteRaster, elsewhere: bool
) -> None:
    survey, labels = tmp_path / "survey", tmp_path / "labels"
    labels.mkdir()
    for number in (1, 2):
        write_raster(survey / f"Alder_{number}.png", np.zeros((3, 50, 60), np.uint8))
        folder = labels if elsewhere else survey
        file = folder / f"SCLS_Alder_{number}.geojson"
        write_polygons(file, [box(0, 0, 9, number)], ["water"], field="cover")
    pairs = pair_labels([survey], labels if elsewhere else None, True, class_field="cover")
    sums = [pair.known_labels.read(PUBLISHED_CLASSES).sum() for pair in pairs]  # type: ignore[union-attr]
    assert sums == [9, 18]


def test_a_raster_and_polygons_of_one_image_are_a_problem(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    write_raster(tmp_path / "Alder_1.png", np.zeros((3, 50, 60), np.uint8))
    write_raster(tmp_path / "SCLS_Alder_1.tif", np.zeros((50, 60), np.uint8))
    write_polygons(tmp_path / "SCLS_Alder_1.gpkg", [box(0, 0, 9, 9)], [1])
    with pytest.raises(SurveyError, match=r"has 2 labels: SCLS_Alder_1\.gpkg and SCLS_Alder_1"):
        pair_labels([tmp_path])


def test_an_unknown_class_is_said_once_for_all_images(mosaics: Path, tmp_path: Path) -> None:
    shapes = [box(500_000, 5_000_000, 500_300, 5_000_050)]
    polygons = write_polygons(tmp_path / "a.gpkg", shapes, ["gravel"], crs="EPSG:32619")
    pairs = pair_labels([mosaics], polygons)
    with pytest.raises(SurveyError) as caught:
        check_labels(pairs, PUBLISHED_CLASSES, "mosaics")
    assert len(caught.value.problems) == 1
    assert "'gravel'" in caught.value.problems[0]
