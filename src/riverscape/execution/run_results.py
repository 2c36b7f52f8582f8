"""A run read back from what it left behind."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from riverscape.assessment import ConfusionMatrix, MappedImage, Reliability, RunResults
from riverscape.errors import InputError
from riverscape.execution.products import RECORD_NAME
from riverscape.imagery import river_name
from riverscape.labels import ClassScheme

__all__ = ["read_run"]


def read_run(folder: Path) -> RunResults:
    """Return what came of a run of `classify` that left its maps in `folder`.

    Raises
    ------
    InputError
        If there is no run, its record is damaged, or an older riverscape made it that did not
        keep what reports need.
    """
    path = folder / RECORD_NAME
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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = (
            f"{path} lacks what a report needs; it is damaged, or of an older riverscape: "
            "classify again with --overwrite"
        )
        raise InputError(message) from error


def _run(folder: Path, content: dict[str, Any]) -> RunResults:
    scheme = ClassScheme.from_dict({"classes": content["classes"]})
    return RunResults(
        folder,
        content["model"]["name"],
        content["settings"]["pixels"]["classifier"],
        scheme,
        tuple(_image(name, entry, scheme) for name, entry in sorted(content["images"].items())),
        dict(content["failures"]),
        content["started"],
        content["finished"],
        content["riverscape"],
        content["settings"],
    )


def _image(name: str, entry: dict[str, Any], scheme: ClassScheme) -> MappedImage:
    rows, cols = entry["shape"]
    return MappedImage(
        name,
        entry.get("river", river_name(name)),
        entry["image"],
        entry.get("labels"),
        (rows, cols),
        dict(entry["pixels"]),
        dict(entry["square_metres"]),
        {
            kind: ConfusionMatrix(np.array(counts, np.int64), scheme)
            for kind, counts in entry.get("confusion", {}).items()
        },
        {
            kind: Reliability(np.array(counts, np.int64))
            for kind, counts in entry.get("reliability", {}).items()
        },
        tuple(entry["notes"]),
        dict(entry["seconds"]),
    )
