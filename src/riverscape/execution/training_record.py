"""train.json: what was trained on what, with which settings and versions, epoch by epoch."""

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from riverscape._version import __version__
from riverscape.outputs import whole_file
from riverscape.settings import Settings
from riverscape.tiles import Epoch, TileSet

__all__ = ["TrainingRecord"]

_PACKAGES = ("numpy", "torch", "timm", "onnx", "onnxruntime", "rasterio", "opencv-python-headless")


class TrainingRecord:
    """The record of a training, written after each epoch: a broken one leaves what it did."""

    def __init__(
        self, path: Path, settings: Settings, tiles: TileSet, data: dict[str, Any]
    ) -> None:
        self._path = path
        self.content: dict[str, Any] = {
            "riverscape": __version__,
            "python": platform.python_version(),
            "packages": {name: _version(name) for name in _PACKAGES},
            "machine": {"processor": platform.processor() or platform.machine()},
            "started": _now(),
            "seed": settings.training.seed,
            "settings": settings.model_dump(include={"image", "tile_set", "network", "training"}),
            "data": data,
            "tiles": tiles.counts(),
            "class_key": list(tiles.key.class_codes),
            "epochs": _earlier_epochs(path),
        }

    def add(self, stage: str, epoch: Epoch) -> None:
        """Enter an epoch of a stage."""
        log = self.content["epochs"].setdefault(stage, [])
        # A training that goes on from a checkpoint does some epochs again.
        log[:] = [entry for entry in log if entry["number"] < epoch.number]
        log.append(asdict(epoch))
        self.write()

    def finish(self, **results: Any) -> None:  # noqa: ANN401
        """Enter what came of it."""
        self.content |= {"finished": _now(), **results}
        self.write()

    def write(self) -> None:
        """Write the record, whole or not at all."""
        with whole_file(self._path) as aside:
            text = json.dumps(_without_nan(self.content), indent=2, ensure_ascii=False)
            aside.write_text(text + "\n", encoding="utf-8")


def _earlier_epochs(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["epochs"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _without_nan(content: Any) -> Any:  # noqa: ANN401
    """Return content in which NaN, which JSON does not know, is null."""
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and content != content else content


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
