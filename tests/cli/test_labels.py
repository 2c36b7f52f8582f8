import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.features import shapes as outlines

pytest.importorskip("pyogrio", reason="reading polygons needs the extra `vector`")

import shapely

from ..labels.polygon_files import box, write_polygons

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]

NAMES = ["", "water", "dry sediment", "green vegetation", "senescent vegetation", "paved road"]


def drawn(raster: Path, polygons: Path, field: str = "cover") -> Path:
    """Write what a label raster holds as polygons, classes by name."""
    with rasterio.open(raster) as file:
        codes, crs = file.read(1), file.crs
        found = list(outlines(codes, mask=codes > 0, transform=file.transform))
    shapes = [shapely.geometry.shape(one) for one, _ in found]
    names = [NAMES[int(code)] for _, code in found]
    return write_polygons(polygons, shapes, names, str(crs) if crs else None, field)


@pytest.fixture
def photograph_file(tmp_path: Path, write_raster: WriteRaster) -> Path:
    return write_raster(tmp_path / "Alder_0001.png", np.zeros((3, 100, 120), np.uint8))


def test_polygons_become_a_label_raster_with_colours_and_names(
    run: Run, tmp_path: Path, photograph_file: Path
) -> None:
    shapes = [box(10, 10, 50, 50), box(30, 30, 70, 70), box(300, 10, 310, 20)]
    names = ["water", "dry sediment", "water"]
    polygons = write_polygons(tmp_path / "a.gpkg", shapes, names, field="cover")
    words = ("labels", "rasterize", polygons, "--image", photograph_file, "--class-field", "cover")
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert re.search(r"water +1,200\n", out)
    assert re.search(r"dry sediment +1,600\n", out)
    assert "2 of 3 polygons lie in the image; 23.3 % of it is labelled" in out
    assert "400 pixels lie in polygons of different classes: the last one in the file" in out
    with rasterio.open(tmp_path / "SCLS_Alder_0001.tif") as raster:
        assert raster.shape == (100, 120)
        assert raster.nodata == 0
        assert raster.colormap(1)[2] == (255, 140, 0, 255)
        assert np.bincount(raster.read(1).ravel()).tolist() == [9200, 1200, 1600]
    names_file = tmp_path / "SCLS_Alder_0001.tif.aux.xml"
    assert "dry sediment" in names_file.read_text(encoding="utf-8")

    status, _, err = run(*words)
    assert status == 1
    assert "SCLS_Alder_0001.tif exists already" in err
    assert run(*words, "--overwrite")[0] == 0


def test_what_cannot_be_rasterized_is_said_and_leaves_nothing(
    run: Run, tmp_path: Path, photograph_file: Path
) -> None:
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], ["gravel"])
    words = ("labels", "rasterize", polygons, "--image", photograph_file)
    status, out, err = run(*words, "--out", tmp_path / "new" / "labels.tif")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "'gravel' (known: 0 unlabelled, 1 water" in err
    assert not (tmp_path / "new").exists()
    assert run("labels", "rasterize", polygons)[0] == 2


def test_classes_of_ones_own(run: Run, tmp_path: Path, photograph_file: Path) -> None:
    classes = tmp_path / "classes.json"
    classes.write_text('{"classes": [{"code": 7, "name": "gravel", "colour": "#112233"}]}')
    polygons = write_polygons(tmp_path / "a.gpkg", [box(0, 0, 9, 9)], ["Gravel"])
    out = tmp_path / "labels.tif"
    words = ("labels", "rasterize", polygons, "--image", photograph_file, "--out", out)
    assert run(*words, "--classes", classes)[0] == 0
    with rasterio.open(out) as raster:
        assert np.bincount(raster.read(1).ravel())[7] == 81


def test_polygons_assess_as_the_raster_they_were_drawn_from(
    run: Run, maps: Path, survey: Path, tmp_path: Path
) -> None:
    for label in survey.glob("SCLS_*.tif"):
        drawn(label, tmp_path / "polygons" / f"{label.stem}.gpkg")
    by_raster = run("assess", maps, "--labels", survey)
    words = ("assess", maps, "--labels", tmp_path / "polygons", "--class-field", "cover")
    assert run(*words) == by_raster
    status, out, err = run(
        "assess", maps / "CLASS_CSC_Alder_0001.tif",
        "--labels", tmp_path / "polygons" / "SCLS_Alder_0001.gpkg", "--class-field", "cover",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert "labelled pixels 30,000" in out
    status, _, err = run(*words[:-2])
    assert status == 1
    assert "no field 'class'" in err


def test_polygons_score_a_classification_and_do_not_hinder_resuming(
    run: Run, maps: Path, survey: Path, tmp_path: Path
) -> None:
    image = survey / "Alder_0001.jpg"
    polygons = drawn(survey / "SCLS_Alder_0001.tif", tmp_path / "alder.geojson")
    drawn_labels = ("--labels", polygons, "--class-field", "cover")
    words = ("classify", image, *drawn_labels, "--out", tmp_path / "maps", "--no-figures")
    status, _, err = run(*words)
    assert (status, err) == (0, "")
    scores = "CSC_Alder_0001.csv"
    assert (tmp_path / "maps" / scores).read_text() == (maps / scores).read_text()
    status, out, _ = run(*words, "--resume")
    assert status == 0
    assert "1 whole already" in out


def test_a_survey_is_checked(run: Run, survey: Path, tmp_path: Path) -> None:
    status, out, err = run("labels", "check", survey, "--out", tmp_path / "check")
    assert (status, err) == (0, "")
    assert re.search(r"Alder_0001 +200 x 150 +100.0 %", out)
    assert re.search(r"labelled nowhere: .*", out)
    with (tmp_path / "check" / "label_classes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["pixels"]) for row in rows) == 60_000
    with rasterio.open(survey / "SCLS_Alder_0001.tif") as raster:
        water = int((raster.read(1) == 1).sum())
    assert next(int(row["pixels"]) for row in rows if row["class"] == "water") == water
    with Image.open(tmp_path / "check" / "contact_sheet.png") as sheet:
        assert min(sheet.size) > 300
    status, _, err = run("labels", "check", survey, "--out", tmp_path / "check")
    assert status == 1
    assert "labels.csv exists already" in err


def test_every_fault_is_listed_and_the_rest_is_checked(
    run: Run, survey: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    folder = tmp_path / "survey"
    shutil.copytree(survey, folder)
    label = folder / "SCLS_Alder_0001.tif"
    write_raster(label, np.full((150, 200), 9, np.uint8))
    for name, shape in (("Birch_1", (20, 30)), ("Cedar_1", (40, 40))):
        write_raster(folder / f"{name}.png", np.zeros((3, 40, 40), np.uint8))
        write_raster(folder / f"SCLS_{name}.tif", np.zeros(shape, np.uint8))
    write_raster(folder / "Dogwood_1.png", np.zeros((3, 40, 40), np.uint8))
    status, out, err = run("labels", "check", folder)
    assert status == 1
    assert err == "riverscape: the labels of 2 of 5 images cannot be used as they are\n"
    assert "Alder_0001: " in out
    assert "codes outside the classes: 9" in out
    assert "has 30 x 20 px, its image has 40 x 40 px" in out
    assert "Cedar_1: no pixel is labelled" in out
    assert "1 of 5 images have no labels" in out
    assert re.search(r"Heron_0001 +200 x 150 +100.0 %", out)
    assert not list(tmp_path.glob("*.csv"))


def test_polygons_are_checked_like_rasters(run: Run, survey: Path, tmp_path: Path) -> None:
    for label in survey.glob("SCLS_*.tif"):
        drawn(label, tmp_path / f"{label.stem}.gpkg")
    by_raster = run("labels", "check", survey)
    words = ("--labels", tmp_path, "--class-field", "cover")
    assert run("labels", "check", survey, *words) == by_raster


@pytest.mark.slow
def test_a_model_is_trained_on_polygons(run: Run, survey: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra `train`")
    quick = tmp_path / "quick.toml"
    quick.write_text("[training]\nbatches_per_epoch = 2\nbatch_tiles = 8\nepochs = 1\n")
    for label in survey.glob("SCLS_*.tif"):
        drawn(label, tmp_path / "drawn" / f"{label.stem}.gpkg")
    hashes = []
    for name, labels in (("rasters", survey), ("polygons", tmp_path / "drawn")):
        words = ("train", survey, "--labels", labels, "--class-field", "cover", "-q")
        status, _, err = run(*words, "--out", tmp_path / name, "--config", quick)
        assert status == 0, err
        hashes.append((tmp_path / name / "network.onnx").read_bytes())
    assert hashes[0] == hashes[1]
