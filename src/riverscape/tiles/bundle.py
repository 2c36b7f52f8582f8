"""The model bundle: a folder, or a .zip of it, in which nothing can be executed.

``model.json`` is the contract, ``network.onnx`` the network, ``weights.safetensors`` the same to
train on, and ``network-int8.onnx``, where there is one, the same in numbers of 8 bits: images are
classified with that. Everything is checked on load.
"""

import hashlib
import json
import zipfile
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from riverscape.errors import ModelError, OutputError
from riverscape.outputs import whole_folder
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.session import Device, computes_on, open_session

__all__ = [
    "CONTRACT_FILE",
    "INT8_FILE",
    "NETWORK_FILE",
    "WEIGHTS_FILE",
    "Model",
    "check_replaceable",
]

CONTRACT_FILE = "model.json"
NETWORK_FILE = "network.onnx"
INT8_FILE = "network-int8.onnx"
WEIGHTS_FILE = "weights.safetensors"

_FILES = (CONTRACT_FILE, NETWORK_FILE, INT8_FILE, WEIGHTS_FILE)


@dataclass(frozen=True)
class Model:
    """A network and the contract that says what it expects and what it answers.

    Attributes
    ----------
    contract
        The content of ``model.json``.
    files
        The other files of the bundle: name to content.
    device
        What the network is to compute on; no part of the bundle.
    """

    contract: ModelContract
    files: dict[str, bytes] = field(repr=False)
    device: Device = "cpu"

    def __post_init__(self) -> None:
        _check_files(self.contract, self.files)
        _check_network(self.contract, self._session)
        if INT8_FILE in self.files:
            _check_network(self.contract, open_session(self.files[NETWORK_FILE]))

    def __reduce__(self) -> tuple[type[Self], tuple[ModelContract, dict[str, bytes], Device]]:
        # An open session stays in its process; another opens its own.
        return type(self), (self.contract, self.files, self.device)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read and check a bundle.

        Raises
        ------
        ModelError
            If it is missing, damaged, of another format, or its network does not keep to its
            contract.
        """
        path = Path(path)
        try:
            files = _read_zip(path) if path.is_file() else _read_folder(path)
            contract = ModelContract.model_validate(json.loads(files.pop(CONTRACT_FILE)))
            return cls(contract, files)
        except OSError as error:
            reason = error.strerror or str(error)
        except zipfile.BadZipFile:
            reason = "it is neither a folder nor a .zip file"
        except KeyError:
            reason = f"it holds no {CONTRACT_FILE}"
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            reason = f"{CONTRACT_FILE}: {place + ': ' if place else ''}{first['msg']}"
        except (ValueError, ModelError) as error:
            reason = str(error)
        message = f"{path} is no model bundle that can be used: {reason}"
        raise ModelError(message)

    @classmethod
    def build(cls, contract: ModelContract, files: dict[str, bytes]) -> Self:
        """Make a model of a contract and files, whose hashes it enters into the contract."""
        hashes = {name: _sha256(content) for name, content in sorted(files.items())}
        return cls(contract.model_copy(update={"files": hashes}), files)

    def save(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the bundle as a folder, whole or not at all.

        Raises
        ------
        OutputError
            If something stands there that may not be overwritten, or is no bundle.
        """
        path = Path(path)
        check_replaceable(path, overwrite)
        with whole_folder(path) as aside:
            for name in _FILES:  # one that this bundle lacks must not stay
                (aside / name).unlink(missing_ok=True)
            for name, content in self.files.items():
                (aside / name).write_bytes(content)
            (aside / CONTRACT_FILE).write_text(self._contract_json(), encoding="utf-8")
        return path

    @property
    def sha256(self) -> str:
        """The bundle's identity: the SHA-256 of its contract, which holds those of its files."""
        return _sha256(self._contract_json().encode())

    def in_float(self) -> "Model":
        """Return the model as it was before it was made to compute in 8 bits, or the model itself.

        Examples
        --------
        >>> from riverscape.models import load_model
        >>> model = load_model("ste-marguerite")
        >>> model.in_float().sha256 == model.contract.backbone["quantised"]["from"]
        True
        """
        if INT8_FILE not in self.files:
            return self
        backbone = {
            key: value for key, value in self.contract.backbone.items() if key != "quantised"
        }
        files = {name: content for name, content in self.files.items() if name != INT8_FILE}
        return self.build(self.contract.model_copy(update={"backbone": backbone}), files)

    def on(self, device: Device) -> "Model":
        """Return the model as it computes on a device: on a graphics card in float.

        Examples
        --------
        >>> from riverscape.models import load_model
        >>> model = load_model("ste-marguerite")
        >>> model.on("gpu").sha256 == model.in_float().sha256, model.on("cpu") is model
        (True, True)
        """
        if device == self.device:
            return self
        return replace(self.in_float() if device == "gpu" else self, device=device)

    @property
    def computes_on(self) -> Device:
        """What the network does compute on: the processor, where no graphics card can be used."""
        return computes_on(self._session)

    def predict(self, windows: NDArray[Any]) -> NDArray[np.float32]:
        """Return the probabilities for windows of pixels.

        Parameters
        ----------
        windows
            Pixels (n, band, row, col), each window one tile, or larger where the network takes
            larger windows.

        Returns
        -------
            Probabilities (n, class, tile_row, tile_col), tiles every `network_stride_px`.

        Examples
        --------
        >>> from riverscape.models import load_model
        >>> model = load_model("ste-marguerite")
        >>> model.predict(np.zeros((2, 3, 50, 50), np.uint8)).shape
        (2, 5, 1, 1)
        """
        feed = {self._session.get_inputs()[0].name: self.contract.scaled(windows)}
        (outputs,) = self._session.run(None, feed)
        if outputs.ndim == 2:
            outputs = outputs[:, :, None, None]
        return self.contract.folded(outputs)

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401
        return open_session(self.files.get(INT8_FILE, self.files[NETWORK_FILE]), self.device)

    def _repr_html_(self) -> str:
        """Show what the model is in a notebook."""
        contract = self.contract
        rows = {
            "model": contract.name,
            "about": contract.description,
            "classes": ", ".join(contract.scheme.names),
            "bands": ", ".join(contract.bands),
            "tiles": f"{contract.tile_px} px",
            "licence": contract.licence,
        }
        cells = "".join(f"<tr><th>{key}</th><td>{escape(rows[key])}</td></tr>" for key in rows)
        return f"<table>{cells}</table>"

    def _contract_json(self) -> str:
        return json.dumps(self.contract.model_dump(), indent=2, ensure_ascii=False) + "\n"


def check_replaceable(path: Path, overwrite: bool) -> None:
    """Check that a bundle may be written at `path`.

    Raises
    ------
    OutputError
        If something stands there that may not be overwritten, or is no bundle.
    """
    if not path.exists():
        return
    if not overwrite:
        message = f"{path} exists already; add --overwrite to replace it"
        raise OutputError(message)
    if not (path / CONTRACT_FILE).is_file() and (path.is_file() or any(path.iterdir())):
        message = f"{path} is no model bundle, so it is not replaced; choose another name"
        raise OutputError(message)


def _check_files(contract: ModelContract, files: dict[str, bytes]) -> None:
    if NETWORK_FILE not in files:
        message = f"it holds no {NETWORK_FILE}"
        raise ModelError(message)
    for name, expected in contract.files.items():
        if name not in files:
            message = f"it holds no {name}"
            raise ModelError(message)
        if _sha256(files[name]) != expected:
            message = f"{name} is damaged: its SHA-256 is not the one in {CONTRACT_FILE}"
            raise ModelError(message)
    for name in files:
        if name not in contract.files:
            message = f"{CONTRACT_FILE} states no SHA-256 for {name}"
            raise ModelError(message)


def _check_network(contract: ModelContract, session: Any) -> None:  # noqa: ANN401
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        message = f"{NETWORK_FILE} has {len(inputs)} inputs and {len(outputs)} outputs, not 1 and 1"
        raise ModelError(message)
    stride_px = contract.network_stride_px
    tile_px, outputs = contract.tile_px, len(contract.class_key)
    expected: dict[int, tuple[int, ...]] = {tile_px: (1, outputs)}
    if stride_px:
        expected = {tile_px: (1, outputs, 1, 1), tile_px + stride_px: (1, outputs, 2, 2)}
    for side_px, shape in expected.items():
        window = np.zeros((1, len(contract.bands), side_px, side_px), np.float32)
        try:
            (answer,) = session.run(None, {inputs[0].name: window})
        except Exception as error:
            message = (
                f"{NETWORK_FILE} does not take windows of {window.shape[1:]} (band, row, col), "
                f"which {CONTRACT_FILE} states"
            )
            raise ModelError(message) from error
        if answer.shape != shape:
            message = (
                f"{NETWORK_FILE} answers {answer.shape} for a window of {side_px} px, "
                f"{CONTRACT_FILE} {shape}"
            )
            raise ModelError(message)


def _read_folder(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        message = "no such file or folder"
        raise ModelError(message)
    return {
        file.name: file.read_bytes()
        for file in sorted(path.iterdir())
        if file.is_file() and file.name in _FILES
    }


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        files = {Path(name).name: archive.read(name) for name in archive.namelist()}
    return {name: content for name, content in files.items() if name in _FILES}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
