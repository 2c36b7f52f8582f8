"""run.json: what was made of what, with which settings and model, in what time."""

import json
import os
import platform
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from riverscape._version import __version__
from riverscape.errors import OutputError
from riverscape.execution.recorded_image import mapped_image
from riverscape.labels import ClassScheme
from riverscape.outputs import whole_file
from riverscape.settings import Settings
from riverscape.tiles import Model

__all__ = ["RunRecord"]

# What takes a line of its own in a list; numbers share one, or matrices would be unreadable.
_LINED = (list, dict, str)
# From so many seconds on it is not written anew for each image.
_SLOW_S = 0.1
_PACKAGES = ("numpy", "rasterio", "onnxruntime", "scikit-learn", "opencv-python-headless")


@dataclass
class RunRecord:
    """The record of a run, written at its begin and after each image.

    So a run that was broken off knows what it was to do, and what it has done. Where there are so
    many images that writing takes its time, what is new is added to a file beside it, a line an
    image, and the record itself written at the end.
    """

    path: Path
    head: dict[str, Any]
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    _write_s: float = field(default=0.0, init=False, repr=False)

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
            head, started, images = self._read()
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
        self._take_over(started, images)

    def keep_others(self, names: Collection[str]) -> None:
        """Keep what an earlier run with the same model and settings made of other images."""
        try:
            head, started, images = self._read()
        except (OSError, ValueError, KeyError, TypeError):
            return
        if head == self._identity():
            others = {name: entry for name, entry in images.items() if name not in names}
            self._take_over(started, others)

    def _take_over(self, started: str, images: dict[str, dict[str, Any]]) -> None:
        """Take over images, as far as reports can be made of what is known of them."""
        scheme = ClassScheme.from_dict({"classes": self.head["classes"]})
        for name, entry in images.items():
            with suppress(ValueError):
                mapped_image(name, entry, scheme)
                self.images[name] = entry
        if self.images:
            self.head["started"] = started  # by the run that began all this

    def _identity(self) -> list[Any]:
        return [self.head["riverscape"], self.head["model"], self.head["settings"]]

    def _read(self) -> tuple[list[Any], str, dict[str, dict[str, Any]]]:
        earlier = json.loads(self.path.read_text(encoding="utf-8"))
        head = [earlier["riverscape"], earlier["model"], earlier["settings"]]
        started = str(earlier["started"])
        return head, started, dict(earlier["images"]) | self._additions(started)

    def add(self, name: str, entry: dict[str, Any]) -> None:
        """Enter an image that is done."""
        self.images[name] = entry
        self._note(name, entry)

    def fail(self, name: str, reason: str) -> None:
        """Enter an image that could not be done."""
        self.images.pop(name, None)
        self.failures[name] = reason
        self._note(name, None)

    def _note(self, name: str, entry: dict[str, Any] | None) -> None:
        """Write what is new of an image, the way that takes no time to speak of."""
        if self._write_s < _SLOW_S:
            self.write()
            return
        line = json.dumps({"started": self.head["started"], "name": name, "entry": entry})
        try:
            with self._beside.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            message = f"{self._beside} cannot be written: {error.strerror or error}"
            raise OutputError(message) from error

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.more")

    def _additions(self, started: str) -> dict[str, dict[str, Any]]:
        """Return the images that a run noted beside its record, whole lines only."""
        found: dict[str, dict[str, Any]] = {}
        try:
            lines = self._beside.read_text(encoding="utf-8").splitlines()
        except OSError:
            return found
        for line in lines:
            try:
                more = json.loads(line)
            except ValueError:  # the line that was being written
                continue
            if more["started"] == started and more["entry"] is not None:
                found[more["name"]] = more["entry"]
            else:
                found.pop(more["name"], None)
        return found

    def write(self, finished: bool = False) -> None:
        """Write the record, whole or not at all."""
        began = time.monotonic()
        content = {
            **self.head,
            "finished": _now() if finished else None,
            "images": dict(sorted(self.images.items())),
            "failures": dict(sorted(self.failures.items())),
        }
        with whole_file(self.path) as aside:
            aside.write_text(_text(content) + "\n", encoding="utf-8")
        self._beside.unlink(missing_ok=True)  # all that stood there is in it now
        self._write_s = time.monotonic() - began

    def finish(self) -> None:
        """Say that the run came to its end; where no image was made there is no record."""
        if self.images:
            self.write(finished=True)
        else:
            self.path.unlink(missing_ok=True)
            self._beside.unlink(missing_ok=True)

    @staticmethod
    def is_unfinished(path: Path) -> bool:
        """Return whether a record is of a run that was broken off."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(content, dict) and content.get("finished", "") is None


def _text(value: object, indent: str = "") -> str:
    """Return JSON with a line for each value, but one for a whole row of a matrix.

    Examples
    --------
    >>> print(_text({"a": [[1, 2], [3, 4]]}))
    {
      "a": [
        [1, 2],
        [3, 4]
      ]
    }
    """
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        lines = [f"{json.dumps(key)}: {_text(one, inner)}" for key, one in value.items()]
        begin, end = "{}"
    elif isinstance(value, list | tuple) and any(isinstance(one, _LINED) for one in value):
        lines = [_text(one, inner) for one in value]
        begin, end = "[]"
    else:
        return json.dumps(value)
    return f"{begin}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{end}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
