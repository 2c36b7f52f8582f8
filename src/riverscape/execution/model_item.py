"""A model's STAC Item, beside maps or on its own."""

from pathlib import Path
from typing import Any

from riverscape.execution.stac_json import href, write_json
from riverscape.tiles import Model
from riverscape.tiles.bundle import CONTRACT_FILE, NETWORK_FILE, WEIGHTS_FILE
from riverscape.tiles.mlm import model_item

__all__ = ["write_model_item"]


def write_model_item(path: Path, model: Model, bundle: Path, network: Path | None = None) -> None:
    """Write the STAC Item of a model.

    Parameters
    ----------
    bundle
        Where the model lies.
    network
        Where its network lies as an ONNX file of its own, if it does.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    more: dict[str, dict[str, Any]] = {}
    if network is None:
        network = bundle / NETWORK_FILE if bundle.is_dir() else bundle
        if bundle.is_dir():
            weights = bundle / WEIGHTS_FILE
            more["contract"] = _file_asset(
                path, bundle / CONTRACT_FILE, "application/json", "metadata"
            )
            if weights.is_file():
                more["weights"] = _file_asset(
                    path, weights, "application/octet-stream", "mlm:weights"
                )
    item = model_item(model.contract, model.sha256, href(network, path.parent), more)
    write_json(path, item)


def _file_asset(item: Path, path: Path, kind: str, role: str) -> dict[str, Any]:
    return {"href": href(path, item.parent), "type": kind, "title": path.name, "roles": [role]}
