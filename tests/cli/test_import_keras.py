"""`riverscape models import-keras`."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.labels import PUBLISHED_CLASSES, ClassKey

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

from ..tiles.small_keras import save, sequential

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def keras_model(tmp_path: Path) -> tuple[Path, Path]:
    """Return a model that Keras saved and its class key: two rivers, and an output for neither."""
    key = tmp_path / "key.csv"
    key.write_text(
        ClassKey.by_river(PUBLISHED_CLASSES, ["Ouelle", "StMarg"], unlabelled=True).to_csv()
    )
    return save(sequential(outputs=11), tmp_path / "river.h5"), key


def test_a_keras_model_becomes_a_bundle_that_classifies(
    run: Run,
    keras_model: tuple[Path, Path],
    tmp_path: Path,
    photograph: NDArray[np.uint8],
    write_raster: Callable[..., Path],
) -> None:
    file, key = keras_model
    bundle, maps = tmp_path / "two-rivers", tmp_path / "maps"
    importing = ("models", "import-keras", file, "--class-key", key, "--out", bundle)
    status, out, err = run(*importing)
    assert (status, err) == (0, "")
    assert out == (
        f"11 outputs for 5 classes, tiles of 20 px, bands red, green, blue\nmodel in {bundle}\n"
    )
    status, out, _ = run("models", "show", bundle)
    assert status == 0
    assert out.startswith("two-rivers: imported from river.h5, which Keras 3.")
    image = write_raster(tmp_path / "Alder_0001.png", photograph)
    status, _, err = run("classify", image, "--model", bundle, "--out", maps, "--quiet")
    assert (status, err) == (0, "")
    assert (maps / "CLASS_CSC_Alder_0001.tif").is_file()
    status, _, err = run(*importing)
    assert (status, err) == (
        1,
        f"riverscape: {bundle} exists already; add --overwrite to replace it\n",
    )
    assert run(*importing, "--overwrite", "--name", "mine", "--scale", "1/127.5")[0] == 0
    contract = json.loads((bundle / "model.json").read_text(encoding="utf-8"))
    assert contract["name"] == "mine"
    assert contract["scale"] == [1 / 127.5] * 3


def test_what_cannot_be_imported_leaves_nothing(
    run: Run, keras_model: tuple[Path, Path], tmp_path: Path
) -> None:
    file, key = keras_model
    five = tmp_path / "five.csv"
    five.write_text(ClassKey.of_scheme(PUBLISHED_CLASSES).to_csv())
    bundle = tmp_path / "bundle"
    for path, wrong_key, reason in (
        (tmp_path / "missing.h5", key, "no such file"),
        (key, key, "is no HDF5 file"),
        (file, five, "has 11 outputs, the class key 5 local classes"),
        (file, file, "is no CSV file"),
    ):
        status, out, err = run(
            "models", "import-keras", path, "--class-key", wrong_key, "--out", bundle
        )
        assert (status, out) == (1, "")
        assert reason in err
        assert err.count("\n") == 1
        assert not bundle.exists()
    wrong = ("--class-key", key, "--out", bundle, "--scale", "much")
    assert run("models", "import-keras", file, *wrong)[0] == 2
