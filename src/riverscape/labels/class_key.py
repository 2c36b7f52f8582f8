"""Local classes, such as "water of the Ouelle", and the key that folds them to classes."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from riverscape.errors import InputError
from riverscape.labels.scheme import ClassScheme

__all__ = ["ClassKey", "LocalClass"]

# The columns of the original's own key files (Carbonneau et al. 2020, class key of TrainCNN.py).
_COLUMNS = ("LocalClass", "HierarchClass", "River", "ClassName")


@dataclass(frozen=True)
class LocalClass:
    """One output of a network.

    Attributes
    ----------
    code
        The local class's own number.
    class_code
        Code of the class that it is folded to; 0 stands for no class.
    river
        The river whose tiles it is trained on; empty where it is trained on all.
    """

    code: int
    class_code: int
    river: str = ""
    name: str = ""


@dataclass(frozen=True)
class ClassKey:
    """The local classes in the order of a network's outputs.

    Raises
    ------
    ValueError
        If there is none, or their codes do not ascend.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> key = ClassKey.by_river(PUBLISHED_CLASSES, ["Ouelle", "StMarg"])
    >>> key.class_codes
    (1, 2, 3, 4, 5, 1, 2, 3, 4, 5)
    >>> print(key.to_csv().splitlines()[6])
    6,1,StMarg,water
    """

    classes: tuple[LocalClass, ...]

    def __post_init__(self) -> None:
        codes = [local.code for local in self.classes]
        if not codes:
            message = "a class key without classes"
            raise ValueError(message)
        if any(after <= before for before, after in pairwise(codes)):
            message = f"the local classes {codes} do not ascend"
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def class_codes(self) -> tuple[int, ...]:
        """The class code of each output."""
        return tuple(local.class_code for local in self.classes)

    def position_of(self, class_code: int, river: str) -> int:
        """Return which output is trained on a class in a river.

        Raises
        ------
        KeyError
            If none is.
        """
        for position, local in enumerate(self.classes):
            if local.class_code == class_code and local.river in ("", river):
                return position
        raise KeyError(class_code, river)

    @classmethod
    def of_scheme(cls, scheme: ClassScheme) -> Self:
        """Return the key of classes that are trained on all rivers together.

        Examples
        --------
        >>> from riverscape.labels import PUBLISHED_CLASSES
        >>> ClassKey.of_scheme(PUBLISHED_CLASSES).class_codes
        (1, 2, 3, 4, 5)
        """
        return cls(tuple(LocalClass(cover.code, cover.code, "", cover.name) for cover in scheme))

    @classmethod
    def by_river(cls, scheme: ClassScheme, rivers: Iterable[str], unlabelled: bool = False) -> Self:
        """Return the key of classes that each river has for itself, as the original trains them.

        Parameters
        ----------
        unlabelled
            Whether there is an output 0 that stands for no class, as in the original.
        """
        named = [(cover, river) for river in sorted(set(rivers)) for cover in scheme]
        local = [
            LocalClass(code, cover.code, river, cover.name)
            for code, (cover, river) in enumerate(named, start=1)
        ]
        return cls(tuple([LocalClass(0, 0)] * unlabelled + local))

    @classmethod
    def read_csv(cls, path: Path | str) -> Self:
        """Read the CSV that the original's scripts use.

        Its columns are LocalClass, HierarchClass, River and ClassName; numbers may be written
        as ``1.0``.

        Raises
        ------
        InputError
            If the file cannot be read, lacks a column or holds a row that makes no sense.
        """
        path = Path(path)
        try:
            rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
            raise InputError(message) from error
        except (ValueError, csv.Error) as error:
            message = f"{path} is no CSV file: {error}"
            raise InputError(message) from error
        lacking = [name for name in _COLUMNS[:2] if not rows or name not in rows[0]]
        if lacking:
            message = f"{path} is no class key: it lacks the column(s) {', '.join(lacking)}"
            raise InputError(message)
        local = []
        for line, row in enumerate(rows, start=2):
            try:
                code, class_code = (_whole(row[name]) for name in _COLUMNS[:2])
            except (TypeError, ValueError) as error:
                message = f"{path}, line {line}: a class must be a whole number of 0..255"
                raise InputError(message) from error
            river, name = ((row.get(column) or "").strip() for column in _COLUMNS[2:])
            local.append(LocalClass(code, class_code, river, name))
        try:
            return cls(tuple(sorted(local, key=lambda one: one.code)))
        except ValueError as error:
            message = f"{path}: {error}"
            raise InputError(message) from error

    def to_csv(self) -> str:
        """Return the CSV that the original's scripts use."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for local in self.classes:
            writer.writerow([local.code, local.class_code, local.river, local.name])
        return text.getvalue()


def _whole(text: str) -> int:
    number = float(text)
    if not (number.is_integer() and 0 <= number <= 255):
        message = f"{text} is not a whole number of 0..255"
        raise ValueError(message)
    return int(number)
