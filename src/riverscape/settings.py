"""All settings in one place: each stage's own, read from TOML, unknown keys refused."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from riverscape.errors import SettingsError
from riverscape.pixels.settings import PixelSettings
from riverscape.tiles.settings import PredictionSettings, TileSetSettings, TrainingSettings

__all__ = ["Settings", "make_settings", "read_settings"]


class Settings(BaseModel):
    """The settings of every stage.

    Examples
    --------
    >>> Settings().pixels.median_radius_px
    2
    >>> make_settings({"pixels": {"clasifier": "mlp"}})
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: unknown setting pixels.clasifier; did you mean classifier?
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tile_set: TileSetSettings = TileSetSettings()
    training: TrainingSettings = TrainingSettings()
    tiles: PredictionSettings = PredictionSettings()
    pixels: PixelSettings = PixelSettings()


def make_settings(content: dict[str, Any]) -> Settings:
    """Build settings from nested tables.

    Raises
    ------
    SettingsError
        If a key is unknown or a value out of range; the message names the key.
    """
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"]))
    if problem["type"] != "extra_forbidden":
        message = f"setting {place} cannot be {problem['input']!r}: {problem['msg'].lower()}"
        raise SettingsError(message)
    *tables, key = map(str, problem["loc"])
    known = _known_keys(tables)
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    message = f"unknown setting {place}; {hint}"
    raise SettingsError(message)


def read_settings(path: Path | None, changes: dict[str, dict[str, Any]]) -> Settings:
    """Read settings from a TOML file, then apply the changes that are not None.

    Raises
    ------
    SettingsError
        If the file cannot be read or holds an unknown key or a value out of range.
    """
    content: dict[str, Any] = {}
    if path is not None:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
            raise SettingsError(message) from error
        except ValueError as error:
            message = f"{path} is not TOML: {error}"
            raise SettingsError(message) from error
    for table, values in changes.items():
        given = {key: value for key, value in values.items() if value is not None}
        if given and isinstance(content.get(table, {}), dict):
            content[table] = {**content.get(table, {}), **given}
    try:
        return make_settings(content)
    except SettingsError as error:
        if path is None:
            raise
        message = f"{path}: {error}"
        raise SettingsError(message) from error


def _known_keys(tables: list[str]) -> list[str]:
    kind: type[BaseModel] = Settings
    for table in tables:
        annotation = kind.model_fields[table].annotation
        if not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
            return []
        kind = annotation
    return list(kind.model_fields)
