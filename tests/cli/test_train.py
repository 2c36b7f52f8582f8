"""`riverscape train`, on images of two plain halves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.tiles import Model

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

pytest.importorskip("torch", reason="training needs the extra `train`")


def test_a_trained_model_is_a_bundle_that_classifies(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "my model"
    words = ("train", labelled, "--out", bundle, "--config", config)
    status, out, err = run(*words, "--quiet")
    assert status == 0
    assert {path.name for path in bundle.iterdir()} == {
        "model.json",
        "network.onnx",
        "weights.safetensors",
    }
    folder = tmp_path / "my model_training"
    assert {path.name for path in folder.iterdir()} == {
        *("class_key.csv", "confusion.png", "curves.png", "mistakes.csv", "mistakes.png"),
        "train.json",
    }
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert f"model in {bundle}" in out
    assert set(err.splitlines()) == {
        f"warning: no tile of {name}: the model will not know this class"
        for name in ("green vegetation", "senescent vegetation", "paved road")
    }
    contract = json.loads((bundle / "model.json").read_text())
    assert contract["name"] == "my model"
    assert contract["training"]["settings"]["training"]["epochs"] == 1
    (held,) = contract["training"]["validation_images"]
    assert {held, *contract["training"]["images"]} == {"Alder_0001", "Heron_0001"}
    assert held in out

    maps = tmp_path / "maps"
    status, out, err = run("classify", labelled, "--out", maps, "--model", bundle, "--no-figures")
    assert (status, err) == (0, "")
    assert "2 images classified" in out

    before = (bundle / "model.json").read_bytes()
    status, _, err = run(*words)
    assert status == 1
    assert "exists already" in err
    assert (bundle / "model.json").read_bytes() == before


def refused(run: Run, *words: object) -> str:
    """Return the one line that refuses a training."""
    status, _, err = run("train", *words, "--quiet")
    lines = [line for line in err.splitlines() if not line.startswith("warning: ")]
    assert (status, len(lines)) == (1, 1)
    assert "unforeseen" not in lines[0]
    return lines[0]


def test_images_without_labels_cannot_be_trained_on(
    run: Run, labelled: Path, tmp_path: Path
) -> None:
    (labelled / "SCLS_Alder_0001.tif").unlink()
    line = refused(run, labelled, "--out", tmp_path / "model")
    assert "Alder_0001.png has no label raster: expected SCLS_Alder_0001.tif" in line
    assert not (tmp_path / "model").exists()


def test_labels_without_a_class_give_no_tile(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    write_raster(tmp_path / "survey/A_1.png", photograph)
    write_raster(tmp_path / "survey/SCLS_A_1.tif", np.zeros((150, 200), np.uint8))
    assert "no tile to train on" in refused(run, tmp_path / "survey", "--out", tmp_path / "model")


def test_images_smaller_than_a_tile_give_no_tile(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    write_raster(tmp_path / "survey/A_1.png", photograph[:, :30, :30])
    write_raster(tmp_path / "survey/SCLS_A_1.tif", np.ones((30, 30), np.uint8))
    assert "no tile to train on" in refused(run, tmp_path / "survey", "--out", tmp_path / "model")


def test_images_of_unlike_bands_are_refused_by_name(
    run: Run, labelled: Path, config: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    write_raster(labelled / "Birch_0001.png", np.full((1, 150, 200), 9, np.uint8))
    write_raster(labelled / "SCLS_Birch_0001.tif", np.ones((150, 200), np.uint8))
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config)
    assert "Birch_0001" in line
    assert "band" in line


def test_images_of_another_type_of_pixel_are_refused_by_name(
    run: Run, labelled: Path, tmp_path: Path, config: Path, write_raster: WriteRaster
) -> None:
    write_raster(labelled / "Birch_0001.tif", np.ones((3, 150, 200), np.uint16))
    write_raster(labelled / "SCLS_Birch_0001.tif", np.ones((150, 200), np.uint8))
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config)
    assert "uint8 pixels, the images before it uint16" in line or (
        "uint16 pixels, the images before it uint8" in line
    )


def test_sixteen_bits_and_chosen_bands_are_trained_on(
    run: Run, tmp_path: Path, config: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    codes = np.ones((150, 200), np.uint8)
    codes[:, 100:] = 2
    wide = photograph.astype(np.uint16) * 100
    for name in ("Alder_0001", "Heron_0001"):
        write_raster(tmp_path / f"survey/{name}.tif", np.concatenate([wide, wide[:1]]))
        write_raster(tmp_path / f"survey/SCLS_{name}.tif", codes)
    out = tmp_path / "model"
    status, _, err = run(
        "train", tmp_path / "survey", "--out", out, "--config", config,
        "--bands", "4,1", "--gsd", "0.25",
    )  # fmt: skip
    assert status == 0, err
    contract = Model.load(out).contract
    assert (contract.dtype, len(contract.bands)) == ("uint16", 2)
    assert contract.ground_sample_distance_m == 0.25
    assert contract.low is not None
    assert contract.training["settings"]["image"]["bands"] == ["4", "1"]
    assert contract.training["levels"]["pixels"] == 2 * 150 * 200
    status, _, err = run(
        "train", tmp_path / "survey", "--out", tmp_path / "stated", "--config", config,
        "--bands", "4,1", "--value-range", "0,4000",
    )  # fmt: skip
    assert status == 0, err
    contract = Model.load(tmp_path / "stated").contract
    assert (contract.low, contract.high) == ((0, 0), (4000, 4000))
    assert "levels" not in contract.training


def test_a_folder_that_is_no_model_is_refused_before_training(
    run: Run, labelled: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.txt").write_text("mine")
    trained = []
    monkeypatch.setattr("riverscape.execution.training.train", lambda *_, **__: trained.append(1))
    line = refused(run, labelled, "--out", tmp_path / "photos", "--config", config, "--overwrite")
    assert "is no model bundle, so it is not replaced" in line
    assert not trained
    assert (tmp_path / "photos" / "mine.txt").read_text() == "mine"


def test_without_pytorch_the_extra_is_named(
    run: Run, labelled: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config)
    assert line == (
        "riverscape: training a model needs more packages; install them with: "
        'pip install "riverscape[train]"'
    )


def test_the_record_says_what_was_trained_on_what(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    status, _, _ = run("train", labelled, "--out", out, "--config", config, "--seed", 3, "-q")
    assert status == 0
    record = json.loads((tmp_path / "model_training" / "train.json").read_text())
    assert record["seed"] == 3
    assert record["packages"]["torch"]
    assert record["settings"]["network"]["backbone"] == "compact"
    assert len(record["data"]["images"]) == 2
    for image in record["data"]["images"]:
        assert len(image["sha256"]) == len(image["labels_sha256"]) == 64
    (epoch,) = record["epochs"]["training"]
    assert epoch["tiles_per_second"] > 0
    assert 0 <= epoch["waiting_share"] <= 1
    assert record["held_out"]["f1_weighted"] >= 0
    assert record["model"] == __import__("riverscape").load_model(out).sha256


def test_epochs_can_be_found(run: Run, labelled: Path, config: Path, tmp_path: Path) -> None:
    words = ("train", labelled, "--config", config, "--epochs", "auto", "--patience", 1, "-q")
    status, out, _ = run(*words, "--out", tmp_path / "found")
    assert status == 0
    assert "trained on all images for" in out
    folder = tmp_path / "found_training"
    assert (folder / "tuning_curves.png").is_file()
    record = json.loads((folder / "train.json").read_text())
    assert set(record["epochs"]) == {"tuning", "training"}
    assert len(record["epochs"]["training"]) == record["epoch_kept"]


def test_finding_epochs_alone_writes_no_model(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "tuned"
    words = ("train", labelled, "--config", config, "--patience", 1, "--tune-only", "-q")
    status, said, _ = run(*words, "--out", out)
    assert status == 0
    assert "served best on" in said
    assert not out.exists()
    names = {path.name for path in (tmp_path / "tuned_training").iterdir()}
    assert {"tuning_curves.png", "confusion.png", "mistakes.png", "train.json"} <= names
    assert not names & {"tiles", "checkpoints"}


@pytest.mark.parametrize("unit", ["river", "image"])
def test_each_river_or_image_is_left_out_once(
    run: Run, labelled: Path, config: Path, tmp_path: Path, unit: str
) -> None:
    out = tmp_path / "folds"
    words = ("train", labelled, "--out", out, "--config", config, "--cross-validate", unit, "-q")
    status, said, _ = run(*words)
    assert status == 0
    assert not out.exists()
    rows = (tmp_path / "folds_training" / "folds.csv").read_text().splitlines()
    assert rows[0].startswith("left_out,epochs,tiles,f1_weighted,water,dry sediment")
    names = ["Alder", "Heron"] if unit == "river" else ["Alder_0001", "Heron_0001"]
    assert [row.split(",")[0] for row in rows[1:]] == [*names, "mean"]
    for name in (f"{unit} left out", *names, "mean"):
        assert name in said


def test_river_classes_come_with_their_key(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "split"
    words = ("--out", out, "--config", config, "--split-classes-by-river", "-q")
    assert run("train", labelled, *words)[0] == 0
    key = (tmp_path / "split_training" / "class_key.csv").read_text().splitlines()
    assert key[0] == "LocalClass,HierarchClass,River,ClassName"
    assert key[1] == "1,1,Alder,water"
    assert key[6] == "6,1,Heron,water"
    contract = json.loads((out / "model.json").read_text())
    assert contract["class_key"] == [1, 2, 3, 4, 5] * 2


def test_a_model_goes_on_from_another(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    words = ("--out", tmp_path / "mine", "--config", config, "--from", "ste-marguerite", "-q")
    status, _, _ = run("train", labelled, *words)
    assert status == 0
    contract = json.loads((tmp_path / "mine" / "model.json").read_text())
    assert contract["training"]["settings"]["start_from"]["name"] == "ste-marguerite"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--backbone", "resnet5O"), "did you mean"),
        (("--device", "cuda:7"), "no device cuda:7 to train on here"),
        (("--from", "nowhere"), "nowhere"),
        (("--purity", "0.3"), "tile_set.purity"),
        (("--weights", "missing.safetensors", "--backbone", "resnet18"), "missing.safetensors"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_left(
    run: Run, labelled: Path, config: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config, *words)
    assert said in line
    assert {path.name for path in tmp_path.iterdir()} == {"survey", "train.toml"}


def test_epochs_that_are_no_number_are_wrong_usage(run: Run, labelled: Path) -> None:
    status, _, err = run("train", labelled, "--out", "x", "--epochs", "many")
    assert status == 2
    assert "neither auto nor a number of epochs" in " ".join(err.replace("│", "").split())


def test_a_folder_that_is_no_record_is_left_alone(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "model_training").mkdir()
    (tmp_path / "model_training" / "thesis.docx").write_text("mine")
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config, "--overwrite")
    assert "is not of a training, so it is left alone" in line
    assert (tmp_path / "model_training" / "thesis.docx").read_text() == "mine"


def test_a_folder_with_another_programs_train_json_is_left_alone(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    foreign = tmp_path / "model_training"
    foreign.mkdir()
    (foreign / "train.json").write_text('{"images": []}')
    (foreign / "IMG_1.jpg").write_text("mine")
    line = refused(run, labelled, "--out", tmp_path / "model", "--config", config, "--overwrite")
    assert "is not of a training, so it is left alone" in line
    assert {path.name for path in foreign.iterdir()} == {"train.json", "IMG_1.jpg"}


def test_a_survey_is_no_place_for_the_record(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    survey = tmp_path / "river_training"
    labelled.rename(survey)
    (survey / "train.json").write_text('{"riverscape": "0.1.0"}')
    before = sorted(survey.iterdir())
    words = (survey, "--out", tmp_path / "river", "--config", config, "--overwrite")
    assert "is where the training's record would go" in refused(run, *words)
    assert sorted(survey.iterdir()) == before


def test_overwriting_removes_nothing_but_what_a_training_wrote(
    run: Run, labelled: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    words = ("--out", out, "--config", config, "--overwrite")
    assert run("train", labelled, *words, "-q")[0] == 0
    notes = tmp_path / "model_training" / "notes.txt"
    notes.write_text("mine")
    record = (tmp_path / "model_training" / "train.json").read_bytes()
    # A mistyped survey is found before anything is removed.
    refused(run, tmp_path / "surveyy", *words)
    assert (tmp_path / "model_training" / "train.json").read_bytes() == record
    assert run("train", labelled, *words, "-q")[0] == 0
    assert notes.read_text() == "mine"
    line = refused(run, labelled, "--out", out, "--config", config, "--resume")
    assert "is finished; --overwrite trains anew" in line


@pytest.mark.parametrize("words", [("--cross-validate", "river"), ("--epochs", "3")])
def test_options_that_contradict_each_other_are_wrong_usage(
    run: Run, labelled: Path, words: tuple[str, ...]
) -> None:
    assert run("train", labelled, "--out", "x", "--tune-only", *words)[0] == 2


def test_a_class_in_narrow_strips_is_scored_all_the_same(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, config: Path
) -> None:
    codes = np.zeros((150, 200), np.uint8)
    codes[:, :100] = 1
    codes[:, 140:180] = 2  # 40 px wide: no tile of 50 px is nine tenths sediment
    for name in ("A_1", "B_1"):
        write_raster(tmp_path / f"survey/{name}.png", photograph)
        write_raster(tmp_path / f"survey/SCLS_{name}.tif", codes)
    words = ("--out", tmp_path / "model", "--config", config, "-q")
    status, out, _ = run("train", tmp_path / "survey", *words)
    assert status == 0
    assert "dry sediment" in out.split("F1 of tiles")[1]
