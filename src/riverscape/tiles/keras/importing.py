"""From a model that Keras saved to a model bundle: the original's models live on."""

import hashlib
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from riverscape.errors import InputError, MissingExtraError
from riverscape.labels import PUBLISHED_CLASSES, ClassKey, ClassScheme
from riverscape.tiles.band_choice import band_names
from riverscape.tiles.bundle import NETWORK_FILE, WEIGHTS_FILE, Model
from riverscape.tiles.contract import ModelContract

if TYPE_CHECKING:
    from riverscape.tiles.keras.file import KerasFile

__all__ = ["import_keras"]

_NEEDS = ("h5py", "keras", "onnx", "safetensors", "torch")


def import_keras(
    path: Path | str,
    key: ClassKey,
    scheme: ClassScheme = PUBLISHED_CLASSES,
    name: str | None = None,
    tile_px: int | None = None,
    scale: float = 1 / 255,
    offset: float = 0.0,
) -> Model:
    """Make a model bundle of a model that Keras 2.2 to 3 saved, .h5 or .keras.

    Nothing that the file may carry is run; it is refused if it holds anything but weights and
    layers of Keras's own. The network answers what Keras answers: that is checked each time.

    Parameters
    ----------
    key
        The network's outputs, in their order, and the classes that they are folded to.
    name
        What the model is called; the name of the file without it.
    tile_px
        Side of a tile, where the file leaves it open.
    scale, offset
        How pixels were scaled in training: the network sees ``pixel * scale + offset``.

    Raises
    ------
    ModelError
        If the file is missing, damaged or refused, or holds no network that answers one
        probability for each class of a square tile.
    InputError
        If the key does not fit the network's outputs or the classes.
    MissingExtraError
        If Keras is not installed.
    """
    if any(find_spec(package) is None for package in _NEEDS):
        purpose = "importing a Keras model"
        raise MissingExtraError(purpose, "keras")
    _check_codes(key, scheme)
    if not (isfinite(scale) and isfinite(offset) and scale):
        message = f"a scale of {scale} and an offset of {offset} leave nothing of the pixels"
        raise InputError(message)
    from safetensors.numpy import save

    from riverscape.tiles.keras.file import KerasFile
    from riverscape.tiles.keras.graph import lean_onnx
    from riverscape.tiles.keras.network import rebuild

    file = KerasFile.read(path)
    network = rebuild(file, tile_px)
    if len(key) != network.outputs:
        message = (
            f"{path} has {network.outputs} outputs, the class key {len(key)} local classes; it "
            "needs one for each output, also for output 0 where that stands for no class"
        )
        raise InputError(message)
    weights = network.weights()
    contract = ModelContract(
        name=name or file.path.stem,
        description=f"imported from {file.path.name}, which {file.saved_by} saved",
        classes=scheme.to_dict(),
        class_key=key.class_codes,
        tile_px=network.tile_px,
        bands=band_names(network.bands),
        scale=(scale,) * network.bands,
        offset=(offset,) * network.bands,
        backbone=_origin(file, weights),
        training={"local_classes": [asdict(local) for local in key.classes]},
    )
    return Model.build(contract, {NETWORK_FILE: lean_onnx(network), WEIGHTS_FILE: save(weights)})


def _origin(file: "KerasFile", weights: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {
        "name": "keras",
        "parameters": sum(array.size for array in weights.values()),
        "layers": len({place.rpartition("/")[0] for place in weights}),
        "file": file.path.name,
        "sha256": hashlib.sha256(file.path.read_bytes()).hexdigest(),
        "saved_by": " on ".join(part for part in (file.saved_by, file.backend) if part),
        "rebuilt_by": f"Keras {version('keras')}",
    }


def _check_codes(key: ClassKey, scheme: ClassScheme) -> None:
    strangers = sorted(set(key.class_codes) - {0, *scheme.codes})
    if strangers:
        message = (
            f"the class key folds to the code(s) {', '.join(map(str, strangers))}, the classes "
            f"are {_listed(scheme)}; state other classes with --classes"
        )
        raise InputError(message)
    missing = [cover for cover in scheme if cover.code not in key.class_codes]
    if missing:
        message = (
            f"no local class of the class key is folded to {missing[0].code} {missing[0].name}; "
            f"state the model's own classes with --classes, the classes are {_listed(scheme)}"
        )
        raise InputError(message)


def _listed(scheme: ClassScheme) -> str:
    return ", ".join(f"{cover.code} {cover.name}" for cover in scheme)
