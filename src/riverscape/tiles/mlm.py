"""A STAC Item of a model, by the machine learning model extension.

Version 1.4 of the extension: what libraries of STAC read today, and nothing newer is needed here.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from riverscape.labels.class_objects import CLASSIFICATION, class_name
from riverscape.tiles.contract import ModelContract

__all__ = ["ONNX_TYPE", "model_item"]

MLM = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
RASTER = "https://stac-extensions.github.io/raster/v1.1.0/schema.json"
ONNX_TYPE = "application/octet-stream; framework=onnx; profile=onnx"

_STAC_VERSION = "1.1.0"
# What the extension takes for a name, and STAC for a licence: one of SPDX's identifiers.
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]")
_LICENCE = re.compile(r"[a-zA-Z0-9.+-]+")


def model_item(
    contract: ModelContract,
    sha256: str,
    network: str,
    more: Mapping[str, Mapping[str, Any]] | None = None,
    made: datetime | None = None,
) -> dict[str, Any]:
    """Return the STAC Item of a model.

    It has no geometry: a model is no place, and where it serves is not known.

    Parameters
    ----------
    sha256
        The bundle's identity.
    network
        Where the ONNX file, or the bundle that holds it, lies as seen from the Item.
    more
        More assets, by key.
    made
        When the model was made; now where that is not known.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> model = load_model("ste-marguerite")
    >>> item = model_item(model.contract, model.sha256, "./network.onnx")
    >>> item["properties"]["mlm:input"][0]["input"]["shape"]
    [-1, 3, 50, 50]
    >>> item["assets"]["model"]["mlm:artifact_type"]
    'onnx'
    """
    when = (made or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    properties: dict[str, Any] = {
        "title": contract.name,
        "description": contract.description or f"The model {contract.name}",
        "datetime": when.replace("+00:00", "Z"),
        "license": contract.licence if _LICENCE.fullmatch(contract.licence) else "other",
        "mlm:name": _name(contract.name),
        "mlm:architecture": str(contract.backbone.get("name") or "convolutional network"),
        "mlm:tasks": ["scene-classification"],
        "mlm:framework": "ONNX",
        "mlm:input": [_input(contract)],
        "mlm:output": [_output(contract)],
        "riverscape:sha256": sha256,
    }
    if isinstance(contract.backbone.get("parameters"), int):
        properties["mlm:total_parameters"] = contract.backbone["parameters"]
    if contract.ground_sample_distance_m:
        properties["gsd"] = contract.ground_sample_distance_m
    for key in ("licence", "citation"):
        if getattr(contract, key):
            properties[f"riverscape:{key}"] = getattr(contract, key)
    is_zip = network.lower().endswith(".zip")
    return {
        "type": "Feature",
        "stac_version": _STAC_VERSION,
        "stac_extensions": [MLM, RASTER, CLASSIFICATION],
        "id": contract.name,
        "geometry": None,
        "properties": properties,
        "links": [],
        "assets": {
            "model": {
                "href": network,
                "type": "application/zip" if is_zip else ONNX_TYPE,
                "title": "model bundle that holds the network" if is_zip else "network",
                "roles": ["mlm:model", "mlm:weights"],
                "mlm:artifact_type": "onnx",
                # Where the extension looks for bands: STAC 1.1 lets them stand in assets alone.
                "raster:bands": [
                    {"name": band, "data_type": contract.dtype} for band in contract.bands
                ],
            },
            **{key: dict(asset) for key, asset in (more or {}).items()},
        },
    }


def _name(name: str) -> str:
    plain = re.sub(r"[^a-zA-Z0-9_.-]+", "-", name)
    return plain if _NAME.fullmatch(plain) else f"model-{plain.strip('_.-') or 0}"


def _input(contract: ModelContract) -> dict[str, Any]:
    side_px = contract.tile_px
    described = f"Tiles of {side_px} px"
    if contract.network_stride_px:
        described += (
            f"; larger windows too, answered for the tiles at every {contract.network_stride_px} px"
        )
    entry: dict[str, Any] = {
        "name": "tiles",
        "description": f"{described}. Pixels are scaled before the network sees them.",
        "bands": list(contract.bands),
        "input": {
            "shape": [-1, len(contract.bands), side_px, side_px],
            "dim_order": ["batch", "bands", "height", "width"],
            "data_type": "float32",
        },
    }
    if all(contract.scale):
        entry["value_scaling"] = [_scaling(contract, band) for band in range(len(contract.bands))]
    return entry


def _scaling(contract: ModelContract, band: int) -> dict[str, Any]:
    """Return the pixel values of a band that the network sees as 0 and as 1."""
    scale, offset = contract.scale[band], contract.offset[band]
    low = contract.low[band] if contract.low else 0.0
    level = (contract.high[band] - low) / 255 if contract.high else 1.0
    zero, one = -offset / scale, (1 - offset) / scale
    return {
        "type": "min-max",
        "minimum": round(low + zero * level, 9) + 0.0,
        "maximum": round(low + one * level, 9),
    }


def _output(contract: ModelContract) -> dict[str, Any]:
    covers = {cover.code: cover for cover in contract.scheme}
    classes = []
    for position, code in enumerate(contract.class_key):
        entry: dict[str, Any] = {"value": position, "name": "no_class", "description": "no class"}
        if code:
            cover = covers[code]
            entry |= {
                "name": class_name(cover),
                "description": f"{cover.name}: class code {code} in maps",
                "color_hint": cover.colour[1:].upper(),
            }
        classes.append(entry)
    shape, dimensions = [-1, len(classes)], ["batch", "class"]
    if contract.network_stride_px:
        shape, dimensions = [*shape, 1, 1], [*dimensions, "height", "width"]
    return {
        "name": "probabilities",
        "description": "Probability of each output; its position is the value of its class here.",
        "tasks": ["scene-classification"],
        "result": {"shape": shape, "dim_order": dimensions, "data_type": "float32"},
        "classification:classes": classes,
    }
