"""A STAC Collection of the maps of a survey."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from riverscape.labels.class_objects import CLASSIFICATION

__all__ = [
    "COLLECTION_NAME",
    "RASTER",
    "STAC_VERSION",
    "collection_links",
    "is_ours",
    "map_collection",
]

STAC_VERSION = "1.1.0"
RASTER = "https://stac-extensions.github.io/raster/v1.1.0/schema.json"
COLLECTION_NAME = "collection.json"
_TYPE = "application/json"
_EARTH = (-180.0, -90.0, 180.0, 90.0)
_MARK = "riverscape:record"

Box = tuple[float, float, float, float]


def map_collection(
    name: str, items: Mapping[str, Mapping[str, Any]], record: str
) -> dict[str, Any]:
    """Return the Collection of a survey's Items.

    Its extent is that of all Items, as one box and one time span. Where no Item has a place the
    extent is the whole Earth, which STAC demands then, and the description says so.

    Parameters
    ----------
    name
        What the survey is called.
    items
        Items by the name of their file, one or more, all in the Collection's folder.
    record
        The file that says how they were made.

    Examples
    --------
    >>> item = {"id": "a", "bbox": [7, 46, 8, 47], "assets": {},
    ...         "properties": {"datetime": "2021-07-01T14:11:12Z"}}
    >>> found = map_collection("Alder", {"a.json": item}, "run.json")
    >>> found["extent"]["spatial"]["bbox"], found["links"][-1]["href"]
    ([[7, 46, 8, 47]], './a.json')
    """
    boxes = [tuple(item["bbox"]) for item in items.values() if "bbox" in item]
    times = sorted(item["properties"]["datetime"] for item in items.values())
    described = f"Land-cover maps of {len(items)} images by CNN-Supervised Classification."
    if not boxes:
        described += " None says where it lies, so the extent is the whole Earth."
    elif len(boxes) < len(items):
        described += f" {len(items) - len(boxes)} of them have no place on Earth."
    codes = sorted({str(i["properties"].get("proj:code")) for i in items.values()} - {"None"})
    link = {"href": f"./{COLLECTION_NAME}", "type": _TYPE}
    return {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": [RASTER, CLASSIFICATION],
        "id": name,
        "title": f"Land cover of {name}",
        "description": described,
        "license": "other",
        _MARK: record,
        "extent": {
            "spatial": {"bbox": [list(_around(boxes) if boxes else _EARTH)]},
            "temporal": {"interval": [[times[0], times[-1]]]},
        },
        "summaries": {"proj:code": codes} if codes else {},
        "item_assets": _item_assets(items.values()),
        "links": [
            {"rel": "root", **link},
            *(
                {
                    "rel": "item",
                    "href": f"./{file}",
                    "type": "application/geo+json",
                    "title": i["id"],
                }
                for file, i in items.items()
            ),
        ],
    }


def collection_links() -> list[dict[str, str]]:
    """Return the links of an Item to the Collection in its folder."""
    link = {"href": f"./{COLLECTION_NAME}", "type": _TYPE}
    return [{"rel": rel, **link} for rel in ("root", "parent", "collection")]


def is_ours(content: Any) -> bool:  # noqa: ANN401
    """Return whether the content of a JSON file is such a Collection.

    Examples
    --------
    >>> is_ours({"type": "Collection", "id": "somebody's"})
    False
    """
    return isinstance(content, dict) and content.get("type") == "Collection" and _MARK in content


def _around(boxes: Sequence[tuple[float, ...]]) -> Box:
    """Return the smallest box around boxes; west is larger than east across the antimeridian."""
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    spans = sorted((box[0], box[2] + 360 * (box[2] < box[0])) for box in boxes)
    # The largest gap in the circle of longitudes stays outside.
    gaps, reach = [], spans[0][1]
    for west, east in spans[1:]:
        gaps.append((west - reach, west, reach))
        reach = max(reach, east)
    gaps.append((spans[0][0] + 360 - reach, spans[0][0], reach))
    gap, west, east = max(gaps)
    if gap <= 0:
        return (_EARTH[0], south, _EARTH[2], north)
    return (west, south, east - 360 if east > 180 else east, north)


def _item_assets(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    kept = ("type", "title", "roles", "bands", "raster:bands", "classification:classes")
    found: dict[str, Any] = {}
    for item in items:
        for key, asset in item["assets"].items():
            found.setdefault(key, {name: deepcopy(asset[name]) for name in kept if name in asset})
    for asset in found.values():
        # How many pixels there are is each image's own.
        for cover in asset.get("classification:classes", ()):
            cover.pop("count", None)
    return found
