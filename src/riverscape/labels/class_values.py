"""What polygons say of their class, by code or by name, as class codes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.labels.scheme import ClassScheme

__all__ = ["class_codes"]

_FEW = 8
_UNLABELLED = "unlabelled"


def class_codes(
    values: Sequence[int | float | str], scheme: ClassScheme, where: str
) -> NDArray[np.uint8]:
    """Return the class code of each value: a code, as number or text, or a class's name.

    Small and capital letters are the same, unless two classes differ by them alone. Code 0, or
    the name "unlabelled", takes labels away.

    Parameters
    ----------
    where
        The file and its field, for the error.

    Raises
    ------
    InputError
        If a value is no class; it lists all such values and the known classes.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> class_codes([1, "Dry sediment", "3", 0], PUBLISHED_CLASSES, "banks.gpkg").tolist()
    [1, 2, 3, 0]
    """
    known = {value: _code(value, scheme) for value in dict.fromkeys(values)}
    strangers = [value for value, code in known.items() if code is None]
    if strangers:
        shown = ", ".join(map(repr, strangers[:_FEW])) + (", ..." if strangers[_FEW:] else "")
        classes = ", ".join(f"{cover.code} {cover.name}" for cover in scheme)
        message = (
            f"{where} holds what is no class: {shown} (known: 0 {_UNLABELLED}, {classes}); "
            "name your own classes with --classes"
        )
        raise InputError(message)
    return np.array([known[value] for value in values], np.uint8)


def _code(value: int | float | str, scheme: ClassScheme) -> int | None:
    if isinstance(value, str):
        text = " ".join(value.split())
        if text in scheme.names:
            return scheme.codes[scheme.names.index(text)]
        names = {cover.name.casefold(): cover.code for cover in scheme}
        names.setdefault(_UNLABELLED, 0)
        if text.casefold() in names:
            return names[text.casefold()]
        try:
            value = float(text)
        except ValueError:
            return None
    return int(value) if value in (0, *scheme.codes) else None
