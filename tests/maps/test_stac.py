from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
from pystac.extensions.classification import ClassificationExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import RasterExtension
from rasterio import Affine
from rasterio.crs import CRS
from shapely.geometry import shape

from riverscape.errors import InputError
from riverscape.imagery.exif import CameraPlace, Exif
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.maps import ClassMap
from riverscape.maps.stac import MapFacts, map_item
from riverscape.maps.stac_asset import StacAsset
from riverscape.maps.stac_collection import is_ours, map_collection
from tests.stac_schemas import checked

Make = Callable[..., dict[str, Any]]

UTM19 = Affine(0.5, 0, 350_000, 0, -0.5, 5_343_000)
NORTH_19 = CRS.from_epsg(32619)
TAKEN = Exif(datetime(2021, 7, 1, 14, 11, 12, tzinfo=UTC), "EXIF", CameraPlace(-70.5, 48.2, 31.0))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return the Item of a map of 40 x 60 px of water with this place on Earth."""

    def _make(
        transform: Any = Affine.identity(),  # noqa: B008 -- immutable
        crs: Any = None,
        exif: Exif = TAKEN,
        scheme: ClassScheme = PUBLISHED_CLASSES,
        name: str = "Alder_0001",
    ) -> dict[str, Any]:
        path = tmp_path / f"CLASS_CSC_{name}.tif"
        ClassMap(np.ones((40, 60), np.uint8), scheme, transform, crs).save(path)
        facts = MapFacts(name, scheme, exif, "by hand", {"riverscape": "0"})
        counts = {scheme.names[0]: 2400}
        assets = {
            "csc": StacAsset(path, "map", holds_classes=True, pixels=counts),
            "figure": StacAsset(tmp_path / "gone.png", "figure", "image/png", ("overview",)),
        }
        return map_item(path, facts, assets)

    return _make


def test_an_item_is_valid_and_pystac_reads_what_it_says(make: Make) -> None:
    content = make(UTM19, NORTH_19)
    assert len(checked(content)) == 5  # STAC itself and four extensions
    item = pystac.Item.from_dict(content, preserve_dict=True)
    assert item.datetime == TAKEN.taken
    projection = ProjectionExtension.ext(item)
    assert (projection.code, projection.shape) == ("EPSG:32619", [40, 60])
    assert projection.transform == list(UTM19)[:6]
    (band,) = RasterExtension.ext(item.assets["csc"]).bands or []
    assert (band.nodata, band.data_type, band.spatial_resolution) == (0, "uint8", 0.5)
    classes = ClassificationExtension.ext(item.assets["csc"]).classes or []
    assert [one.value for one in classes] == [0, *PUBLISHED_CLASSES.codes]
    assert [f"#{one.color_hint}".lower() for one in classes[1:]] == [
        cover.colour for cover in PUBLISHED_CLASSES
    ]
    assert [one.to_dict().get("nodata", False) for one in classes] == [True] + 5 * [False]
    assert [one.to_dict().get("count") for one in classes][:3] == [None, 2400, None]


def test_the_geometry_is_the_outline_of_a_placed_map(make: Make) -> None:
    content = make(UTM19, NORTH_19)
    outline = shape(content["geometry"])
    assert outline.geom_type == "Polygon"
    assert outline.bounds == pytest.approx(content["bbox"])
    assert "riverscape:geometry_from" not in content["properties"]


def test_a_photograph_is_a_point_where_the_camera_was_never_an_outline(make: Make) -> None:
    content = make()
    assert checked(content)
    assert content["geometry"] == {"type": "Point", "coordinates": [-70.5, 48.2]}
    assert content["bbox"] == [-70.5, 48.2, -70.5, 48.2]
    properties = content["properties"]
    assert "where the camera was, not the ground" in properties["riverscape:geometry_from"]
    assert properties["riverscape:camera_altitude_m"] == 31.0
    assert properties["proj:code"] is None
    assert "proj:transform" not in properties


def test_without_any_place_there_is_no_geometry_and_no_box(make: Make) -> None:
    content = make(exif=Exif())
    assert checked(content)
    assert content["geometry"] is None
    assert "bbox" not in content
    assert pystac.Item.from_dict(content).geometry is None


def test_without_a_time_the_item_says_that_it_is_the_processing_time(make: Make) -> None:
    properties = make(exif=Exif())["properties"]
    assert properties["datetime"] == properties["created"]
    assert properties["riverscape:datetime_from"].startswith("processing")
    assert make()["properties"]["datetime"] == "2021-07-01T14:11:12Z"
    assert make()["properties"]["riverscape:datetime_from"] == "EXIF"


def test_a_crs_without_a_code_stands_in_words(make: Make) -> None:
    own = CRS.from_proj4("+proj=tmerc +lat_0=48 +lon_0=-70 +x_0=1234 +datum=WGS84 +units=m")
    content = make(Affine(1, 0, 0, 0, -1, 0), own)
    assert checked(content)
    properties = content["properties"]
    assert properties["proj:code"] is None
    assert CRS.from_wkt(properties["proj:wkt2"]) == own
    assert content["geometry"]["type"] == "Polygon"


def test_a_code_that_means_another_crs_is_not_stated(make: Make) -> None:
    # The projection of Greenland's zone 19, on the same ellipsoid, of an unknown datum.
    alike = CRS.from_proj4("+proj=utm +zone=19 +ellps=GRS80 +units=m")
    assert alike.to_authority() == ("EPSG", "3179")
    properties = make(UTM19, alike)["properties"]
    assert properties["proj:code"] is None
    assert CRS.from_wkt(properties["proj:wkt2"]) == alike


def test_a_place_without_a_crs_is_none_on_earth(make: Make) -> None:
    content = make(UTM19, exif=Exif())
    assert (content["geometry"], content["properties"]["proj:code"]) == (None, None)
    assert content["properties"]["proj:transform"] == list(UTM19)[:6]


def test_names_of_classes_keep_to_the_letters_of_the_extension(make: Make) -> None:
    scheme = ClassScheme((LandCover(1, "eau (été)", "#0000ff"), LandCover(7, "水", "#00ff00")))
    content = make(scheme=scheme)
    assert checked(content)
    classes = content["assets"]["csc"]["classification:classes"]
    assert [one["name"] for one in classes] == ["nodata", "eau_ete", "class_7"]
    assert [one["title"] for one in classes] == ["no data", "eau (été)", "水"]


def test_files_that_do_not_stand_are_no_assets(make: Make) -> None:
    assert list(make()["assets"]) == ["csc"]


def test_a_map_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "CLASS_CSC_a.tif"
    path.write_bytes(b"none")
    with pytest.raises(InputError, match=r"CLASS_CSC_a\.tif is not a map that can be read"):
        map_item(path, MapFacts("a", PUBLISHED_CLASSES), {})


def test_the_schemas_refuse_what_is_wrong(make: Make) -> None:
    # Else everything above would hold for any content.
    for key, value in (("proj:shape", "40"), ("processing:lineage", 1), ("datetime", "today")):
        content = make(UTM19, NORTH_19)
        content["properties"][key] = value
        with pytest.raises(pystac.STACValidationError):
            checked(content)
    content = make(UTM19, NORTH_19)
    content["assets"]["csc"]["classification:classes"][1]["color_hint"] = "#3fb4ff"
    with pytest.raises(pystac.STACValidationError):
        checked(content)


def test_a_collection_spans_its_items(make: Make) -> None:
    late = Exif(datetime(2022, 7, 1, tzinfo=UTC), "EXIF", CameraPlace(-70.0, 48.5))
    items = {
        "a.json": make(UTM19, NORTH_19, name="a"),
        "b.json": make(exif=late, name="b"),
        "c.json": make(exif=Exif(late.taken), name="c"),
    }
    content = map_collection("Alder", items, "./run.json")
    assert checked(content)
    assert is_ours(content)
    collection = pystac.Collection.from_dict(content, preserve_dict=True)
    boxes = [items[key]["bbox"] for key in ("a.json", "b.json")]
    west, south, east, north = collection.extent.spatial.bboxes[0]
    assert (west, south) == tuple(min(box[side] for box in boxes) for side in (0, 1))
    assert (east, north) == tuple(max(box[side] for box in boxes) for side in (2, 3))
    assert collection.extent.temporal.intervals[0] == [TAKEN.taken, late.taken]
    assert "1 of them have no place" in collection.description
    assert content["summaries"] == {"proj:code": ["EPSG:32619"]}
    assert [link.href for link in collection.links if link.rel == "item"] == [
        "./a.json", "./b.json", "./c.json",
    ]  # fmt: skip
    of_items = content["item_assets"]["csc"]["classification:classes"]
    assert not any("count" in one for one in of_items)
    assert items["a.json"]["assets"]["csc"]["classification:classes"][1]["count"] == 2400


def test_a_collection_without_a_place_says_that_its_extent_is_none(make: Make) -> None:
    content = map_collection("Alder", {"a.json": make(exif=Exif())}, "./run.json")
    assert checked(content)
    assert content["extent"]["spatial"]["bbox"] == [[-180, -90, 180, 90]]
    assert "the extent is the whole Earth" in content["description"]


@pytest.mark.parametrize(
    ("boxes", "around"),
    [
        ([(170, 0, 175, 1), (-175, 2, -170, 3)], (170, 0, -170, 3)),
        ([(179, 0, -179, 1)], (179, 0, -179, 1)),
        ([(179, 0, -179, 1), (170, 0, 171, 1)], (170, 0, -179, 1)),
        ([(-71, 0, -70, 1), (7, 0, 8, 1)], (-71, 0, 8, 1)),
        ([(-180, 0, 0, 1), (0, 0, 180, 1)], (-180, 0, 180, 1)),
    ],
)
def test_the_box_around_boxes_is_the_smaller_way_round(
    boxes: list[tuple[float, ...]], around: tuple[float, ...]
) -> None:
    items = {
        str(number): {
            "id": "a", "bbox": list(box), "assets": {}, "properties": {"datetime": "2021"},
        }
        for number, box in enumerate(boxes)
    }  # fmt: skip
    content = map_collection("Alder", items, "./run.json")
    assert content["extent"]["spatial"]["bbox"] == [list(around)]
