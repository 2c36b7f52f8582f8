"""The maps of a survey as a STAC catalogue, made of what lies in their folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from riverscape.errors import OutputError
from riverscape.execution.claim import claimed
from riverscape.execution.model_item import write_model_item
from riverscape.execution.products import MODEL_START, RECORD_NAME, Products
from riverscape.execution.stac_json import href, read_json, write_json
from riverscape.imagery import Source
from riverscape.imagery.exif import read_exif
from riverscape.labels import LabelledImage
from riverscape.maps.stac import MapFacts, map_item
from riverscape.maps.stac_asset import StacAsset
from riverscape.maps.stac_collection import (
    COLLECTION_NAME,
    is_ours,
    map_collection,
)
from riverscape.tiles import Model

__all__ = ["Catalogue", "check_collection", "renew_collection", "write_catalogue"]

_IMAGE_TYPES = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff",
    ".tiff": "image/tiff", ".jp2": "image/jp2",
}  # fmt: skip
_ITEM_TYPE = "application/geo+json"


@dataclass(frozen=True)
class Catalogue:
    """How many Items a folder's Collection has, and how many have which geometry.

    Attributes
    ----------
    areas
        Items with the outline of their map.
    points
        Items with the place of the camera.
    """

    items: int
    areas: int
    points: int


def check_collection(out: Path, overwrite: bool) -> None:
    """Check that a folder holds no Collection of somebody else's.

    Raises
    ------
    OutputError
        If it does, and it may not be overwritten.
    """
    path = out / COLLECTION_NAME
    if path.exists() and not overwrite and not is_ours(read_json(path)):
        message = f"{path} is not of riverscape; add --overwrite to replace it"
        raise OutputError(message)


def write_catalogue(
    out: Path, pairs: Sequence[LabelledImage], model: Model, bundle: Path
) -> Catalogue:
    """Write the Items of the images' maps that lack one, one of the model, and the Collection.

    Parameters
    ----------
    out
        The folder of the maps.
    bundle
        Where the model lies.

    Raises
    ------
    OutputError
        If another run works in the folder, or it cannot be written.
    InputError
        If a map in it cannot be read.
    """
    with claimed(out):
        record = read_json(out / RECORD_NAME) or {}
        model_path = out / f"{MODEL_START}{_file_name(model.contract.name)}.json"
        made = [(pair, Products.every(out, pair.name)) for pair in pairs]
        made = [each for each in made if _is_made(each[1], record)]
        missing = [each for each in made if not each[1].item.exists()]
        if missing or (made and not model_path.exists()):
            write_model_item(model_path, model, bundle)
        for pair, products in missing:
            _write_item(products, pair, model, record, model_path)
        return _write_collection(out)


def renew_collection(out: Path) -> None:
    """Bring a Collection that stands in a folder up to date with the Items that stand there."""
    if is_ours(read_json(out / COLLECTION_NAME)):
        with claimed(out):
            _write_collection(out)


def _is_made(products: Products, record: dict[str, Any]) -> bool:
    return products.name in record.get("images", {}) and products.csc_map.is_file()


def _write_item(
    products: Products,
    pair: LabelledImage,
    model: Model,
    record: dict[str, Any],
    model_path: Path,
) -> None:
    links = [
        _derived_from(pair.image, products.folder),
        {
            "rel": "derived_from",
            "href": f"./{model_path.name}",
            "type": _ITEM_TYPE,
            "title": f"the model {model.contract.name}",
        },
    ]
    pixels = record["images"][pair.name].get("pixels", {})
    facts = MapFacts(
        pair.name,
        model.contract.scheme,
        read_exif(pair.image),
        _lineage(record),
        {"riverscape": record["riverscape"], **record.get("packages", {})},
        _collection_id(products.folder),
        links,
    )
    write_json(products.item, map_item(products.csc_map, facts, _assets(products, pixels)))


def _assets(products: Products, pixels: dict[str, int]) -> dict[str, StacAsset]:
    csv, png, beside = "text/csv", "image/png", ("metadata",)
    return {
        "csc": StacAsset(products.csc_map, "CSC map", holds_classes=True, pixels=pixels),
        "cnn": StacAsset(products.cnn_map, "CNN map of phase 1", holds_classes=True),
        **{
            kind: StacAsset(products.layer(kind), f"{kind}, per cent", roles=("data", *beside))
            for kind in products.layers
        },
        "figure": StacAsset(products.figure, "figure", png, ("overview",)),
        "csc_scores": StacAsset(products.csc_scores, "scores of the CSC map", csv, beside),
        "cnn_scores": StacAsset(products.cnn_scores, "scores of the CNN map", csv, beside),
    }


def _lineage(record: dict[str, Any]) -> str:
    model, settings = record["model"], record["settings"]
    return (
        "CNN-Supervised Classification (Carbonneau et al. 2020): the model "
        f"{model['name']} (SHA-256 {model['sha256']}) labelled the image's tiles; they taught a "
        f"pixel classifier ({settings['pixels']['classifier']}) this image's colours, and it "
        f"labelled every pixel. All settings are in {RECORD_NAME}."
    )


def _derived_from(image: Source, folder: Path) -> dict[str, str]:
    link = {"rel": "derived_from", "href": href(image, folder), "title": "the image"}
    suffix = Path(urlsplit(str(image)).path).suffix.lower()
    return {**link, "type": _IMAGE_TYPES[suffix]} if suffix in _IMAGE_TYPES else link


def _file_name(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in name)


def _collection_id(out: Path) -> str:
    """Return the id of the Collection that stands in a folder, or the folder's name."""
    standing = read_json(out / COLLECTION_NAME)
    if standing is not None and is_ours(standing):
        return str(standing["id"])
    return out.resolve().name or "survey"


def _write_collection(out: Path) -> Catalogue:
    """Write the Collection of the Items that stand in a folder; none where there are none."""
    items: dict[str, dict[str, Any]] = {}
    for path in sorted(out.glob("CLASS_CSC_*.json")):
        item = read_json(path)
        if item and item.get("type") == "Feature" and path.with_suffix(".tif").is_file():
            items[path.name] = item
    if items:
        collection = map_collection(_collection_id(out), items, f"./{RECORD_NAME}")
        write_json(out / COLLECTION_NAME, collection)
    else:
        (out / COLLECTION_NAME).unlink(missing_ok=True)
    kinds = [(item["geometry"] or {}).get("type") for item in items.values()]
    points = kinds.count("Point")
    return Catalogue(len(kinds), len(kinds) - points - kinds.count(None), points)
