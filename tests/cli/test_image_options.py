from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from riverscape.cli.image_options import (
    Bands,
    Gsd,
    Mosaic,
    Nodata,
    Resample,
    ValueRange,
    image_changes,
)
from riverscape.imagery import ImageSettings
from riverscape.settings import read_settings

app = typer.Typer()
found: list[dict[str, Any]] = []


@app.command()
def _verb(
    bands: Bands = None,
    nodata: Nodata = None,
    value_range: ValueRange = None,
    gsd: Gsd = None,
    resample: Resample = None,
    mosaic: Mosaic = False,
) -> None:
    found.append({"mosaic": mosaic, **image_changes(bands, nodata, value_range, gsd, resample)})


def given(*words: str) -> ImageSettings:
    """Return the settings that the options make."""
    found.clear()
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    changes = dict(found[0])
    changes.pop("mosaic")
    return read_settings(None, {"image": changes}).image


def test_no_option_changes_nothing() -> None:
    assert given() == ImageSettings()


def test_options_become_settings() -> None:
    words = ["--bands", "3, Red ,1", "--nodata", "-9999", "--value-range", "-10,4095.5"]
    assert given(*words, "--gsd", "0.05", "--resample") == ImageSettings(
        bands=("3", "Red", "1"), nodata=-9999, value_range=(-10, 4095.5), gsd_m=0.05, resample=True
    )


def test_settings_of_no_number_equal_themselves() -> None:
    assert given("--nodata", "NaN") == given("--nodata", "nan")
    assert (
        given("--nodata", "nan").model_dump_json() == ImageSettings(nodata="nan").model_dump_json()
    )


def test_a_mosaic_is_asked_for_by_name() -> None:
    given("--mosaic")
    assert found[0]["mosaic"] is True


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--bands", "3,,1"], "is no list of bands"),
        (["--nodata", "black"], "'black' is not a number or nan"),
        (["--nodata", "inf"], "never count as data"),
        (["--value-range", "4095"], "is not a range of values"),
        (["--value-range", "0,1,2"], "is not a range of values"),
        (["--value-range", "0,inf"], "is not a range of values"),
        (["--value-range", "9,0"], "is empty"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(words: list[str], reason: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert reason in " ".join(click.unstyle(done.output).replace("│", " ").split())


@pytest.mark.parametrize(
    "change",
    [
        {"bands": []},
        {"bands": [""]},
        {"gsd_m": 0},
        {"gsd_m": float("inf")},
        {"value_range": [3, 3]},
        {"nodata": float("inf")},
        {"nodata": "black"},
    ],
)
def test_settings_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ImageSettings.model_validate(change)
