"""run.json: what was made of what, with which settings and model, in what time."""

import json
import platform
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from riverscape._version import __version__
from riverscape.errors import OutputError
from riverscape.outputs import whole_file
from riverscape.settings import Settings
from riverscape.tiles import Model

__all__ = ["RunRecord"]

# A list of nothing but numbers: a line for each would make matrices unreadable.
_NUMBERS = re.compile(r"\[[-+.\deE,\s]+\]")
_PACKAGES = ("numpy", "rasterio", "onnxruntime", "scikit-learn", "opencv-python-headless")


@dataclass
class RunRecord:
    """The record of a run, written at its begin and after each image.

    So a run that was broken off knows what it was to do, and what it has done.
    """

    path: Path
    head: dict[str, Any]
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, path: Path, model: Model, settings: Settings) -> Self:
        """Begin the record of a run."""
        head = {
            "riverscape": __version__,
            "python": platform.python_version(),
            "packages": {name: version(name) for name in _PACKAGES},
            "started": _now(),
            "model": {"name": model.contract.name, "sha256": model.sha256},
            **model.contract.scheme.to_dict(),
            "settings": {
                table: settings.model_dump(mode="json")[table]
                for table in ("image", "tiles", "teaching", "pixels", "layers")
            },
        }
        return cls(path, head)

    def resume(self) -> None:
        """Take over the images that an earlier run with the same model and settings made.

        Another version of riverscape may make other maps, so its are not taken over.

        Raises
        ------
        OutputError
            If the earlier run had another model, other settings or another version, or its record
            is damaged.
        """
        if not self.path.exists():
            return
        try:
            head, images = self._read()
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{self.path} is damaged; add --overwrite to begin anew"
            raise OutputError(message) from error
        if head[:1] != self._identity()[:1]:
            message = (
                f"{self.path} is of a run with riverscape {head[0]}, this is {__version__}; "
                "add --overwrite to begin anew, or choose another --out"
            )
            raise OutputError(message)
        if head != self._identity():
            message = (
                f"{self.path} is of a run with another model or other settings; "
                "add --overwrite to begin anew, or choose another --out"
            )
            raise OutputError(message)
        self.images = images

    def keep_others(self, names: Collection[str]) -> None:
        """Keep what an earlier run with the same model and settings made of other images."""
        try:
            head, images = self._read()
        except (OSError, ValueError, KeyError, TypeError):
            return
        if head == self._identity():
            self.images = {name: entry for name, entry in images.items() if name not in names}

    def _identity(self) -> list[Any]:
        return [self.head["riverscape"], self.head["model"], self.head["settings"]]

    def _read(self) -> tuple[list[Any], dict[str, dict[str, Any]]]:
        earlier = json.loads(self.path.read_text(encoding="utf-8"))
        head = [earlier["riverscape"], earlier["model"], earlier["settings"]]
        return head, dict(earlier["images"])

    def add(self, name: str, entry: dict[str, Any]) -> None:
        """Enter an image that is done."""
        self.images[name] = entry
        self.write()

    def fail(self, name: str, reason: str) -> None:
        """Enter an image that could not be done."""
        self.images.pop(name, None)
        self.failures[name] = reason
        self.write()

    def write(self, finished: bool = False) -> None:
        """Write the record, whole or not at all."""
        content = {
            **self.head,
            "finished": _now() if finished else None,
            "images": dict(sorted(self.images.items())),
            "failures": dict(sorted(self.failures.items())),
        }
        with whole_file(self.path) as aside:
            text = _NUMBERS.sub(_on_one_line, json.dumps(content, indent=2))
            aside.write_text(text + "\n", encoding="utf-8")

    def finish(self) -> None:
        """Say that the run came to its end; where no image was made there is no record."""
        if self.images:
            self.write(finished=True)
        else:
            self.path.unlink(missing_ok=True)

    @staticmethod
    def is_unfinished(path: Path) -> bool:
        """Return whether a record is of a run that was broken off."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(content, dict) and content.get("finished", "") is None


def _on_one_line(numbers: re.Match[str]) -> str:
    return " ".join(numbers.group().split()).replace("[ ", "[").replace(" ]", "]")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
