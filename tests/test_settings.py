import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from riverscape.errors import SettingsError
from riverscape.settings import Settings, make_settings, read_settings


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_given_is_the_defaults() -> None:
    assert read_settings(None, {}) == make_settings({}) == Settings()
    assert read_settings(None, {"pixels": {"seed": None}}) == Settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().pixels.bits = 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"pixels": {"clasifier": "mlp"}},
            "unknown setting pixels.clasifier; did you mean classifier?",
        ),
        ({"pixel": {"bits": 8}}, "unknown setting pixel; did you mean pixels?"),
        (
            {"training": {"augmentation": {"gama": 1}}},
            "unknown setting training.augmentation.gama; did you mean gamma?",
        ),
        (
            {"tiles": {"xyz": 1}},
            "unknown setting tiles.xyz; known: stride_px, device",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest_known(content: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(content)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("pixels", "bits", 9),
        ("pixels", "bits", 3),
        ("pixels", "despeckle_px", -1),
        ("pixels", "patch_px", 17),
        ("pixels", "smoothing", "much"),
        ("teaching", "share", 0.0),
        ("teaching", "balance", "even"),
        ("pixels", "context_weight", "much"),
        ("tiles", "stride_px", 0),
        ("tile_set", "purity", 0.5),
        ("tile_set", "tile_px", 9),
        ("training", "epochs", 0),
        ("training", "validation_share", 1.0),
        ("pixels", "seed", -1),
        ("training", "seed", -1),
    ],
)
def test_a_value_out_of_range_names_its_key_and_itself(table: str, key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=rf"setting {table}\.{key} cannot be {value!r}: "):
        make_settings({table: {key: value}})


def test_options_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "[pixels]\nbits = 5\nseed = 4\n[tiles]\nstride_px = 10\n")
    settings = read_settings(path, {"pixels": {"bits": 8, "seed": None}, "tiles": {}})
    assert (settings.pixels.bits, settings.pixels.seed, settings.tiles.stride_px) == (8, 4, 10)
    assert settings.pixels.classifier == Settings().pixels.classifier


def test_an_option_of_false_is_given_too(tmp_path: Path) -> None:
    path = write(tmp_path, "[pixels]\ncontext = true\n")
    assert not read_settings(path, {"pixels": {"context": False}}).pixels.context


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[pixels\n", "is not TOML"),
        ("bits == 3\n", "is not TOML"),
        ("[pixels]\nbitz = 3\n", "unknown setting pixels.bitz"),
        ("[pixels]\nbits = 3\n", "setting pixels.bits cannot be 3"),
        ("pixels = 3\n", "setting pixels cannot be 3"),
    ],
)
def test_a_wrong_file_is_named_with_its_problem(tmp_path: Path, text: str, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read_settings(path, {})
    assert str(caught.value).startswith(f"{path}")
    assert problem in str(caught.value)


def test_a_value_where_a_table_belongs_is_named_also_with_options(tmp_path: Path) -> None:
    path = write(tmp_path, "pixels = 3\n")
    with pytest.raises(SettingsError, match="setting pixels cannot be 3"):
        read_settings(path, {"pixels": {"bits": 8}})


def test_bytes_that_are_no_text_are_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not TOML"):
        read_settings(path, {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read: No such file"):
        read_settings(tmp_path / "none.toml", {})


def test_the_settings_page_shows_every_setting_and_its_default() -> None:
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    shown = tomllib.loads(page.read_text().split("```toml")[1].split("```")[0])
    expected = Settings().model_dump(mode="json")
    expected["tiles"]["stride_px"] = 25  # None: half a tile, as the page says
    expected["tiles"]["device"] = "cpu"  # not recorded
    # None: shown as comments
    unset = {
        "training": ("target_accuracy", "learning_rate"),
        "image": ("bands", "nodata", "value_range", "gsd_m"),
    }
    for table, names in unset.items():
        for name in names:
            assert expected[table].pop(name) is None
            assert f"# {name} = " in page.read_text()
    assert shown == expected


def test_the_published_preset_is_what_was_published() -> None:
    settings = read_settings(None, {}, "published")
    assert (settings.tile_set.tile_px, settings.tile_set.stride_px) == (50, 50)
    assert settings.tile_set.split_classes_by_river
    assert settings.network.backbone == "nasnet_mobile"
    assert (settings.network.head, settings.network.freeze) == ("published", "partial")
    training = settings.training
    assert (training.epochs, training.batch_tiles, training.drawing) == (7, 100, "all")
    assert (training.optimiser, training.learning_rate) == ("adam-amsgrad", 0.001)
    assert not any(training.augmentation.model_dump().values())
    assert settings.tiles.stride_px == 50
    teaching = settings.teaching
    assert (teaching.certainty_power, teaching.threshold, teaching.share) == (0, 0, 1)
    assert (teaching.balance, teaching.least_px, teaching.overrule) == ("none", 0, False)
    borders = (teaching.modal_tiles, teaching.tile_border_px, teaching.class_border_px)
    assert borders == (0, 0, 0)
    pixels = settings.pixels
    assert (pixels.classifier, pixels.features, pixels.bits) == ("mlp", ("disk-median:5",), 8)
    assert (pixels.context, pixels.smoothing, pixels.despeckle_px) == (False, "none", 0)


def test_what_is_given_wins_over_a_preset(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[training]\nbatch_tiles = 50\n[training.augmentation]\nhaze = 0.5\n")
    settings = read_settings(path, {"training": {"epochs": 3}}, "published")
    assert (settings.training.epochs, settings.training.batch_tiles) == (3, 50)
    assert settings.training.augmentation.haze == 0.5
    assert settings.training.augmentation.exposure == 0
    assert settings.training.optimiser == "adam-amsgrad"
