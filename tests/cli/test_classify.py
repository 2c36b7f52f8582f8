"""`riverscape classify`: what it leaves behind and what it says."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from riverscape.tiles import TileMap

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]
Pixels = NDArray[np.uint8]

SCHEME = load_model().contract.scheme
NAMES = ("Alder_0001", "Heron_0001")
MAPS = ("CLASS_CSC_", "CLASS_CNN_")
BESIDE = (".tif", ".tif.aux.xml", ".qml")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def codes_of(path: Path) -> Pixels:
    with rasterio.open(path) as file:
        codes: Pixels = file.read(1)
    return codes


# What it leaves behind


def test_products_carry_the_names_that_users_of_the_method_know(maps: Path) -> None:
    expected = {"run.json"}
    for name in NAMES:
        expected |= {f"{prefix}{name}{end}" for prefix in MAPS for end in BESIDE}
        expected |= {f"CNN_{name}.csv", f"CSC_{name}.csv", f"FIGURE_{name}.png"}
    assert {path.name for path in maps.iterdir()} == expected


@pytest.mark.parametrize("prefix", MAPS)
@pytest.mark.parametrize("name", NAMES)
def test_maps_open_coloured_and_named(maps: Path, prefix: str, name: str) -> None:
    with rasterio.open(maps / f"{prefix}{name}.tif") as file:
        assert (file.count, file.dtypes, file.nodata) == (1, ("uint8",), 0)
        assert file.shape == (150, 200)
        assert file.colorinterp == (ColorInterp.palette,)
        table = file.colormap(1)
        assert set(np.unique(file.read(1))) <= set(SCHEME.codes)
    assert {code: table[code] for code in SCHEME.codes} == {
        cover.code: (*cover.rgb, 255) for cover in SCHEME
    }
    assert table[0][3] == 0
    root = ElementTree.parse(maps / f"{prefix}{name}.tif.aux.xml").getroot()
    band = root.find("PAMRasterBand[@band='1']")
    assert band is not None
    categories = [entry.text or "" for entry in band.iterfind("CategoryNames/Category")]
    assert dict(enumerate(categories)) == {0: "", **{c.code: c.name for c in SCHEME}}


def test_a_georeferenced_image_keeps_its_place(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    crs, transform = CRS.from_epsg(32619), Affine(0.05, 0, 3e5, 0, -0.05, 5.3e6)
    image = write_raster(tmp_path / "mosaic.tif", photograph, crs=crs, transform=transform)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    for prefix in MAPS:
        with rasterio.open(tmp_path / "maps" / f"{prefix}mosaic.tif") as file:
            assert (file.crs, file.transform, file.shape) == (crs, transform, (150, 200))


def test_where_the_image_holds_no_data_the_maps_hold_none(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    pixels = np.maximum(photograph, 1)
    pixels[:, :, :70] = 0
    image = write_raster(tmp_path / "mosaic.tif", pixels, nodata=0)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    for prefix in MAPS:
        codes = codes_of(tmp_path / "maps" / f"{prefix}mosaic.tif")
        assert not codes[:, :70].any()
        assert codes[:, 70:].all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("phase", ["CNN", "CSC"])
def test_score_tables_say_what_the_maps_score(
    maps: Path, survey: Path, name: str, phase: str
) -> None:
    table = pd.read_csv(maps / f"{phase}_{name}.csv")
    assert list(table) == ["class", "precision", "recall", "f1_score", "support"]
    labels = codes_of(survey / f"SCLS_{name}.tif")
    codes = codes_of(maps / f"CLASS_{phase}_{name}.tif")
    *rows, total = table.itertuples(index=False)
    for found, precision, recall, f1, support in rows:
        code = PUBLISHED_CLASSES.codes[PUBLISHED_CLASSES.names.index(found)]
        hits = np.sum((labels == code) & (codes == code))
        assert support == np.sum(labels == code)
        assert precision == pytest.approx(hits / max(np.sum(codes == code), 1), abs=1e-6)
        assert recall == pytest.approx(hits / max(support, 1), abs=1e-6)
        both = precision + recall
        assert f1 == pytest.approx(2 * precision * recall / both if both else 0, abs=1e-5)
    assert {row[0] for row in rows} == {
        SCHEME.name_of(code) for code in np.union1d(labels, codes) if code
    }
    assert total[0] == "ALL"
    assert total[4] == np.count_nonzero(labels)


def test_the_record_says_what_was_made_of_what(maps: Path, survey: Path, record: Record) -> None:
    content = record(maps)
    assert set(content["images"]) == set(NAMES)
    entry = content["images"]["Alder_0001"]
    assert entry["image"] == str(survey / "Alder_0001.jpg")
    assert entry["labels"] == str(survey / "SCLS_Alder_0001.tif")
    assert re.fullmatch("[0-9a-f]{64}", entry["image_sha256"])
    assert sum(entry["pixels"].values()) == 150 * 200
    assert {"phase 1", "fit", "write"} <= set(entry["seconds"])
    assert content["failures"] == {}


def test_figures_may_be_left_out(run: Run, survey: Path, tmp_path: Path) -> None:
    assert run("classify", survey, "--out", tmp_path, "--no-figures", "-q")[0] == 0
    assert not list(tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.csv"))) == 4


@pytest.mark.parametrize("labelled", [True, False])
def test_the_figure_has_four_parts_and_three_without_labels(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labelled: bool
) -> None:
    from matplotlib.figure import Figure

    drawn: list[list[str]] = []
    save = Figure.savefig

    def keep(figure: Figure, *rest: Any, **more: Any) -> None:
        drawn.append([axis.get_title() for axis in figure.axes])
        save(figure, *rest, **more)

    monkeypatch.setattr(Figure, "savefig", keep)
    for end in ("SCLS_Alder_0001.tif", "Alder_0001.jpg")[0 if labelled else 1 :]:
        shutil.copy(survey / end, tmp_path)
    out = tmp_path / "maps"
    assert run("classify", tmp_path, "--out", out, "-q")[0] == 0
    labels = ["Labels"] if labelled else []
    assert drawn == [["Image", *labels, "CNN map", "CSC map"]]
    assert len(list(out.glob("*.csv"))) == (2 if labelled else 0)


# What stands already


def test_what_stands_is_left_alone_unless_told_otherwise(
    run: Run, survey: Path, maps: Path
) -> None:
    before = files(maps)
    status, out, err = run("classify", survey, "--out", maps)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"riverscape: .* exists already \(and \d+ more\); add --overwrite.*\n", err)
    assert files(maps) == before


def test_overwriting_makes_everything_anew(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    (out / "CLASS_CSC_Alder_0001.tif").write_text("old")
    (out / "CSC_Alder_0001.csv").write_text("old")
    (out / "mine.txt").write_text("mine")
    assert run("classify", survey, "--out", out, "--overwrite", "-q")[0] == 0
    for path in maps.iterdir():
        if path.name != "run.json":
            assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert (out / "mine.txt").read_text() == "mine"


def test_overwriting_leaves_no_scores_of_labels_that_are_gone(
    run: Run, survey: Path, maps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    shutil.copy(survey / "Alder_0001.jpg", tmp_path)
    words = ("classify", tmp_path / "Alder_0001.jpg", "--out", out, "--overwrite", "-q")
    assert run(*words, "--no-figures")[0] == 0
    left = {path.name for path in out.iterdir() if "Alder" in path.name}
    assert left == {f"{prefix}Alder_0001{end}" for prefix in MAPS for end in BESIDE}
    assert (out / "CSC_Heron_0001.csv").exists()


@pytest.mark.parametrize("name", ["CSC_Alder_0001.csv", "FIGURE_Alder_0001.png"])
def test_files_in_the_way_are_never_removed_unasked(
    run: Run, survey: Path, tmp_path: Path, name: str
) -> None:
    shutil.copy(survey / "Alder_0001.jpg", tmp_path)
    out = tmp_path / "maps"
    out.mkdir()
    (out / name).write_text("made by hand")
    run("classify", tmp_path / "Alder_0001.jpg", "--out", out, "--no-figures", "-q")
    assert (out / name).read_text() == "made by hand"


def test_resuming_skips_what_is_whole_and_makes_what_is_not(
    run: Run, survey: Path, maps: Path, tmp_path: Path, record: Record
) -> None:
    out = tmp_path / "maps"
    shutil.copytree(maps, out)
    (out / "FIGURE_Heron_0001.png").unlink()
    # Would be made anew, were the image not skipped.
    (out / "CSC_Alder_0001.csv").write_text("kept")
    status, said, err = run("classify", survey, "--out", out, "--resume", "-q")
    assert (status, err) == (0, "")
    assert "1 image classified, 1 whole already" in said
    assert (out / "CSC_Alder_0001.csv").read_text() == "kept"
    assert (out / "FIGURE_Heron_0001.png").read_bytes() == (
        maps / "FIGURE_Heron_0001.png"
    ).read_bytes()
    assert set(record(out)["images"]) == set(NAMES)


def test_resuming_where_nothing_stands_is_a_run(run: Run, survey: Path, tmp_path: Path) -> None:
    image = survey / "Alder_0001.jpg"
    status, said, _ = run("classify", image, "--out", tmp_path, "--resume", "--no-figures", "-q")
    assert status == 0
    assert "1 image classified; " in said


def test_it_says_which_images_have_no_place_on_earth(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name in NAMES:
        shutil.copy(survey / f"{name}.jpg", images)
    _, said, _ = run("classify", images, "--out", tmp_path / "none", "--no-figures", "-q")
    assert "2 of 2 images have no georeference: the maps lie in pixels" in said
    (images / f"{NAMES[0]}.jgw").write_text("0.1\n0\n0\n-0.1\n300000\n5300000\n")
    _, said, _ = run("classify", images, "--out", tmp_path / "one", "--no-figures", "-q")
    assert "1 of 2 images have no georeference" in said
    with rasterio.open(tmp_path / "one" / f"CLASS_CSC_{NAMES[0]}.tif") as file:
        assert file.transform * (0.5, 0.5) == pytest.approx((300_000, 5_300_000))
    image = images / f"{NAMES[0]}.jpg"
    _, said, _ = run("classify", image, "--out", tmp_path / "all", "--no-figures", "-q")
    assert "georeference" not in said


def test_resuming_with_other_settings_is_refused(run: Run, survey: Path, maps: Path) -> None:
    before = files(maps)
    status, out, err = run("classify", survey, "--out", maps, "--resume", "--bits", "4")
    assert (status, out) == (1, "")
    assert "is of a run with another model or other settings" in err
    assert files(maps) == before


@pytest.mark.parametrize("which", ["Alder_0001.jpg", "SCLS_Alder_0001.tif"])
def test_resuming_makes_an_image_anew_that_has_changed_since(
    run: Run, survey: Path, tmp_path: Path, which: str
) -> None:
    for name in ("Alder_0001.jpg", "SCLS_Alder_0001.tif"):
        shutil.copy(survey / name, tmp_path)
    words = ("classify", tmp_path, "--out", tmp_path / "maps", "--no-figures", "-q", "--resume")
    assert run(*words)[0] == 0
    shutil.copy(survey / which.replace("Alder", "Heron"), tmp_path / which)
    status, said, _ = run(*words)
    assert (status, "whole already" in said) == (0, False)


def test_a_file_where_the_folder_belongs(run: Run, survey: Path, tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file")
    status, _, err = run("classify", survey, "--out", tmp_path / "maps", "--no-figures", "-q")
    assert status == 1
    assert re.fullmatch(r"riverscape: .*maps.* cannot be written: .*\n", err)


# What goes wrong


@pytest.mark.parametrize("kind", ["truncated.jpg", "truncated.tif", "text.jpg"])
def test_a_corrupt_image_does_not_stop_the_good_ones(
    run: Run,
    survey: Path,
    tmp_path: Path,
    record: Record,
    write_raster: WriteRaster,
    photograph: Pixels,
    kind: str,
) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    image = tmp_path / "survey" / f"Birch_0001{Path(kind).suffix}"
    whole = write_raster(image, photograph).read_bytes()
    image.write_bytes(whole[: len(whole) // 2] if kind.startswith("truncated") else b"no image")
    out = tmp_path / "maps"
    status, said, err = run("classify", tmp_path / "survey", "--out", out, "--no-figures", "-q")
    assert status == 1
    assert "2 images classified" in said
    (line,) = err.splitlines()
    assert line.startswith("riverscape: Birch_0001 failed: ")
    assert {path.name for path in out.glob("CLASS_CSC_*.tif")} == {
        f"CLASS_CSC_{name}.tif" for name in NAMES
    }
    assert set(record(out)["failures"]) == {"Birch_0001"}


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((1, 60, 60), np.uint8), r"has 1 band \(band 1\), the model .* wants 3"),
        (np.zeros((3, 60, 60), np.uint16), "holds uint16 pixels, the model .* wants uint8"),
    ],
)
def test_an_image_that_the_model_does_not_take_is_refused_in_one_line(
    run: Run, tmp_path: Path, write_raster: WriteRaster, pixels: NDArray[Any], reason: str
) -> None:
    image = write_raster(tmp_path / "odd.tif", pixels)
    status, _, err = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert status == 1
    assert re.fullmatch(f"riverscape: odd failed: .*odd.tif {reason}.*\n", err)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["--pixel-classifier", "bogus"],
            "no pixel classifier is called 'bogus'; known: logistic, kde, gaussian, forest",
        ),
        (["--tile-stride", "51"], "a tile stride of 51 px leaves gaps between tiles of 50 px"),
        (["--model", "bogus"], "no model called 'bogus'"),
    ],
)
def test_what_no_image_can_be_made_with_is_said_once_before_any_is_made(
    run: Run, survey: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    out = tmp_path / "maps"
    status, said, err = run("classify", survey, "--out", out, *words)
    assert (status, said) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"riverscape: {reason}")
    assert not out.exists()


def test_labels_that_do_not_fit_are_said_before_any_image_is_made(
    run: Run, survey: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    write_raster(tmp_path / "survey" / "SCLS_Alder_0001.tif", np.ones((150, 199), np.uint8))
    status, said, err = run("classify", tmp_path / "survey", "--out", tmp_path / "maps")
    assert (status, said) == (1, "")
    assert "SCLS_Alder_0001.tif has 199 x 150 px, its image has 200 x 150 px" in err
    assert not (tmp_path / "maps").exists()


# What it says


def test_progress_for_programs_is_json_lines(run: Run, survey: Path, tmp_path: Path) -> None:
    words = ("classify", survey, "--out", tmp_path, "--no-figures", "--progress", "json")
    status, out, err = run(*words)
    lines = [json.loads(line) for line in err.splitlines()]
    assert (status, "2 images classified" in out) == (0, True)
    done = [line["done"] for line in lines]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, lines[0]["total"])
    assert {(line["stage"], line["total"]) for line in lines} == {("classifying", done[-1])}
    notes = list(dict.fromkeys(line["note"] for line in lines))
    assert notes == [
        "",
        *(
            f"{n} of 2: {name}{end}"
            for n, name in enumerate(NAMES, 1)
            for end in ("", ", writing maps")
        ),
    ]
    assert lines[0]["seconds_left"] is None
    assert lines[-1]["seconds_left"] == 0


@pytest.mark.parametrize("words", [["--quiet"], ["-q", "--progress", "json"], []])
def test_no_progress_where_nobody_looks(
    run: Run, survey: Path, tmp_path: Path, words: list[str]
) -> None:
    image = survey / "Alder_0001.jpg"
    status, _, err = run("classify", image, "--out", tmp_path, "--no-figures", *words)
    assert (status, err) == (0, "")


def test_the_table_shows_each_image_with_its_scores(
    run: Run, survey: Path, tmp_path: Path, record: Record
) -> None:
    _, out, _ = run("classify", survey, "--out", tmp_path, "--no-figures", "-q")
    for name, entry in record(tmp_path)["images"].items():
        (row,) = [line for line in out.splitlines() if line.startswith(f"{name} ")]
        assert f"{entry['scores']['CNN']['f1_weighted']:.4f}" in row
        assert f"{entry['scores']['CSC']['f1_weighted']:.4f}" in row
    assert re.search(r"^mean ", out, re.MULTILINE)


def test_a_turned_photograph_is_warned_of_once(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    exif = Image.Exif()
    exif[274] = 6
    image = write_raster(tmp_path / "turned.jpg", photograph, exif=exif)
    status, _, err = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert status == 0
    (line,) = err.splitlines()
    assert line.startswith(f"warning: {image} carries EXIF orientation 6")
    assert codes_of(tmp_path / "maps" / "CLASS_CSC_turned.tif").shape == (150, 200)


def test_what_a_user_should_know_of_an_image_is_said(
    run: Run, tmp_path: Path, write_raster: WriteRaster, record: Record
) -> None:
    image = write_raster(tmp_path / "flat.png", np.full((3, 100, 100), 90, np.uint8))
    status, out, err = run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")
    assert status == 0
    notes = record(tmp_path / "maps")["images"]["flat"]["notes"]
    assert notes
    assert all(note in " ".join((out + err).split()) for note in notes)


# Images of every kind


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (1, 300), (130, 7)])
def test_images_smaller_than_a_tile_are_mapped(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, shape: tuple[int, int]
) -> None:
    pixels = np.tile(photograph, (1, 1, 2))[:, : shape[0], : shape[1]]
    image = write_raster(tmp_path / "small.png", pixels)
    assert run("classify", image, "--out", tmp_path / "maps", "-q")[0] == 0
    for prefix in MAPS:
        codes = codes_of(tmp_path / "maps" / f"{prefix}small.tif")
        assert codes.shape == shape
        assert codes.all()
    # Bounded, however narrow the image is.
    with Image.open(tmp_path / "maps" / "FIGURE_small.png") as figure:
        assert max(figure.size) < 6000


@pytest.mark.parametrize("classifier", ["kde", "mlp", "forest", "gaussian"])
def test_an_image_of_one_colour_is_one_class(
    run: Run, tmp_path: Path, write_raster: WriteRaster, classifier: str
) -> None:
    image = write_raster(tmp_path / "flat.png", np.full((3, 120, 90), 90, np.uint8))
    words = ("--no-figures", "-q", "--pixel-classifier", classifier)
    assert run("classify", image, "--out", tmp_path / "maps", *words)[0] == 0
    csc, cnn = (codes_of(tmp_path / "maps" / f"{prefix}flat.tif") for prefix in MAPS)
    assert np.unique(csc).tolist() == np.unique(cnn).tolist()
    assert len(np.unique(csc)) == 1


def test_an_image_without_a_valid_pixel_is_a_map_without_one(
    run: Run, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = write_raster(tmp_path / "clear.png", np.zeros((4, 80, 60), np.uint8))
    status, out, _ = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert (status, "no valid pixel" in out) == (0, True)
    assert not codes_of(tmp_path / "maps" / "CLASS_CSC_clear.tif").any()


def test_what_lies_outside_the_image_teaches_nothing(
    run: Run,
    tmp_path: Path,
    write_raster: WriteRaster,
    photograph: Pixels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Only the frame without data looks sure; what is learnt must come from the pixels that count.
    pixels = np.maximum(photograph[:, :100, :50], 1)
    pixels[:, :50] = 0
    image = write_raster(tmp_path / "mosaic.tif", pixels, nodata=0)

    def sure_of_the_frame_only(*words: Any) -> None:
        (tile_map,) = (word for word in words if isinstance(word, TileMap))
        tile_map.probabilities[:] = 0
        tile_map.probabilities[0, 0, :2] = 0.99, 0.01
        tile_map.probabilities[1:, 0, 2:4] = 0.6, 0.4

    monkeypatch.setattr("riverscape.workflow.scanning.label_window", sure_of_the_frame_only)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    codes = codes_of(tmp_path / "maps" / "CLASS_CSC_mosaic.tif")
    assert (codes[50:] == SCHEME.codes[2]).all()


@pytest.mark.parametrize("name", ["two words_1", "Rivière_é_1", "$x_1$", "<b>_1", "a&b_1", "a#b_1"])
def test_any_file_name_is_a_name(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, name: str
) -> None:
    image = write_raster(tmp_path / f"{name}.png", photograph[:, :60, :70])
    write_raster(tmp_path / f"SCLS_{name}.tif", np.ones((60, 70), np.uint8))
    status, out, err = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert (status, err) == (0, "")
    assert name in out
    products = {path.name for path in (tmp_path / "maps").iterdir()}
    assert {f"CLASS_CSC_{name}.tif", f"CSC_{name}.csv", f"FIGURE_{name}.png"} <= products


def test_brackets_in_a_name_are_shown(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    image = write_raster(tmp_path / "[red]reach[b]_1.png", photograph[:, :60, :70])
    status, out, _ = run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")
    assert status == 0
    assert "[red]reach[b]_1 " in out


@pytest.mark.parametrize("seed", [0, 9])
def test_the_same_seed_makes_the_same_map(
    run: Run, survey: Path, tmp_path: Path, seed: int
) -> None:
    image = survey / "Heron_0001.jpg"
    for out in ("first", "second"):
        words = ("--seed", seed, "--pixel-classifier", "mlp", "--no-figures", "-q")
        assert run("classify", image, "--out", tmp_path / out, *words)[0] == 0
    first, second = files(tmp_path / "first"), files(tmp_path / "second")
    assert {k: v for k, v in first.items() if k != "run.json"} == {
        k: v for k, v in second.items() if k != "run.json"
    }


def test_no_false_classes_at_the_border_of_the_valid_area(run: Run, tmp_path: Path) -> None:
    """Black under the mask must not look like dark ground: the map inside stays as it was."""
    write_survey(tmp_path / "scene", [River.from_name("Alder")], 1, 300, 400, seed=0)
    with rasterio.open(tmp_path / "scene" / "Alder_0001.jpg") as file:
        pixels = file.read()
    rows, cols = np.indices(pixels.shape[1:])
    valid = np.hypot(rows - 150, cols - 200) < 140
    black = (pixels * valid).astype(np.uint8)
    masked = np.concatenate([black, valid[None] * np.uint8(255)])
    maps = {}
    for name, bands in (("whole", pixels), ("black", black), ("masked", masked)):
        path = tmp_path / f"{name}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", height=300, width=400, count=len(bands), dtype="uint8",
            photometric="RGB", **({"alpha": "yes"} if len(bands) == 4 else {}),
        ) as file:  # fmt: skip
            file.write(bands)
        assert run("classify", path, "--out", tmp_path / "maps" / name, "-q")[0] == 0
        maps[name] = codes_of(tmp_path / "maps" / name / f"CLASS_CSC_{name}.tif")
    assert not maps["masked"][~valid].any()
    otherwise = {
        name: np.mean(maps[name][valid] != maps["whole"][valid]) for name in ("masked", "black")
    }
    assert otherwise["masked"] < 0.01
    assert otherwise["masked"] < otherwise["black"] / 2


def test_where_nothing_could_be_made_nothing_is_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Alder_0001.jpg").write_text("no photograph")
    status, out, err = run("classify", tmp_path / "Alder_0001.jpg", "--out", tmp_path / "maps")
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert not list((tmp_path / "maps").glob("*"))
