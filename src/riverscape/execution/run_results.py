"""A run read back from what it left behind."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from riverscape.assessment import RunResults
from riverscape.errors import InputError
from riverscape.execution.products import RECORD_NAME
from riverscape.execution.recorded_image import mapped_image
from riverscape.labels import ClassScheme

__all__ = ["read_run"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Model(_Strict):
    name: str


class _Head(_Strict):
    riverscape: str
    started: str
    finished: str | None
    model: _Model
    settings: dict[str, dict[str, Any]]
    classes: list[dict[str, Any]]
    images: dict[str, dict[str, Any]]
    failures: dict[str, str]


def read_run(folder: Path) -> RunResults:
    """Return what came of a run of `classify` that left its maps in `folder`.

    Raises
    ------
    InputError
        If there is no run, its record is damaged, or an older riverscape made it that did not
        keep what reports need.
    """
    path = folder / RECORD_NAME
    if folder.is_file():
        message = f"{folder} is a file; name the folder that riverscape classify wrote"
        raise InputError(message)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{folder} holds no run of riverscape classify: {path} cannot be read"
        raise InputError(message) from error
    except ValueError as error:
        message = f"{path} is damaged; classify again with --overwrite"
        raise InputError(message) from error
    try:
        return _run(folder, content)
    except ValueError as error:
        message = (
            f"{path} lacks what a report needs ({_where(error)}); it is damaged, or of an older "
            "riverscape: classify again with --overwrite"
        )
        raise InputError(message) from error


def _run(folder: Path, content: object) -> RunResults:
    head = _Head.model_validate(content)
    scheme = ClassScheme.from_dict({"classes": head.classes})
    classifier = head.settings.get("pixels", {}).get("classifier")
    if not isinstance(classifier, str):
        message = "settings.pixels.classifier: it should be a name"
        raise ValueError(message)
    return RunResults(
        folder,
        head.model.name,
        classifier,
        scheme,
        tuple(mapped_image(name, entry, scheme) for name, entry in sorted(head.images.items())),
        head.failures,
        head.started,
        head.finished,
        head.riverscape,
        head.settings,
    )


def _where(error: ValueError) -> str:
    """Return the first thing that is wrong, and where it stands."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
