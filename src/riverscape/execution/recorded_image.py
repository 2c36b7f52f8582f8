"""What run.json says of an image, read back strictly: a damaged entry is none."""

from pathlib import PurePath
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riverscape.assessment import ConfusionMatrix, MappedImage, Reliability
from riverscape.imagery import river_name
from riverscape.labels import ClassScheme

__all__ = ["mapped_image"]

_MOST = 10**15  # pixels: far more than any survey has, and their sums are whole numbers still

_Kind = Literal["CNN", "CSC"]
_Count = Annotated[int, Field(ge=0, le=_MOST)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Table = list[list[_Count]]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True)

    image: str
    labels: str | None = None
    river: str | None = None
    shape: Annotated[list[_Count], Field(min_length=2, max_length=2)]
    has_place: bool | None = None
    pixels: dict[str, _Count]
    square_metres: dict[str, _Amount]
    notes: list[str]
    seconds: dict[str, _Amount]
    confusion: dict[_Kind, _Table] = {}
    reliability: dict[_Kind, _Table] = {}


def mapped_image(name: str, entry: object, scheme: ClassScheme) -> MappedImage:
    """Return what came of an image, of its entry in run.json.

    Parameters
    ----------
    scheme
        The classes of the maps.

    Raises
    ------
    ValueError
        If the entry lacks something, or anything in it is not what it should be.
    """
    # Files are found by the name, so it must not lead out of the folder.
    if name in ("", ".", "..") or PurePath(name).name != name:
        message = f"{name!r} is no name of an image"
        raise ValueError(message)
    try:
        known = _Entry.model_validate(entry)
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(map(str, (name, *first["loc"])))
        message = f"{place}: {first['msg']}"
        raise ValueError(message) from error
    strange = {*known.pixels, *known.square_metres} - set(scheme.names)
    if strange:
        message = f"{name}: {strange.pop()!r} is none of the classes"
        raise ValueError(message)
    if len(known.confusion) == 1:
        message = f"{name}: confusion is of one map only"
        raise ValueError(message)
    rows, cols = known.shape
    return MappedImage(
        name,
        known.river or river_name(name),
        known.image,
        known.labels,
        (rows, cols),
        known.pixels,
        known.square_metres,
        {
            kind: ConfusionMatrix(np.array(table, np.int64), scheme)
            for kind, table in known.confusion.items()
        },
        {kind: Reliability(np.array(table, np.int64)) for kind, table in known.reliability.items()},
        tuple(known.notes),
        known.seconds,
        known.has_place,
    )
