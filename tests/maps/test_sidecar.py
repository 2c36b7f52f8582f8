"""What GDAL, QGIS and ArcGIS read of a map from beside it."""

import math
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.imagery import pixel_areas_m2
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.maps import ClassMap
from riverscape.maps.class_areas import ClassAreas

UTM = CRS.from_epsg(32619)


def _codes() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 6, (700, 40)).astype(np.uint8)


def _table(path: Path) -> list[dict[str, str]]:
    table = ElementTree.parse(f"{path}.aux.xml").getroot().find(".//GDALRasterAttributeTable")
    assert table is not None
    names = [name.text or "" for name in table.iterfind("FieldDefn/Name")]
    return [
        dict(zip(names, [cell.text or "" for cell in row.iterfind("F")], strict=True))
        for row in table.iterfind("Row")
    ]


def test_the_attribute_table_tells_classes_colours_pixels_and_area(tmp_path: Path) -> None:
    codes = _codes()
    place = Affine(0.5, 0, 300_000, 0, -0.5, 5_300_000)
    path = ClassMap(codes, PUBLISHED_CLASSES, place, UTM).save(tmp_path / "map.tif")
    for row, cover in zip(_table(path), PUBLISHED_CLASSES, strict=True):
        count = int((codes == cover.code).sum())
        assert (int(row["Value"]), row["Class"]) == (cover.code, cover.name)
        assert (int(row["Red"]), int(row["Green"]), int(row["Blue"])) == cover.rgb
        assert int(row["Count"]) == count
        assert float(row["Area_m2"]) == count * 0.25


def test_a_map_without_a_place_has_no_areas(tmp_path: Path) -> None:
    path = ClassMap(_codes(), PUBLISHED_CLASSES).save(tmp_path / "map.tif")
    assert all("Area_m2" not in row for row in _table(path))


@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="needs gdalinfo (Debian's gdal-bin)")
def test_gdal_reads_names_and_table(tmp_path: Path) -> None:
    codes = _codes()
    path = ClassMap(codes, PUBLISHED_CLASSES, Affine.scale(2, -2), UTM).save(tmp_path / "map.tif")
    said = subprocess.run(["gdalinfo", path], capture_output=True, text=True, check=True).stdout
    table = ElementTree.fromstring(
        said[said.index("<GDALRasterAttributeTable") : said.index("</GDALRasterAttributeTable>")]
        + "</GDALRasterAttributeTable>"
    )
    water = [cell.text for cell in table.iterfind("Row[@index='0']/F")]
    assert water[:2] == ["1", "water"]
    assert float(water[5] or 0) == (codes == 1).sum()
    usages = [usage.text for usage in table.iterfind("FieldDefn/Usage")]
    assert usages == ["5", "2", "6", "7", "8", "1", "0"]
    for name in PUBLISHED_CLASSES.names:
        assert f": {name}\n" in said[said.index("Categories:") :]


def test_names_with_signs_of_xml_stay_what_they_are(tmp_path: Path) -> None:
    scheme = ClassScheme((LandCover(1, '<water & "ice">', "#0102ff"),))
    path = ClassMap(np.ones((9, 9), np.uint8), scheme).save(tmp_path / "map.tif")
    assert _table(path)[0]["Class"] == '<water & "ice">'
    entry = ElementTree.parse(path.with_suffix(".qml")).getroot().find(".//paletteEntry")
    assert entry is not None
    assert entry.attrib == {
        "value": "1", "label": '<water & "ice">', "color": "#0102ff", "alpha": "255"
    }  # fmt: skip


def test_areas_on_the_ellipsoid_add_up_to_the_zone() -> None:
    # The Earth between two parallels, WGS 84 (Snyder 1987, equation 3-12, differences of it).
    crs, step = CRS.from_epsg(4326), 0.01
    rows = pixel_areas_m2(crs, Affine(step, 0, 0, 0, -step, 60), (3000, 36_000))
    assert rows is not None

    def zone(latitude: float) -> float:
        axis, squared = 6378137.0, 0.00669437999014
        eccentricity, sine = math.sqrt(squared), math.sin(math.radians(latitude))
        ratio = (1 - eccentricity * sine) / (1 + eccentricity * sine)
        q = (1 - squared) * (sine / (1 - squared * sine**2) - math.log(ratio) / (2 * eccentricity))
        return math.pi * axis**2 * q

    assert rows.sum() * 36_000 == pytest.approx(zone(60) - zone(30), rel=1e-7)


@pytest.mark.parametrize("strip", [1, 7, 700])
def test_areas_are_the_same_by_any_strips(strip: int) -> None:
    codes, place = _codes(), Affine(0.001, 0, -70, 0, -0.001, 48.7)
    areas = ClassAreas((700, 40), place, CRS.from_epsg(4326))
    for top in range(0, 700, strip):
        areas.add(top, codes[top : top + strip])
    of_row = pixel_areas_m2(CRS.from_epsg(4326), place, (700, 40))
    assert of_row is not None
    for code in range(1, 6):
        expected = ((codes == code).sum(axis=1) * of_row).sum()
        assert areas.square_metres(code) == pytest.approx(expected, rel=1e-12)


def test_web_mercator_is_measured_on_the_ground() -> None:
    rows = pixel_areas_m2(
        CRS.from_epsg(3857), Affine(1, 0, 0, 0, -1, 8_399_737.9), (1, 1)
    )  # 60 degrees north: a metre of the map is half a metre
    assert rows is not None
    assert rows[0] == pytest.approx(0.25, rel=0.01)


def test_saving_again_replaces_what_lies_beside(tmp_path: Path) -> None:
    path = tmp_path / "map.tif"
    ClassMap(np.ones((3, 3), np.uint8), PUBLISHED_CLASSES).save(path)
    ClassMap(np.full((3, 3), 2, np.uint8), PUBLISHED_CLASSES).save(path)
    assert [int(row["Count"]) for row in _table(path)] == [0, 9, 0, 0, 0]
    with rasterio.open(path) as file:
        assert (file.read(1) == 2).all()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "map.qml", "map.tif", "map.tif.aux.xml"
    ]  # fmt: skip
