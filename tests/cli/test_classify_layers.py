"""`riverscape classify`: how sure its maps are, and the options that shape them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import typer
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from scipy import ndimage

from riverscape.cli.app import app
from riverscape.models import load_model
from riverscape.pixels import CLASSIFIER_NAMES, FEATURES
from riverscape.settings import Settings

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]
Pixels = NDArray[np.uint8]

SCHEME = load_model().contract.scheme
NAMES = ("Alder_0001", "Heron_0001")
LAYERS = {
    "CONF": ("confidence, per cent",),
    "PROB": SCHEME.names,
    "UNC": ("entropy, per cent", "margin, per cent", "disagreement of the two phases, per cent"),
}
ASKED = ("--confidence", "--probabilities", "--uncertainty")
QUICKLY = ("--pixel-classifier", "gaussian", "--no-figures")


def bands_of(path: Path) -> Pixels:
    with rasterio.open(path) as file:
        bands: Pixels = file.read()
    return bands


def chosen_band(folder: Path, name: str) -> Pixels:
    """Return the probability band of each pixel's class in the CSC map; 255 without data."""
    (codes,) = bands_of(folder / f"CLASS_CSC_{name}.tif")
    probabilities = bands_of(folder / f"PROB_{name}.tif")
    found = np.full(codes.shape, 255, np.uint8)
    for position, code in enumerate(SCHEME.codes):
        found[codes == code] = probabilities[position, codes == code]
    return found


@pytest.fixture(scope="module")
def layered(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the maps of the tiny survey with all that can be known of them."""
    from riverscape.cli import main

    folder = tmp_path_factory.mktemp("layers") / "maps"
    words = ["classify", str(survey), "--out", str(folder), *ASKED, *QUICKLY]
    assert main(words) == 0
    return folder


# What is known of a map


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prefix", LAYERS)
def test_layers_hold_named_percentages_on_the_grid_of_the_map(
    layered: Path, prefix: str, name: str
) -> None:
    with rasterio.open(layered / f"{prefix}_{name}.tif") as file:
        assert file.descriptions == LAYERS[prefix]
        assert set(file.dtypes) == {"uint8"}
        assert set(file.nodatavals) == {255}
        assert file.shape == (150, 200)
        assert file.read().max() <= 100  # the image holds data everywhere


@pytest.mark.parametrize("name", NAMES)
def test_the_confidence_is_the_probability_of_the_class_of_the_map(
    layered: Path, name: str
) -> None:
    (confidence,) = bands_of(layered / f"CONF_{name}.tif")
    assert np.array_equal(confidence, chosen_band(layered, name))
    assert confidence.min() < confidence.max()


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_add_up_to_all(layered: Path, name: str) -> None:
    total = bands_of(layered / f"PROB_{name}.tif").sum(axis=0, dtype=int)
    assert (np.abs(total - 100) <= len(SCHEME) / 2).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_margin_is_that_of_the_two_most_probable_classes(layered: Path, name: str) -> None:
    *_, second, best = np.sort(bands_of(layered / f"PROB_{name}.tif").astype(int), axis=0)
    margin = bands_of(layered / f"UNC_{name}.tif")[1]
    assert (np.abs(margin - (best - second)) <= 1).all()


def test_despeckling_leaves_the_confidence_of_the_class_that_is_shown(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    noisy = ("--smoothing", "none", "--no-context", "--features", "bands", "--least-patch", 0)
    words = ("--out", tmp_path, "--despeckle", 30, *noisy, *ASKED, *QUICKLY)
    assert run("classify", survey / "Heron_0001.jpg", *words)[0] == 0
    (codes,) = bands_of(tmp_path / "CLASS_CSC_Heron_0001.tif")
    for code in np.unique(codes):
        labels, count = ndimage.label(codes == code)
        assert ndimage.sum_labels(codes == code, labels, range(1, count + 1)).min() >= 30
    (confidence,) = bands_of(tmp_path / "CONF_Heron_0001.tif")
    probabilities = bands_of(tmp_path / "PROB_Heron_0001.tif")
    assert np.array_equal(confidence, chosen_band(tmp_path, "Heron_0001"))
    assert (confidence < probabilities.max(axis=0)).any()  # where a speck was


def test_where_the_image_holds_no_data_nothing_is_known_and_the_place_is_kept(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    alpha = np.full((1, 150, 200), 255, np.uint8)
    alpha[:, 40:90, 60:] = 0
    crs, transform = CRS.from_epsg(32619), Affine(0.05, 0, 3e5, 0, -0.05, 5.3e6)
    image = write_raster(
        tmp_path / "mosaic.tif",
        np.concatenate([photograph, alpha]),
        photometric="RGB",
        alpha="yes",
        crs=crs,
        transform=transform,
    )
    assert run("classify", image, "--out", tmp_path / "maps", *ASKED, *QUICKLY)[0] == 0
    for prefix in LAYERS:
        path = tmp_path / "maps" / f"{prefix}_mosaic.tif"
        bands = bands_of(path)
        assert (bands[:, alpha[0] == 0] == 255).all()
        assert (bands[:, alpha[0] > 0] <= 100).all()
        with rasterio.open(path) as file:
            assert (file.crs, file.transform) == (crs, transform)


def test_an_image_without_a_valid_pixel_has_layers_without_one(
    run: Run, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = write_raster(tmp_path / "clear.png", np.zeros((4, 80, 60), np.uint8))
    assert run("classify", image, "--out", tmp_path / "maps", *ASKED, *QUICKLY)[0] == 0
    for prefix in LAYERS:
        assert (bands_of(tmp_path / "maps" / f"{prefix}_clear.tif") == 255).all()


# What stands already


def test_what_is_not_asked_for_is_not_made(run: Run, survey: Path, tmp_path: Path) -> None:
    image = survey / "Alder_0001.jpg"
    assert run("classify", image, "--out", tmp_path, "--uncertainty", *QUICKLY)[0] == 0
    made = {path.name for path in tmp_path.iterdir()}
    assert {name for name in made if name.startswith(tuple(LAYERS))} == {"UNC_Alder_0001.tif"}


def test_overwriting_leaves_no_layers_of_another_map(
    run: Run, survey: Path, tmp_path: Path, layered: Path
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(layered, out)
    words = ("--out", out, "--overwrite", "--confidence", *QUICKLY)
    assert run("classify", survey / "Alder_0001.jpg", *words)[0] == 0
    left = {path.name for path in out.iterdir() if path.name.startswith(tuple(LAYERS))}
    assert left == {
        "CONF_Alder_0001.tif",
        *(f"{prefix}_Heron_0001.tif" for prefix in LAYERS),
    }


@pytest.mark.parametrize("prefix", LAYERS)
def test_layers_in_the_way_are_never_removed_unasked(
    run: Run, survey: Path, tmp_path: Path, prefix: str
) -> None:
    mine = tmp_path / f"{prefix}_Alder_0001.tif"
    mine.write_text("made by hand")
    status, _, err = run("classify", survey / "Alder_0001.jpg", "--out", tmp_path, *QUICKLY)
    assert (status, f"{mine} exists already" in err) == (1, True)
    assert mine.read_text() == "made by hand"


def test_resuming_with_other_layers_is_refused(run: Run, survey: Path, layered: Path) -> None:
    status, _, err = run("classify", survey, "--out", layered, "--resume", *QUICKLY)
    assert status == 1
    assert "is of a run with another model or other settings" in err


@pytest.mark.parametrize("prefix", LAYERS)
def test_resuming_makes_an_image_anew_that_lacks_a_layer(
    run: Run, survey: Path, tmp_path: Path, layered: Path, prefix: str
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(layered, out)
    missing = f"{prefix}_Heron_0001.tif"
    (out / missing).unlink()
    # Would be made anew, were the image not skipped.
    (out / "CONF_Alder_0001.tif").write_text("kept")
    status, said, err = run("classify", survey, "--out", out, "--resume", *ASKED, *QUICKLY)
    assert (status, err) == (0, "")
    assert "1 image classified, 1 whole already" in said
    assert (out / missing).read_bytes() == (layered / missing).read_bytes()
    assert (out / "CONF_Alder_0001.tif").read_text() == "kept"


def test_layers_beside_the_images_are_no_images(run: Run, survey: Path, tmp_path: Path) -> None:
    shutil.copy(survey / "Alder_0001.jpg", tmp_path)
    words = ("classify", tmp_path, "--out", tmp_path, *ASKED, *QUICKLY)
    assert run(*words)[0] == 0
    status, said, _ = run(*words, "--overwrite")
    assert (status, "1 image classified" in said) == (0, True)


def test_workers_write_the_same_layers(
    run: Run, survey: Path, tmp_path: Path, layered: Path
) -> None:
    words = ("--out", tmp_path, "--workers", 2, *ASKED, *QUICKLY)
    status, _, err = run("classify", survey, *words)
    assert (status, err) == (0, "")
    for path in layered.glob("[CPU][ORN]*_*.tif"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


# Options


OPTIONS: dict[str, tuple[object, str, str, object]] = {
    "--tile-stride": (10, "tiles", "stride_px", 10),
    "--certainty-power": (4, "teaching", "certainty_power", 4.0),
    "--threshold": (0.3, "teaching", "threshold", 0.3),
    "--modal-tiles": (1, "teaching", "modal_tiles", 1),
    "--tile-border": (1, "teaching", "tile_border_px", 1),
    "--class-border": (2, "teaching", "class_border_px", 2),
    "--share": (0.5, "teaching", "share", 0.5),
    "--balance": ("full", "teaching", "balance", "full"),
    "--least-patch": (0, "teaching", "least_px", 0),
    "--pixel-classifier": ("gaussian", "pixels", "classifier", "gaussian"),
    "--features": ("median:3, entropy", "pixels", "features", ["median:3", "entropy"]),
    "--patch-size": (5, "pixels", "patch_px", 5),
    "--bits": (6, "pixels", "bits", 6),
    "--smoothing": ("guided", "pixels", "smoothing", "guided"),
    "--smoothing-radius": (4, "pixels", "smoothing_px", 4),
    "--despeckle": (9, "pixels", "despeckle_px", 9),
    "--seed": (3, "pixels", "seed", 3),
}


def test_every_option_reaches_its_setting(
    run: Run, survey: Path, tmp_path: Path, record: Record
) -> None:
    words = [word for option, (value, *_) in OPTIONS.items() for word in (option, value)]
    words += ["--no-context", *ASKED, "--no-figures", "-q"]
    status, _, err = run("classify", survey / "Heron_0001.jpg", "--out", tmp_path, *words)
    assert (status, err) == (0, "")
    expected = Settings().model_dump(mode="json")
    expected["pixels"]["context"] = False
    expected["layers"] = dict.fromkeys(expected["layers"], True)
    for _, table, key, value in OPTIONS.values():
        assert expected[table][key] != value  # else nothing would be shown
        expected[table][key] = value
    found = record(tmp_path)["settings"]
    assert found == {table: expected[table] for table in found}
    assert {"tiles", "teaching", "pixels", "layers"} <= set(found)


def test_options_win_over_the_published_preset(
    run: Run, survey: Path, tmp_path: Path, record: Record
) -> None:
    words = ("--preset", "published", "--features", "median", *QUICKLY)
    assert run("classify", survey / "Heron_0001.jpg", "--out", tmp_path, *words)[0] == 0
    settings = record(tmp_path)["settings"]
    assert settings["tiles"]["stride_px"] == 50
    assert settings["teaching"]["certainty_power"] == 0
    assert settings["pixels"]["smoothing"] == "none"
    assert not settings["pixels"]["context"]
    assert settings["pixels"]["features"] == ["median"]
    assert settings["pixels"]["classifier"] == "gaussian"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--pixel-classifier", "bogus"], "no pixel classifier is called 'bogus'; known: "),
        (["--pixel-classifier", "bogus.trees:Oak"], "pixel classifier bogus.trees:Oak: "),
        (["--features", "medain"], "no feature is called 'medain'; did you mean median?"),
        (["--features", "median,entropy:99"], "feature 'entropy:99': "),
        (["--smoothing-radius", "0"], "setting pixels.smoothing_px cannot be 0: "),
        (["--share", "0"], "setting teaching.share cannot be 0.0: "),
        (["--patch-size", "99"], "setting pixels.patch_px cannot be 99: "),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    run: Run, survey: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    status, said, err = run("classify", survey, "--out", tmp_path / "maps", *ASKED, *words)
    assert (status, said) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"riverscape: {reason}")
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--balance", "some"],
        ["--smoothing", "much"],
        ["--preset", "bogus"],
        ["--features", ""],
        ["--features", "median,,entropy"],
        ["--despeckle", "few"],
    ],
)
def test_wrong_words_are_wrong_usage(
    run: Run, survey: Path, tmp_path: Path, words: list[str]
) -> None:
    status, said, err = run("classify", survey, "--out", tmp_path / "maps", *words)
    assert (status, said) == (2, "")
    assert words[0] in err
    assert not (tmp_path / "maps").exists()


def helps() -> dict[str, str]:
    """Return the help of each option of the verb."""
    verb: Any = typer.main.get_command(app)
    return {
        option.opts[0]: option.help
        for option in verb.commands["classify"].params
        if hasattr(option, "help")
    }


@pytest.mark.parametrize("option", sorted(set(OPTIONS) - {"--tile-stride"}))
def test_the_help_tells_the_default(option: str) -> None:
    _, table, key, _ = OPTIONS[option]
    default = getattr(getattr(Settings(), table), key)
    shown = ",".join(default) if isinstance(default, tuple) else default
    expected = f"{shown:g}" if isinstance(shown, float) else str(shown)
    assert helps()[option].endswith(f"; {expected}.")


def test_the_help_names_every_classifier_and_feature() -> None:
    named = {
        option: set(re.findall(r"[\w-]+", helps()[option]))
        for option in ("--pixel-classifier", "--features")
    }
    assert set(CLASSIFIER_NAMES) <= named["--pixel-classifier"]
    assert set(FEATURES) <= named["--features"]


def test_the_help_shows_what_is_new_in_panels(run: Run) -> None:
    _, out, _ = run("classify", "--help")
    for panel in ("Phase 1", "What teaches phase 2", "Phase 2", "Maps"):
        assert f"─ {panel} ─" in out
    assert "--confidence --uncertainty" in out
    assert "--preset published" in out


def test_bands_go_by_the_names_that_the_model_gives_them(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    words = ("--features", "median,nd:green:red", "--no-figures", "-q")
    assert run("classify", survey, "--out", tmp_path / "maps", *words)[0] == 0
    status, _, err = run(
        "classify", survey, "--out", tmp_path / "none", "--features", "nd:nir:red", "-q"
    )
    assert status == 1
    assert "no band is called 'nir'; known: 1 red, 2 green, 3 blue" in err
