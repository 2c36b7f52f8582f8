"""What a camera wrote into a photograph: when it was taken, and where the camera was."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import rasterio
from rasterio.errors import RasterioError

from riverscape.imagery.gdal import environment
from riverscape.imagery.quiet import quiet
from riverscape.imagery.sources import Source, is_far

__all__ = ["CameraPlace", "Exif", "read_exif"]

_RATIONAL = re.compile(r"\(([^)]*)\)")
_NOT_SET = "EXIF_GPSStatus", "V"
_BELOW_SEA = ("1", "0x01", "01")


@dataclass(frozen=True)
class CameraPlace:
    """Where the camera was, in degrees of WGS 84: a point, not what the photograph shows.

    Attributes
    ----------
    altitude_m
        Above sea level, where the camera says so.
    """

    longitude: float
    latitude: float
    altitude_m: float | None = None


@dataclass(frozen=True)
class Exif:
    """When and from where a photograph was taken; None is what it does not say.

    Attributes
    ----------
    taken
        With its time zone.
    taken_by
        Which entry says so, and what had to be assumed.

    Examples
    --------
    >>> tags = {
    ...     "EXIF_DateTimeOriginal": "2021:07:01 10:11:12", "EXIF_OffsetTimeOriginal": "-04:00",
    ...     "EXIF_GPSLatitude": "(48) (13) (30)", "EXIF_GPSLatitudeRef": "N",
    ...     "EXIF_GPSLongitude": "(70) (30) (0)", "EXIF_GPSLongitudeRef": "W",
    ... }
    >>> exif = Exif.of_tags(tags)
    >>> exif.taken.isoformat()
    '2021-07-01T10:11:12-04:00'
    >>> exif.camera
    CameraPlace(longitude=-70.5, latitude=48.225, altitude_m=None)
    """

    taken: datetime | None = None
    taken_by: str = ""
    camera: CameraPlace | None = None

    @classmethod
    def of_tags(cls, tags: Mapping[str, str]) -> "Exif":
        """Return what GDAL's metadata of an image say; what is malformed is not said."""
        return cls(*_taken(tags), _camera(tags))


def read_exif(source: Source) -> Exif:
    """Return what an image says of its taking; nothing where it cannot be opened."""
    try:
        with quiet(), environment(is_far(source)), rasterio.open(source) as file:
            return Exif.of_tags(file.tags())
    except RasterioError:
        return Exif()


def _taken(tags: Mapping[str, str]) -> tuple[datetime | None, str]:
    sources: tuple[tuple[str, Callable[[Mapping[str, str]], datetime | None]], ...] = (
        ("EXIF DateTimeOriginal and OffsetTimeOriginal", _original_with_zone),
        ("EXIF GPSDateStamp and GPSTimeStamp", _satellite_time),
        (
            "EXIF DateTimeOriginal, whose time zone is not stated, taken as UTC",
            lambda tags: _clock(tags.get("EXIF_DateTimeOriginal", "")),
        ),
        (
            "TIFFTAG_DATETIME, when the file was written, taken as UTC",
            lambda tags: _clock(tags.get("TIFFTAG_DATETIME", "")),
        ),
    )
    for name, read in sources:
        found = read(tags)
        if found is not None:
            return found, name
    return None, ""


def _original_with_zone(tags: Mapping[str, str]) -> datetime | None:
    return _clock(tags.get("EXIF_DateTimeOriginal", ""), tags.get("EXIF_OffsetTimeOriginal", "?"))


def _satellite_time(tags: Mapping[str, str]) -> datetime | None:
    day = tags.get("EXIF_GPSDateStamp", "")
    numbers = _rationals(tags.get("EXIF_GPSTimeStamp", ""))
    if len(numbers) != 3:
        return None
    return _clock(f"{day.strip()} {numbers[0]:02.0f}:{numbers[1]:02.0f}:{int(numbers[2]):02d}")


def _clock(text: str, zone: str = "+00:00") -> datetime | None:
    """Return a time as EXIF writes it, ``2021:07:01 10:11:12``; None if it is none."""
    try:
        return datetime.strptime(f"{text.strip()} {zone.strip()}", "%Y:%m:%d %H:%M:%S %z")
    except ValueError:
        return None


def _camera(tags: Mapping[str, str]) -> CameraPlace | None:
    key, void = _NOT_SET
    longitude = _degrees(tags, "Longitude", {"E": 1, "W": -1}, 180)
    latitude = _degrees(tags, "Latitude", {"N": 1, "S": -1}, 90)
    if longitude is None or latitude is None or tags.get(key, "").strip().upper() == void:
        return None
    if longitude == latitude == 0:  # what receivers write before they know
        return None
    return CameraPlace(longitude, latitude, _altitude(tags))


def _degrees(
    tags: Mapping[str, str], which: str, signs: Mapping[str, int], most: float
) -> float | None:
    numbers = _rationals(tags.get(f"EXIF_GPS{which}", ""))
    sign = signs.get(tags.get(f"EXIF_GPS{which}Ref", "").strip().upper()[:1])
    if sign is None or not 1 <= len(numbers) <= 3:
        return None
    degrees = sum(number / 60**place for place, number in enumerate(numbers))
    return sign * degrees if min(numbers) >= 0 and degrees <= most else None


def _altitude(tags: Mapping[str, str]) -> float | None:
    numbers = _rationals(tags.get("EXIF_GPSAltitude", ""))
    if len(numbers) != 1:
        return None
    below = tags.get("EXIF_GPSAltitudeRef", "").strip() in _BELOW_SEA
    return -numbers[0] if below else numbers[0]


def _rationals(text: str) -> list[float]:
    """Return the numbers of GDAL's ``(48) (13) (30.7)``; none if one is no finite number.

    Examples
    --------
    >>> _rationals("(48) (13) (30.7)"), _rationals("(48) (nan)")
    ([48.0, 13.0, 30.7], [])
    """
    try:
        numbers = [float(number) for number in _RATIONAL.findall(text)]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
