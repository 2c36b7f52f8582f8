"""A STAC Item of a map, so that catalogues and GIS find it, place it and know its classes.

Items are written as they are published, STAC 1.1 with the extensions named below: nothing but
JSON, so no library of STAC is needed to write them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rasterio.crs import CRS
from rasterio.errors import CRSError

from riverscape.imagery.exif import Exif
from riverscape.imagery.ground import gsd_m
from riverscape.labels import ClassScheme
from riverscape.labels.class_objects import CLASSIFICATION
from riverscape.maps.footprint import footprint
from riverscape.maps.stac_asset import StacAsset, opened
from riverscape.maps.stac_collection import RASTER, STAC_VERSION, collection_links

__all__ = ["MapFacts", "item_path", "map_item", "stac_time"]

PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
PROCESSING = "https://stac-extensions.github.io/processing/v1.1.0/schema.json"


@dataclass(frozen=True)
class MapFacts:
    """What an Item says that the map itself does not.

    Attributes
    ----------
    name
        Name of the image.
    exif
        When and from where the image was taken.
    lineage
        How the map was made, in words.
    software
        Name to version.
    collection
        The id of the Collection in the map's folder; empty where it is in none.
    derived_from
        STAC links to what the map was made of.
    """

    name: str
    scheme: ClassScheme
    exif: Exif = field(default_factory=Exif)
    lineage: str = ""
    software: Mapping[str, str] = field(default_factory=dict)
    collection: str = ""
    derived_from: Sequence[Mapping[str, str]] = ()


def item_path(path: Path) -> Path:
    """Return where the Item of a map goes: beside it, named by its id, as STAC advises.

    Examples
    --------
    >>> item_path(Path("maps/CLASS_CSC_StMarg_31162.tif")).name
    'CLASS_CSC_StMarg_31162.json'
    """
    return path.with_suffix(".json")


def map_item(path: Path, facts: MapFacts, assets: Mapping[str, StacAsset]) -> dict[str, Any]:
    """Return the STAC Item of a map.

    Its geometry is the map's outline; where the map has no place on Earth but the camera had one,
    the camera's place as a point; else null.

    Parameters
    ----------
    path
        The map.
    assets
        The files that belong to it, the map among them, by key. Those that do not stand are left
        out.

    Raises
    ------
    InputError
        If the map, or a raster beside it, cannot be read.
    """
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None
    with opened(path) as file:
        placed = footprint(file)
        projection = _projection(file)
        size_m = gsd_m(file.crs, file.transform, file.shape)
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [PROJECTION, RASTER, CLASSIFICATION, PROCESSING],
        "id": path.stem,
        "geometry": None,
        "properties": {
            "title": f"Land cover of {facts.name}",
            **_times(facts.exif, made),
            **({"gsd": size_m} if size_m else {}),
            **projection,
            **({"processing:lineage": facts.lineage} if facts.lineage else {}),
            **({"processing:software": dict(facts.software)} if facts.software else {}),
        },
        "links": [dict(link) for link in facts.derived_from],
        "assets": {
            key: asset.entry(path.parent, facts.scheme)
            for key, asset in assets.items()
            if asset.path.is_file()
        },
    }
    if facts.collection:
        item["collection"] = facts.collection
        item["links"] = [*collection_links(), *item["links"]]
    if placed is not None:
        item |= {"geometry": placed.geometry, "bbox": list(placed.bbox)}
    else:
        _say_where_the_camera_was(item, facts.exif)
    return item


def stac_time(when: datetime) -> str:
    """Return a time as STAC writes it, in UTC.

    Examples
    --------
    >>> stac_time(datetime.fromisoformat("2021-07-01T10:11:12-04:00"))
    '2021-07-01T14:11:12Z'
    """
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _times(exif: Exif, made: datetime | None) -> dict[str, str]:
    created = made or datetime.now(UTC)
    when, source = exif.taken, exif.taken_by
    if when is None:
        when, source = created, "processing: the image does not say when it was taken"
    return {
        "datetime": stac_time(when),
        "riverscape:datetime_from": source,
        "created": stac_time(created),
    }


def _projection(file: Any) -> dict[str, Any]:  # noqa: ANN401
    crs = file.crs or file.gcps[1] or (CRS.from_epsg(4326) if file.rpcs else None)
    found: dict[str, Any] = {"proj:code": _code(crs), "proj:shape": list(file.shape)}
    if crs and found["proj:code"] is None:
        found["proj:wkt2"] = crs.to_wkt(version="WKT2_2019")
    if not file.transform.is_identity:
        found["proj:transform"] = list(file.transform)[:6]
    return found


def _code(crs: Any) -> str | None:  # noqa: ANN401
    """Return a code such as EPSG:32619; None where none means the same."""
    authority = crs.to_authority() if crs else None
    if authority is None:
        return None
    try:
        same = CRS.from_authority(*authority) == crs
    except CRSError:
        return None
    return ":".join(authority) if same else None


def _say_where_the_camera_was(item: dict[str, Any], exif: Exif) -> None:
    camera, properties = exif.camera, item["properties"]
    if camera is None:
        properties["riverscape:geometry_from"] = "nothing: the image has no place on Earth"
        return
    item["geometry"] = {"type": "Point", "coordinates": [camera.longitude, camera.latitude]}
    item["bbox"] = [camera.longitude, camera.latitude] * 2
    properties["riverscape:geometry_from"] = (
        "EXIF GPS: where the camera was, not the ground that the map shows"
    )
    if camera.altitude_m is not None:
        properties["riverscape:camera_altitude_m"] = camera.altitude_m
