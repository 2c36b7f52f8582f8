"""Classes as STAC's classification extension (2.0) writes them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from riverscape.labels.scheme import ClassScheme, LandCover

__all__ = ["CLASSIFICATION", "class_name", "class_objects"]

CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"

_NODATA = {
    "value": 0,
    "name": "nodata",
    "title": "no data",
    "description": "no data",
    "nodata": True,
}


def class_objects(
    scheme: ClassScheme, pixels: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return the classes of a map, no data first, each with its colour.

    Parameters
    ----------
    pixels
        The number of pixels of each class by name; where it is given it is stated too.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> classes = class_objects(PUBLISHED_CLASSES, {"dry sediment": 7})
    >>> classes[2]  # doctest: +NORMALIZE_WHITESPACE
    {'value': 2, 'name': 'dry_sediment', 'title': 'dry sediment',
     'description': 'dry sediment', 'color_hint': 'FF8C00', 'count': 7}
    """
    counts = pixels or {}
    classes = [dict(_NODATA)]
    for cover in scheme:
        entry = {
            "value": cover.code,
            "name": class_name(cover),
            "title": cover.name,
            # The extension's version 1 wants this, its version 2 the name.
            "description": cover.name,
            "color_hint": cover.colour[1:].upper(),
        }
        if cover.name in counts:
            entry["count"] = counts[cover.name]
        classes.append(entry)
    return classes


def class_name(cover: LandCover) -> str:
    """Return a class's name in the letters that the extension allows.

    Examples
    --------
    >>> class_name(LandCover(3, "Végétation verte (arbres)", "#3faa3f"))
    'Vegetation_verte_arbres'
    >>> class_name(LandCover(4, "水", "#0000ff"))
    'class_4'
    """
    plain = unicodedata.normalize("NFKD", cover.name).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9A-Za-z-]+", "_", plain).strip("_") or f"class_{cover.code}"
