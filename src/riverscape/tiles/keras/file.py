"""A model as Keras saves it, .h5 or .keras: read without trust, written anew as it was checked."""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from riverscape.errors import ModelError
from riverscape.tiles.keras.config import Config, checked_config
from riverscape.tiles.keras.hdf5 import checked_datasets, open_hdf5

__all__ = ["KerasFile"]

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_LARGEST_BYTES = 4 * 1024**3
# What zipfile raises of damaged, encrypted or foreign archives, besides its own.
_DAMAGED = (EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class KerasFile:
    """What a file of Keras holds that is safe to use.

    Attributes
    ----------
    config
        The checked description of the network.
    keras_version, backend
        What saved it; empty where the file does not say so.
    weight_names
        Of an .h5 file: the names of the weights of each layer, in the order in which they stand
        there for the layer's own.
    content
        Of a .keras file: the HDF5 file of the weights in it.
    """

    path: Path
    config: Config = field(repr=False)
    keras_version: str
    backend: str = ""
    weight_names: dict[str, list[str]] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read and check a file.

        Raises
        ------
        ModelError
            If it is missing, damaged, none of Keras, holds weights alone, or anything but
            numbers and Keras's own layers.
        """
        path = Path(path)
        if path.is_dir():
            message = (
                f"{path} is a folder, perhaps a SavedModel of TensorFlow; let Keras save the model "
                'as one file: model.save("model.h5")'
            )
            raise ModelError(message)
        return cls._read_archive(path) if zipfile.is_zipfile(path) else cls._read_hdf5(path)

    @classmethod
    def _read_hdf5(cls, path: Path) -> Self:
        with open_hdf5(path) as file:
            checked_datasets(file, path)
            config = _text(file.attrs.get("model_config"))
            known_by = ("layer_names", "layer_names0", "keras_version")
            if not config and ("layers" in file or any(name in file.attrs for name in known_by)):
                message = (
                    f"{path} holds weights without their network; let Keras save the whole model: "
                    'model.save("model.h5")'
                )
                raise ModelError(message)
            if not config or "model_weights" not in file:
                message = f"{path} is an HDF5 file, but no model of Keras"
                raise ModelError(message)
            weights = file["model_weights"]
            weight_names = {layer: _names(weights[layer]) for layer in weights}
            version, backend = (_text(file.attrs.get(key)) for key in ("keras_version", "backend"))
        checked = checked_config(_parsed(config, path), path)
        return cls(path, checked, version, backend, weight_names=weight_names)

    @classmethod
    def _read_archive(cls, path: Path) -> Self:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                parts = {
                    name: _member(archive, name, path)
                    for name in (_CONFIG, _METADATA, _WEIGHTS)
                    if name in names
                }
        except (*_DAMAGED, zipfile.BadZipFile, zlib.error) as error:
            message = f"{path} is a damaged .keras file: {error}"
            raise ModelError(" ".join(message.split())) from error
        lacking = [name for name in (_CONFIG, _WEIGHTS) if name not in parts]
        if lacking:
            message = f"{path} is a zip file but no .keras file: it lacks {', '.join(lacking)}"
            raise ModelError(message)
        with open_hdf5(path, io.BytesIO(parts[_WEIGHTS])) as file:
            checked_datasets(file, path)
        config = checked_config(_parsed(parts[_CONFIG], path), path)
        metadata = _parsed(parts.get(_METADATA, b"{}"), path)
        version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
        return cls(path, config, str(version), content=parts[_WEIGHTS])

    @property
    def saved_by(self) -> str:
        """The version of Keras that saved it."""
        return f"Keras {self.keras_version or 'of unknown version'}"

    def write(self, folder: Path) -> Path:
        """Write what was checked, and nothing else, for Keras to load."""
        config = json.dumps(self.config)
        if self.content is not None:
            copy = folder / "model.keras"
            with zipfile.ZipFile(copy, "w") as archive:
                archive.writestr(_CONFIG, config)
                archive.writestr(_METADATA, json.dumps({"keras_version": self.keras_version}))
                archive.writestr(_WEIGHTS, self.content)
            return copy
        import h5py

        copy = folder / "model.h5"
        # A description may be longer than older versions of HDF5 allow of an attribute.
        with open_hdf5(self.path) as file, h5py.File(copy, "w", libver="latest") as target:
            target.attrs["model_config"] = config
            target.attrs["keras_version"] = self.keras_version
            target.attrs["backend"] = self.backend
            file.copy("model_weights", target)
        return copy


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST_BYTES:
        message = f"{path} claims to hold more than {_LARGEST_BYTES // 1024**3} GB"
        raise ModelError(message)
    return archive.read(name)


def _names(layer: Any) -> list[str]:  # noqa: ANN401
    """Return a layer's weight names, which long lists spread over several attributes."""
    keys = [key for key in layer.attrs if key.startswith("weight_names")]
    keys.sort(key=lambda key: (len(key), key))
    return [_text(name) for key in keys for name in layer.attrs[key]]


def _text(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _parsed(text: str | bytes, path: Path) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{path} is damaged: what it says of its network is no JSON"
        raise ModelError(message) from error
