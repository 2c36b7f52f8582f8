"""`riverscape compare`: what it prints, what it leaves, what it refuses."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riverscape.imagery import file_sha256
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from riverscape.tiles import Model

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
QUICK = ("--traditional", "gaussian", "--csc", "kde")


@pytest.fixture(scope="module")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a survey of two photographs of each of two rivers; not to be written to."""
    folder = tmp_path_factory.mktemp("rivers")
    names = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(folder, names, 2, height_px=120, width_px=160, seed=3)
    return folder


def trained_on(folder: Path, *names: str, **stated: object) -> Model:
    """Return the bundled model with other images said to be those that it was trained on."""
    model = load_model("ste-marguerite")
    training = {"images": list(names), "validation_images": [], **stated}
    other = Model(model.contract.model_copy(update={"training": training}), model.files)
    other.save(folder)
    return other


def test_a_line_for_each_method(run: Run, rivers: Path) -> None:
    words = ("compare", rivers, "--traditional", "gaussian,forest", "--csc", "kde", "--quiet")
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    head, *rows = out.splitlines()
    assert re.split(r"  +", head.strip()) == [
        "method",
        "classifier",
        "mean F1",
        "median F1",
        "least F1",
        "mean F1 of classes",
        "seconds an image",
    ]
    number = r"( +[01]\.\d{4}){4} +\d+\.\d\d"
    for row, start in zip(
        rows,
        (
            "traditional +gaussian",
            "traditional +forest",
            "CNN map +ste-marguerite",
            "CSC +kde",
        ),
        strict=False,
    ):
        assert re.fullmatch(start + number, row.rstrip())
    assert rows[4:] == [
        "model ste-marguerite was trained on 18 images, none of these 4 among them (by name)"
    ]


def test_the_tables_hold_every_image_method_and_class(
    run: Run, rivers: Path, tmp_path: Path
) -> None:
    words = ("compare", rivers, *QUICK, "--hold-out", "river", "--out", tmp_path / "out")
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert f"comparison.csv and summary.csv are in {tmp_path / 'out'}" in out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "comparison.csv",
        "summary.csv",
    }
    table = pd.read_csv(tmp_path / "out" / "comparison.csv")
    assert list(table.columns) == [
        *("image", "river", "method", "classifier", "class"),
        *("precision", "recall", "f1_score", "support", "fit_seconds", "seconds"),
    ]
    assert not table.duplicated(["image", "method", "classifier", "class"]).any()
    whole = table[table["class"] == "ALL"]
    assert len(whole) == 4 * 3
    assert set(whole["image"]) == {"Alder_0001", "Alder_0002", "Heron_0001", "Heron_0002"}
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert list(summary["method"]) == ["traditional", "CNN map", "CSC"]
    means = whole.groupby("method")["f1_score"].mean()
    for _, row in summary.iterrows():
        assert row["f1_mean"] == pytest.approx(means[row["method"]], abs=2e-6)
        assert f"{row['f1_mean']:.4f}" in out


def test_a_survey_of_its_own_may_teach(run: Run, rivers: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "images").mkdir()
    for name in ("Heron_0001", "Heron_0002"):
        shutil.copy(rivers / f"{name}.jpg", tmp_path / "images")
        shutil.copy(rivers / f"SCLS_{name}.tif", tmp_path / "labels")
    shutil.copy(rivers / "Alder_0001.jpg", tmp_path)
    shutil.copy(rivers / "SCLS_Alder_0001.tif", tmp_path / "any.tif")
    words = ("compare", tmp_path / "Alder_0001.jpg", "--labels", tmp_path / "any.tif")
    teach = ("--train", tmp_path / "images", "--train-labels", tmp_path / "labels")
    for out, more in (
        ("folder", teach),
        ("two", ("--train", rivers / "Heron_0001.jpg", "--train", rivers / "Heron_0002.jpg")),
    ):
        command = (*words, *more, "--traditional", "gaussian", "--csc", "none")
        status, shown, err = run(*command, "--out", tmp_path / out)
        assert (status, err) == (0, "")
        assert "CSC" not in shown
        assert "trained on" not in shown
    one, other = (
        pd.read_csv(tmp_path / out / "comparison.csv").drop(columns=["fit_seconds", "seconds"])
        for out in ("folder", "two")
    )
    pd.testing.assert_frame_equal(one, other)


def test_settings_and_progress(run: Run, rivers: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[pixels]\nfeatures = ["bands"]\nbits = 4\n')
    words = ("compare", rivers, *QUICK, "--config", config, "--progress", "json")
    status, _, err = run(*words)
    assert status == 0
    steps = [json.loads(line) for line in err.splitlines()]
    assert [step["done"] for step in steps if step["stage"] == "reading labels"] == [*range(5)]
    assert [step["done"] for step in steps if step["stage"] == "comparing"] == [*range(9)]
    assert steps[-1]["note"] == "Heron_0002: CSC, kde"


def test_a_model_tested_on_what_it_was_trained_on_is_told(
    run: Run, rivers: Path, tmp_path: Path
) -> None:
    images = ("Alder_0001", "Alder_0002", "Birch_0001")
    base = {"settings": {"start_from": {"name": "older", "sha256": "0"}}}
    trained_on(tmp_path / "mine", *images, validation_images=["Heron_0002"], **base)
    words = ("compare", rivers, "--traditional", "none", "--csc", "kde", "--quiet")
    out = run(*words, "--model", tmp_path / "mine")[1]
    assert out.splitlines()[-1] == (
        "model ste-marguerite was trained on 3 images, 2 of these 4 among them (Alder_0001, "
        "Alder_0002; by name): its scores on them say little of other images; its best epoch was "
        "chosen by Heron_0002; it went on from the model older"
    )
    trained_on(tmp_path / "others", "Alder_0007", "Birch_0001")
    out = run(*words, "--model", tmp_path / "others")[1]
    assert out.splitlines()[-1] == (
        "model ste-marguerite was trained on 2 images, none of these 4 among them (by name); it "
        "has seen other images of Alder"
    )
    model = load_model("ste-marguerite")
    silent = Model(model.contract.model_copy(update={"training": {}}), model.files)
    silent.save(tmp_path / "silent")
    out = run(*words, "--model", tmp_path / "silent")[1]
    assert out.splitlines()[-1] == "model ste-marguerite does not say what it was trained on"


def test_the_record_of_a_training_knows_images_better_than_names_do(
    run: Run, rivers: Path, tmp_path: Path
) -> None:
    model = trained_on(tmp_path / "mine", "Alder_0001", "Other_0001")
    # Trained on a photograph that is called otherwise here, and on another of the same name.
    hashes = {"Alder_0001": "0" * 64, "Other_0001": file_sha256(rivers / "Heron_0001.jpg")}
    record = tmp_path / "mine_training" / "train.json"
    record.parent.mkdir()
    content = {
        "model": model.sha256,
        "data": {"images": [{"image": key, "sha256": value} for key, value in hashes.items()]},
    }
    words = ("compare", rivers, "--traditional", "none", "--csc", "kde", "--quiet", "--model")
    record.write_text(json.dumps(content))
    assert "1 of these 4 among them (Heron_0001; by SHA-256)" in run(*words, tmp_path / "mine")[1]
    record.write_text(json.dumps({**content, "model": "of another model"}))
    assert "1 of these 4 among them (Alder_0001; by name)" in run(*words, tmp_path / "mine")[1]
    record.write_text("{")
    assert "1 of these 4 among them (Alder_0001; by name)" in run(*words, tmp_path / "mine")[1]


def test_tables_that_stand_are_not_overwritten_unasked(
    run: Run, rivers: Path, tmp_path: Path
) -> None:
    (tmp_path / "summary.csv").write_text("mine")
    words = ("compare", rivers, *QUICK, "--out", tmp_path)
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    assert err == (
        f"riverscape: {tmp_path / 'summary.csv'} exists already; add --overwrite to replace it\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["summary.csv"]
    assert (tmp_path / "summary.csv").read_text() == "mine"
    assert run(*words, "--overwrite")[0] == 0
    assert len(pd.read_csv(tmp_path / "summary.csv")) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--traditional", "forrest"], "no pixel classifier is called 'forrest'; known: "),
        (["--traditional", "patch"], "patch cannot learn from other images"),
        (["--csc", "kde,kd"], "no pixel classifier is called 'kd'; known: "),
        (["--model", "none"], "no model called 'none'"),
        (["--train", "none"], "none does not exist"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: Run, rivers: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    status, out, err = run("compare", rivers, *words, "--out", tmp_path / "out")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_single_image_needs_others_to_learn_from(run: Run, rivers: Path) -> None:
    image = rivers / "Alder_0001.jpg"
    status, _, err = run("compare", image, *QUICK)
    assert status == 1
    assert err == (
        "riverscape: leaving one image out needs two images or more; here is 1: add some, or "
        "name images to learn from (--train)\n"
    )
    status, _, err = run("compare", image, "--train", rivers, *QUICK)
    assert status == 1
    assert err.startswith(f"riverscape: {image} is among the images to learn from too")
    assert err.count("\n") == 1


def test_every_image_without_labels_is_listed(
    run: Run, rivers: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    for name in ("Alder_0001", "Alder_0002"):
        shutil.copy(rivers / f"{name}.jpg", tmp_path)
    status, _, err = run("compare", tmp_path, *QUICK)
    assert status == 1
    for name in ("Alder_0001", "Alder_0002"):
        assert f"{name}.jpg has no label raster: expected SCLS_{name}.tif beside it" in err
    write_raster(tmp_path / "SCLS_Alder_0001.tif", np.ones((120, 161), np.uint8))
    status, _, err = run("compare", tmp_path / "Alder_0001.jpg", *QUICK)
    assert status == 1
    assert "has 161 x 120 px, its image has 160 x 120 px" in err


@pytest.mark.parametrize(
    "words",
    [
        ["compare"],
        ["compare", "survey", "--hold-out", "tile"],
        ["compare", "survey", "--train", "others", "--hold-out", "river"],
        ["compare", "survey", "--train-labels", "labels"],
    ],
)
def test_wrong_usage_ends_with_status_2(run: Run, words: list[str]) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "Error" in err


def test_help_shows_an_example(run: Run) -> None:
    status, out, err = run("compare", "--help")
    assert (status, err) == (0, "")
    assert "riverscape compare " in out
