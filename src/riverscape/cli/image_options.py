"""The options that say how images are read, in a panel of their own."""

import math
from typing import Annotated, Any

import typer

__all__ = ["Bands", "Gsd", "Mosaic", "Nodata", "Resample", "ValueRange", "image_changes"]

_PANEL = "Image"


def _listed(text: str | None) -> str | None:
    if text is not None and not all(name.strip() for name in text.split(",")):
        message = f"{text!r} is no list of bands; write them as in 3,2,1 or red,green,blue"
        raise typer.BadParameter(message)
    return text


def _number(text: str | None) -> str | None:
    if text is not None and math.isinf(_as_number(text, "a number or nan")):
        message = f"{text!r} is no value to look for; infinite pixels never count as data"
        raise typer.BadParameter(message)
    return text


def _range(text: str | None) -> str | None:
    if text is not None:
        _as_range(text)
    return text


Bands = Annotated[
    str | None,
    typer.Option(
        metavar="BAND,...",
        callback=_listed,
        help="Which bands stand for the model's, in its order: numbers from 1, or names.",
        show_default="by name, else as they come",
        rich_help_panel=_PANEL,
    ),
]
Nodata = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        callback=_number,
        help="Pixel value that means no data, also nan; in 8 bits, where all bands hold it.",
        show_default="the file's",
        rich_help_panel=_PANEL,
    ),
]
ValueRange = Annotated[
    str | None,
    typer.Option(
        metavar="LOW,HIGH",
        callback=_range,
        help="Pixel values that stand for the model's black and white.",
        show_default="the model's",
        rich_help_panel=_PANEL,
    ),
]
Gsd = Annotated[
    float | None,
    typer.Option(
        "--gsd",
        metavar="METRES",
        help="Side of a pixel on the ground.",
        show_default="the file's",
        rich_help_panel=_PANEL,
    ),
]
Resample = Annotated[
    bool | None,
    typer.Option(
        "--resample",
        help="Work at the pixel size that the model was trained at; the maps keep the image's.",
        rich_help_panel=_PANEL,
    ),
]
Mosaic = Annotated[
    bool,
    typer.Option(
        "--mosaic",
        help="Take the images, georeferenced tiles, as one.",
        rich_help_panel=_PANEL,
    ),
]


def image_changes(
    bands: str | None,
    nodata: str | None,
    value_range: str | None,
    gsd_m: float | None,
    resample: bool | None,
) -> dict[str, Any]:
    """Return what the options change of the settings in the table image; None changes nothing.

    Examples
    --------
    >>> image_changes("3, 2,1", "NaN", "0,4095.5", None, None)["bands"]
    ('3', '2', '1')
    """
    return {
        "bands": None if bands is None else tuple(band.strip() for band in bands.split(",")),
        "nodata": None if nodata is None else _as_number(nodata, "a number or nan"),
        "value_range": None if value_range is None else _as_range(value_range),
        "gsd_m": gsd_m,
        "resample": resample,
    }


def _as_number(text: str, expected: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"{text!r} is not {expected}"
        raise typer.BadParameter(message) from None


def _as_range(text: str) -> tuple[float, float]:
    expected = "a range of values; write it as in 0,4095"
    numbers = [_as_number(part, expected) for part in text.split(",")]
    if len(numbers) != 2 or not all(map(math.isfinite, numbers)):
        message = f"{text!r} is not {expected}"
        raise typer.BadParameter(message)
    if not numbers[0] < numbers[1]:
        message = f"{text!r} is empty: the first value is black, the second is white"
        raise typer.BadParameter(message)
    return numbers[0], numbers[1]
