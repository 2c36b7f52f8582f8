"""`riverscape train`, on images of two plain halves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

pytest.importorskip("torch", reason="training needs the extra `train`")

CONFIG = """
[tile_set]
stride_px = 25
rare_stride_px = 10
min_tiles = 5

[training]
epochs = 1
batches_per_epoch = 2
batch_tiles = 8
validation_share = 0.5
"""


@pytest.fixture
def labelled(tmp_path: Path, write_raster: WriteRaster, photograph: Pixels) -> Path:
    """Return a survey of two images: water on the left, dry sediment on the right."""
    codes = np.ones((150, 200), np.uint8)
    codes[:, 100:] = 2
    for name in ("Alder_0001", "Heron_0001"):
        write_raster(tmp_path / "survey" / f"{name}.png", photograph)
        write_raster(tmp_path / "survey" / f"SCLS_{name}.tif", codes)
    return tmp_path / "survey"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "train.toml"
    path.write_text(CONFIG)
    return path


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
    assert (tmp_path / "my model_curves.png").read_bytes().startswith(b"\x89PNG")
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
    status, out, err = run(
        "classify", labelled, "--out", maps, "--model", bundle, "--no-figures", "-q"
    )
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


def test_images_of_more_than_eight_bits_are_refused_by_name(
    run: Run, tmp_path: Path, config: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    write_raster(tmp_path / "survey/A_1.tif", photograph.astype(np.uint16) * 100)
    write_raster(tmp_path / "survey/SCLS_A_1.tif", np.ones((150, 200), np.uint8))
    line = refused(run, tmp_path / "survey", "--out", tmp_path / "model", "--config", config)
    assert "uint16" in line


def test_a_folder_that_is_no_model_is_refused_before_training(
    run: Run, labelled: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.txt").write_text("mine")
    trained = []
    monkeypatch.setattr("riverscape.workflow.train", lambda *_, **__: trained.append(1))
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
