"""All settings in one place: each stage's own, read from TOML, unknown keys refused."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from riverscape.errors import SettingsError
from riverscape.imagery.settings import ImageSettings
from riverscape.pixels.settings import LayerSettings, PixelSettings, TeachingSettings
from riverscape.tiles.settings import (
    NO_AUGMENTATION,
    NetworkSettings,
    PredictionSettings,
    TileSetSettings,
    TrainingSettings,
)

__all__ = ["PRESETS", "Settings", "make_settings", "read_settings"]

PRESETS: dict[str, dict[str, Any]] = {
    # As Carbonneau et al. 2020 published it. Phase 1 (their TrainCNN.py): classes by river and one
    # for no class, NASNet with its dense head, only two kinds of layers learning, Adam 0.001 with
    # amsgrad, every tile seven times, no augmentation, no image kept out. Phase 2 (their
    # CnnSupervisedClassification.py): every tile teaches alike, an 11 x 11 disk median, all the
    # image's colours, the multilayer perceptron, no context, no smoothing.
    "published": {
        "tile_set": {
            "tile_px": 50,
            "stride_px": 50,
            "purity": 0.9,
            "rare_tiles": 0,
            "split_classes_by_river": True,
            "unlabelled_output": True,
        },
        "network": {"backbone": "nasnet_mobile", "head": "published", "freeze": "partial"},
        "training": {
            "epochs": 7,
            "drawing": "all",
            "batch_tiles": 100,
            "optimiser": "adam-amsgrad",
            "learning_rate": 0.001,
            "backbone_rate": 1.0,
            "weight_decay": 0.0,
            "label_smoothing": 0.0,
            "validation_share": 0.0,
            "augmentation": NO_AUGMENTATION,
        },
        "tiles": {"stride_px": 50},
        "teaching": {
            "certainty_power": 0.0,
            "balance": "none",
            "least_px": 0,
            "overrule": False,
        },
        "pixels": {
            "classifier": "mlp",
            "features": ("disk-median:5",),
            "bits": 8,
            "context": False,
            "smoothing": "none",
            "despeckle_px": 0,
        },
    },
}


class Settings(BaseModel):
    """The settings of every stage.

    Examples
    --------
    >>> Settings().pixels.features
    ('median:2',)
    >>> make_settings({"pixels": {"clasifier": "mlp"}})
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: unknown setting pixels.clasifier; did you mean classifier?
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tile_set: TileSetSettings = TileSetSettings()
    network: NetworkSettings = NetworkSettings()
    training: TrainingSettings = TrainingSettings()
    image: ImageSettings = ImageSettings()
    tiles: PredictionSettings = PredictionSettings()
    teaching: TeachingSettings = TeachingSettings()
    pixels: PixelSettings = PixelSettings()
    layers: LayerSettings = LayerSettings()


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
    if problem["type"] != "extra_forbidden":
        place = ".".join(_known_part(problem["loc"]))
        message = f"setting {place} cannot be {problem['input']!r}: {problem['msg'].lower()}"
        raise SettingsError(message)
    *tables, key = map(str, problem["loc"])
    known = _known_keys(tables)
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    message = f"unknown setting {'.'.join([*tables, key])}; {hint}"
    raise SettingsError(message)


def read_settings(
    path: Path | None,
    changes: dict[str, dict[str, Any]],
    preset: str | None = None,
    known: dict[str, Any] | None = None,
) -> Settings:
    """Read settings from a TOML file, then apply the changes that are not None.

    Parameters
    ----------
    preset
        Name of the `PRESETS` that the file and the changes are laid over.
    known
        What is known otherwise, between the preset and the file.

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
        base = _laid_over(PRESETS[preset] if preset else {}, known or {})
        return make_settings(_laid_over(base, content))
    except SettingsError as error:
        if path is None:
            raise
        message = f"{path}: {error}"
        raise SettingsError(message) from error


def _laid_over(base: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Return nested tables in which `content` wins over `base`."""
    both = {key: value for key, value in base.items() if key not in content}
    for key, value in content.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            both[key] = _laid_over(below, value)
        else:
            both[key] = value
    return both


def _known_part(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys of a place, without the kind of value that pydantic tried there."""
    known: list[str] = []
    for key in map(str, place):
        if key not in _known_keys(known):
            break
        known.append(key)
    return known


def _known_keys(tables: list[str]) -> list[str]:
    kind: type[BaseModel] = Settings
    for table in tables:
        annotation = kind.model_fields[table].annotation
        if not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
            return []
        kind = annotation
    return list(kind.model_fields)
