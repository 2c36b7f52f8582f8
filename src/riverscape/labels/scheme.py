"""Land-cover classes: their codes, names and colours."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError

__all__ = ["PUBLISHED_CLASSES", "ClassScheme", "LandCover"]

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MAX_CODE = 255


@dataclass(frozen=True)
class LandCover:
    """One land-cover class.

    Raises
    ------
    ValueError
        If the code is not in 1..255, the name is empty or the colour is not like ``#00aaff``.

    Examples
    --------
    >>> LandCover(1, "water", "#3fb4ff").rgb
    (63, 180, 255)
    """

    code: int
    name: str
    colour: str

    def __post_init__(self) -> None:
        if isinstance(self.code, bool) or not isinstance(self.code, int):
            message = f"class code {self.code!r} is not a whole number"
            raise ValueError(message)
        if not 1 <= self.code <= _MAX_CODE:
            message = f"class code {self.code} is not in 1..255 (0 is unlabelled)"
            raise ValueError(message)
        if not isinstance(self.name, str) or not self.name.strip():
            message = f"class {self.code} has no name"
            raise ValueError(message)
        if not isinstance(self.colour, str) or not _COLOUR.fullmatch(self.colour):
            message = f"class {self.code}: colour {self.colour!r} is not like #00aaff"
            raise ValueError(message)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, each 0..255."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


@dataclass(frozen=True)
class ClassScheme:
    """The ordered classes of a survey, a model or a map; 0 means unlabelled or nodata.

    Raises
    ------
    ValueError
        If there is no class, or two share a code or a name.

    Examples
    --------
    >>> PUBLISHED_CLASSES.codes
    (1, 2, 3, 4, 5)
    >>> PUBLISHED_CLASSES.name_of(2)
    'dry sediment'
    >>> ClassScheme.from_dict(PUBLISHED_CLASSES.to_dict()) == PUBLISHED_CLASSES
    True
    """

    classes: tuple[LandCover, ...]

    def __post_init__(self) -> None:
        if not self.classes:
            message = "a class scheme needs at least one class"
            raise ValueError(message)
        for what, values in (("code", self.codes), ("name", self.names)):
            twice = [value for value in values if values.count(value) > 1]
            if twice:
                message = f"two classes share the {what} {twice[0]!r}"
                raise ValueError(message)

    def __iter__(self) -> Iterator[LandCover]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def codes(self) -> tuple[int, ...]:
        """Class codes, in order."""
        return tuple(cover.code for cover in self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """Class names, in order."""
        return tuple(cover.name for cover in self.classes)

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Colours by code, (256, 3); codes that are no class are black."""
        colours = np.zeros((_MAX_CODE + 1, 3), np.uint8)
        colours[list(self.codes)] = [cover.rgb for cover in self.classes]
        return colours

    @property
    def positions(self) -> NDArray[np.uint8]:
        """Position 0..K-1 of each code, (256,); 255 for codes that are no class.

        Examples
        --------
        >>> PUBLISHED_CLASSES.positions[:7]
        array([255,   0,   1,   2,   3,   4, 255], dtype=uint8)
        """
        positions = np.full(_MAX_CODE + 1, 255, np.uint8)
        positions[list(self.codes)] = np.arange(len(self))
        return positions

    def name_of(self, code: int) -> str:
        """Return the name of the class with `code`."""
        return self.names[self.codes.index(code)]

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as it stands in JSON."""
        return {
            "classes": [
                {"code": cover.code, "name": cover.name, "colour": cover.colour}
                for cover in self.classes
            ]
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Build a scheme from what stood in JSON.

        Raises
        ------
        ValueError
            If a class lacks its code, name or colour, has other keys, or breaks a rule above.
        """
        entries = content.get("classes") if isinstance(content, dict) else None
        if not isinstance(entries, list):
            message = 'expected {"classes": [{"code": 1, "name": "water", "colour": "#3fb4ff"}]}'
            raise ValueError(message)
        for entry in entries:
            if not isinstance(entry, dict) or set(entry) != {"code", "name", "colour"}:
                message = f"a class has exactly code, name and colour, unlike {entry!r}"
                raise ValueError(message)
        return cls(tuple(LandCover(**entry) for entry in entries))

    @classmethod
    def from_json(cls, path: Path | str) -> Self:
        """Read a scheme from a JSON file.

        Raises
        ------
        InputError
            If the file cannot be read or is no class scheme.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
        except ValueError as error:
            message = f"{path} is no class scheme: {error}"
        raise InputError(message)


# Codes, names and colours of the original (Carbonneau et al. 2020): light blue, orange, green,
# yellow and red, on black.
PUBLISHED_CLASSES = ClassScheme(
    (
        LandCover(1, "water", "#3fb4ff"),
        LandCover(2, "dry sediment", "#ff8c00"),
        LandCover(3, "green vegetation", "#3faa3f"),
        LandCover(4, "senescent vegetation", "#ffee33"),
        LandCover(5, "paved road", "#e31a1c"),
    )
)
