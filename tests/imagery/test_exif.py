from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from riverscape.imagery.exif import CameraPlace, Exif, read_exif

WriteRaster = Callable[..., Path]

PLACE = {
    "EXIF_GPSLatitude": "(48) (13) (30)",
    "EXIF_GPSLatitudeRef": "N",
    "EXIF_GPSLongitude": "(70) (30) (0)",
    "EXIF_GPSLongitudeRef": "W",
}


def in_parts(degrees: float) -> str:
    """Return degrees as GDAL writes EXIF's three fractions."""
    whole = Fraction(abs(degrees))
    minutes = (whole - int(whole)) * 60
    return f"({int(whole)}) ({int(minutes)}) ({float((minutes - int(minutes)) * 60):.9f})"


def camera(**changed: str) -> CameraPlace | None:
    return Exif.of_tags(
        {**PLACE, **{f"EXIF_GPS{key}": text for key, text in changed.items()}}
    ).camera


@given(longitude=floats(-180, 180), latitude=floats(-90, 90))
def test_a_place_comes_back_from_degrees_minutes_and_seconds(
    longitude: float, latitude: float
) -> None:
    found = camera(
        Longitude=in_parts(longitude),
        LongitudeRef="E" if longitude >= 0 else "W",
        Latitude=in_parts(latitude),
        LatitudeRef="N" if latitude >= 0 else "S",
    )
    if found is None:
        assert abs(longitude) < 1e-9
        assert abs(latitude) < 1e-9
    else:
        assert (found.longitude, found.latitude) == pytest.approx((longitude, latitude), abs=1e-9)


def test_a_photograph_says_where_the_camera_was_and_when(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2021:07:01 10:11:12", 0x9011: "-04:00"})
    gps: dict[int, Any] = {
        1: "S", 2: (IFDRational(48), IFDRational(13), IFDRational(3075, 100)),
        3: "E", 4: (IFDRational(70), IFDRational(30), IFDRational(0)),
        5: b"\x00", 6: IFDRational(31415, 100),
    }  # fmt: skip
    exif.get_ifd(0x8825).update(gps)
    path = write_raster(tmp_path / "a.jpg", np.zeros((3, 8, 9), np.uint8), exif=exif)
    found = read_exif(path)
    assert found.taken == datetime(2021, 7, 1, 14, 11, 12, tzinfo=UTC)
    assert found.taken_by == "EXIF DateTimeOriginal and OffsetTimeOriginal"
    assert found.camera is not None
    assert found.camera.latitude == pytest.approx(-48.225208333)
    assert (found.camera.longitude, found.camera.altitude_m) == (70.5, 314.15)


@pytest.mark.parametrize(
    "changed",
    [
        {"Latitude": ""},
        {"Latitude": "48.2"},
        {"Latitude": "(48) (13) (nan)"},
        {"Latitude": "(48) (13) (x)"},
        {"Latitude": "(48) (-13) (30)"},
        {"Latitude": "(90) (0) (1)"},
        {"Latitude": "(48) (13) (30) (1)"},
        {"LatitudeRef": ""},
        {"LatitudeRef": "up"},
        {"Longitude": "(180) (1)"},
        {"LongitudeRef": "N"},
        {"Status": "V"},
        {"Latitude": "(0) (0) (0)", "Longitude": "(0) (0) (0)"},
    ],
)
def test_what_is_malformed_is_no_place(changed: dict[str, str]) -> None:
    assert camera() == CameraPlace(-70.5, 48.225)
    assert camera(**changed) is None


@pytest.mark.parametrize(
    ("changed", "altitude_m"),
    [
        ({"Altitude": "(12.5)", "AltitudeRef": "0x00"}, 12.5),
        ({"Altitude": "(12.5)", "AltitudeRef": "0x01"}, -12.5),
        ({"Altitude": "(12.5)"}, 12.5),
        ({"Altitude": "(inf)"}, None),
        ({}, None),
    ],
)
def test_altitude_is_above_or_below_the_sea(
    changed: dict[str, str], altitude_m: float | None
) -> None:
    found = camera(**changed)
    assert found is not None
    assert found.altitude_m == altitude_m


ORIGINAL = {"EXIF_DateTimeOriginal": "2021:07:01 10:11:12"}
OFFSET = {"EXIF_OffsetTimeOriginal": "-04:00"}
GPS = {"EXIF_GPSDateStamp": "2021:07:01", "EXIF_GPSTimeStamp": "(14) (11) (9.7)"}
WRITTEN = {"TIFFTAG_DATETIME": "2022:01:02 03:04:05"}


@pytest.mark.parametrize(
    ("tags", "taken", "by"),
    [
        (
            {**ORIGINAL, **OFFSET, **GPS, **WRITTEN},
            datetime(2021, 7, 1, 10, 11, 12, tzinfo=timezone(timedelta(hours=-4))),
            "OffsetTimeOriginal",
        ),
        (
            {**ORIGINAL, **GPS, **WRITTEN},
            datetime(2021, 7, 1, 14, 11, 9, tzinfo=UTC),
            "GPSTimeStamp",
        ),
        ({**ORIGINAL, **WRITTEN}, datetime(2021, 7, 1, 10, 11, 12, tzinfo=UTC), "not stated"),
        (WRITTEN, datetime(2022, 1, 2, 3, 4, 5, tzinfo=UTC), "TIFFTAG_DATETIME"),
        ({"EXIF_DateTimeOriginal": "0000:00:00 00:00:00"}, None, ""),
        ({"EXIF_DateTimeOriginal": "    :  :     :  :  "}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_surest_time_is_taken_and_its_source_said(
    tags: dict[str, str], taken: datetime | None, by: str
) -> None:
    found = Exif.of_tags(tags)
    assert found.taken == taken
    assert by in found.taken_by
    assert bool(found.taken_by) == (taken is not None)


def test_an_image_that_cannot_be_opened_says_nothing(tmp_path: Path) -> None:
    assert read_exif(tmp_path / "gone.jpg") == Exif()
