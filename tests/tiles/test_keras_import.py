"""Models that Keras saved, carried over exactly."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load

from riverscape.errors import ModelError
from riverscape.labels import PUBLISHED_CLASSES, ClassKey
from riverscape.tiles import Model
from riverscape.tiles.keras.file import KerasFile
from riverscape.tiles.keras.importing import import_keras

if any(find_spec(package) is None for package in ("keras", "torch", "onnx")):
    pytest.skip("Keras is not installed", allow_module_level=True)

from riverscape.tiles.keras.network import keras_on_pytorch

from .small_keras import TILE_PX, as_keras_2, edit, functional, save, sequential

SAVED = Path(__file__).parents[3] / "shared" / "data" / "keras-2.2.4"
KEY = ClassKey.of_scheme(PUBLISHED_CLASSES)

# Keras, of the way in which it makes arrays of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def tiles(bands: int = 3, side_px: int = TILE_PX) -> NDArray[np.uint8]:
    shape = (7, bands, side_px, side_px)
    return np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)


def answers(model: Any, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    scaled = pixels.transpose(0, 2, 3, 1).astype(np.float32) / 255
    return np.asarray(model.predict(scaled, verbose=0))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("make", [sequential, functional])
def test_an_imported_model_answers_what_keras_answers(
    make: Callable[[], Any], suffix: str, tmp_path: Path
) -> None:
    theirs = make()
    path = save(theirs, tmp_path / f"river{suffix}")
    ours = import_keras(path, KEY)
    expected = answers(theirs, tiles())
    assert expected.std() > 0.01
    assert np.abs(ours.predict(tiles())[:, :, 0, 0] - expected).max() < 1e-5
    contract = Model.load(ours.save(tmp_path / "bundle")).contract
    assert (contract.name, contract.tile_px, contract.network_stride_px) == ("river", 20, None)
    assert contract.bands == ("red", "green", "blue")
    assert contract.backbone["name"] == "keras"
    assert contract.backbone["file"] == path.name


@pytest.mark.parametrize("make", [sequential, functional])
def test_what_keras_2_wrote_is_read_too(make: Callable[[], Any], tmp_path: Path) -> None:
    theirs = make()
    path = edit(save(theirs, tmp_path / "river.h5"), as_keras_2)
    ours = import_keras(path, KEY)
    assert np.abs(ours.predict(tiles())[:, :, 0, 0] - answers(theirs, tiles())).max() < 1e-5


def test_a_sequential_model_from_before_keras_2_2_3_is_read_too(tmp_path: Path) -> None:
    def bare(config: dict[str, Any]) -> dict[str, Any]:
        return {"class_name": "Sequential", "config": as_keras_2(config)["config"]["layers"]}

    theirs = sequential()
    ours = import_keras(edit(save(theirs, tmp_path / "river.h5"), bare), KEY)
    assert np.abs(ours.predict(tiles())[:, :, 0, 0] - answers(theirs, tiles())).max() < 1e-5


def test_bands_before_rows_are_read_too(tmp_path: Path) -> None:
    keras = keras_on_pytorch()
    first = {"data_format": "channels_first"}
    layers = [
        keras.layers.Input((4, TILE_PX, TILE_PX)),
        keras.layers.Conv2D(6, 3, activation="tanh", **first),
        keras.layers.GlobalMaxPooling2D(**first),
        keras.layers.Dense(5, activation="softmax"),
    ]
    theirs = keras.Sequential(layers)
    ours = import_keras(save(theirs, tmp_path / "river.keras"), KEY)
    assert ours.contract.bands == ("band 1", "band 2", "band 3", "band 4")
    pixels = tiles(bands=4)
    expected = answers(theirs, pixels.transpose(0, 3, 1, 2))
    assert np.abs(ours.predict(pixels)[:, :, 0, 0] - expected).max() < 1e-5


def test_weights_are_kept_by_their_names_and_local_classes_folded(tmp_path: Path) -> None:
    theirs = sequential(outputs=11)
    path = save(theirs, tmp_path / "river.h5")
    key = ClassKey.by_river(PUBLISHED_CLASSES, ["Ouelle", "StMarg"], unlabelled=True)
    ours = import_keras(path, key, name="two rivers", scale=1 / 127.5, offset=-1)
    weights = load(ours.files["weights.safetensors"])
    kernel = theirs.get_layer(index=0).get_weights()[0]
    (name,) = (name for name, array in weights.items() if array.shape == kernel.shape)
    assert name.endswith("/kernel")
    assert np.array_equal(weights[name], kernel)
    assert ours.contract.class_key == (0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5)
    local = ours.contract.training["local_classes"]
    assert local[6] == {"code": 6, "class_code": 1, "river": "StMarg", "name": "water"}
    pixels = tiles()
    scaled = pixels.astype(np.float32) / 127.5 - 1
    expected = theirs.predict(scaled.transpose(0, 2, 3, 1), verbose=0)
    assert np.allclose(ours.predict(pixels)[:, :, 0, 0], ours.contract.folded(expected), atol=1e-5)


def test_a_size_that_is_left_open_is_stated(tmp_path: Path) -> None:
    path = save(functional(side_px=None), tmp_path / "river.keras")
    with pytest.raises(ModelError, match="leaves the size of tiles open: state it with --tile"):
        import_keras(path, KEY)
    assert import_keras(path, KEY, tile_px=33).contract.tile_px == 33
    path = save(functional(), tmp_path / "river.h5")
    with pytest.raises(ModelError, match=r"takes tiles of 20 px, not of 33"):
        import_keras(path, KEY, tile_px=33)


def test_a_person_s_own_keras_is_neither_heeded_nor_changed(tmp_path: Path) -> None:
    path = save(sequential(), tmp_path / "river.h5")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import os, sys;"
        "import cv2, rasterio, torch;"  # which have variables of their own
        "from riverscape.labels import PUBLISHED_CLASSES, ClassKey;"
        "from riverscape.tiles.keras.importing import import_keras;"
        "before = dict(os.environ);"
        "import_keras(sys.argv[1], ClassKey.of_scheme(PUBLISHED_CLASSES));"
        "assert dict(os.environ) == before"
    )
    environment = {**os.environ, "HOME": str(home), "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (home / ".keras").exists()


@pytest.mark.sample
@pytest.mark.slow
@pytest.mark.skipif(not SAVED.is_dir(), reason=f"no Keras 2.2.4 models at {SAVED}")
def test_a_model_of_the_original_answers_what_keras_2_answered() -> None:
    known = np.load(SAVED / "expected.npz")
    key = ClassKey.read_csv(SAVED / "TwoRivers.csv")
    model = import_keras(SAVED / "TwoRivers.h5", key)
    pixels = known["tiles"].transpose(0, 3, 1, 2)
    unfolded = model.contract.model_copy(update={"class_key": model.contract.scheme.codes})
    (probabilities,) = model._session.run(None, {"pixels": unfolded.scaled(pixels)})
    assert np.abs(probabilities - known["probabilities"]).max() <= 1e-4
    folded = model.contract.folded(known["probabilities"])
    assert np.abs(model.predict(pixels)[:, :, 0, 0] - folded).max() <= 1e-4
    assert json.loads(json.dumps(model.contract.backbone))["saved_by"] == (
        "Keras 2.2.4 on tensorflow"
    )


@pytest.mark.sample
@pytest.mark.skipif(not SAVED.is_dir(), reason=f"no Keras 2.2.4 models at {SAVED}")
def test_the_original_s_file_is_read_as_it_stands() -> None:
    file = KerasFile.read(SAVED / "TwoRivers.h5")
    assert (file.keras_version, file.backend) == ("2.2.4", "tensorflow")
    assert len(file.weight_names["NASNet"]) == 1124
