# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes that labels mean: of a file, of how the layer is styled, or the published five."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .layers import LayerError
from .models import PUBLISHED_CLASSES
from .polygons import are_known
from .translation import tr

__all__ = ["known_classes", "scheme_words"]

_MOST_CODE = 255


def known_classes(file: str, layer: Any, field: str) -> dict[int, str]:
    """Return code and name of each class.

    Parameters
    ----------
    file
        A JSON file of classes; "" for none.
    layer
        The polygon layer, whose categories count where they are no published classes; or None.
    field
        Its field with the classes.

    Raises
    ------
    LayerError
        If the file is none of classes.
    """
    import json  # late, here and below: QGIS starts with this module

    if file:
        try:
            told = json.loads(Path(file).read_text(encoding="utf-8"))["classes"]
            return {int(one["code"]): str(one["name"]) for one in told}
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = tr(
                'the classes {0} cannot be read ({1}): expected {{"classes": [{{"code": 1, "name": '
                '"water", "colour": "#3fb4ff"}}]}}'
            )
            reason = " ".join(f"{type(error).__name__} {error}".split())
            raise LayerError(message.format(file, reason)) from error
    styled = _styled(layer, field)
    return {one["code"]: one["name"] for one in styled} or PUBLISHED_CLASSES


def scheme_words(file: str, layer: Any, field: str, folder: Path) -> list[str]:
    """Return the option that names the classes to the worker, having written them as a file."""
    if file:
        return ["--classes", file]
    styled = _styled(layer, field)
    if not styled:
        return []
    import json

    path = folder / "classes.json"
    content = {"classes": styled}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return ["--classes", str(path)]


def _styled(layer: Any, field: str) -> list[dict[str, Any]]:
    """Return the classes of a layer that is styled by categories of its class field.

    None where all that the field says are published classes, or it is styled otherwise.
    """
    renderer = layer.renderer() if layer is not None else None
    if renderer is None or renderer.type() != "categorizedSymbol":
        return []
    if renderer.classAttribute().strip('"') != field:
        return []
    categories = [one for one in renderer.categories() if one.value() not in (None, "")]
    values = [one.value() for one in categories]
    if not values or are_known(values, PUBLISHED_CLASSES):
        return []
    by_code = all(_is_code(value) for value in values)
    codes = [int(float(value)) for value in values] if by_code else range(1, len(values) + 1)
    return [
        {
            "code": code,
            # Where the field holds names, they are what the worker looks for.
            "name": (one.label() or str(one.value())) if by_code else str(one.value()),
            "colour": one.symbol().color().name(),
        }
        for code, one in zip(codes, categories)
        if code
    ]


def _is_code(value: Any) -> bool:
    try:
        return float(value) == int(float(value)) and 0 <= float(value) <= _MOST_CODE
    except (TypeError, ValueError):
        return False
