"""Model bundles: written whole, checked on load."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from riverscape.errors import ModelError, OutputError
from riverscape.tiles import Model, ModelContract

from .conftest import trained


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    return model.save(tmp_path / "bundle")


def test_saved_and_loaded_is_the_same(model: Model, saved: Path) -> None:
    again = Model.load(saved)
    assert again.contract == model.contract
    assert again.files == model.files
    assert again.sha256 == model.sha256
    assert sorted(path.name for path in saved.parent.iterdir()) == ["bundle"]


def test_a_zip_of_the_folder_is_a_bundle_too(model: Model, saved: Path) -> None:
    archive = shutil.make_archive(str(saved), "zip", saved)
    assert Model.load(archive).sha256 == model.sha256


def test_the_network_is_the_one_that_was_trained(model: Model) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 3, 50, 50)).astype(np.uint8)
    with torch.no_grad():
        scores = trained().network(torch.from_numpy(pixels).float() / 255)
    expected = scores.softmax(dim=1).numpy()
    assert np.allclose(model.predict(pixels), expected, atol=1e-5)


def _rewrite(saved: Path, **changes: object) -> None:
    path = saved / "model.json"
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format_version": 3}, "format version 3 is not 1 to 2"),
        ({"tile_px": 64}, "network.onnx answers"),
        ({"network_stride_px": 10}, "network.onnx answers"),
        ({"network_stride_px": None}, "network.onnx answers"),
        ({"bands": ["grey"], "scale": [1], "offset": [0]}, "does not take windows"),
        ({"scale": [1.0]}, "bands, scale and offset differ in length"),
        ({"class_key": [1, 2, 3, 4, 9]}, "codes that are no class"),
        ({"class_key": [1, 2, 3, 4, 4]}, "leaves classes out"),
        ({"class_key": [1, 2, 3, 4, 5, 5]}, "network.onnx answers"),
        ({"surprise": 1}, "surprise"),
        ({"files": {}}, "states no SHA-256"),
    ],
)
def test_a_contract_that_does_not_hold_is_refused(
    saved: Path, changes: dict[str, object], reason: str
) -> None:
    _rewrite(saved, **changes)
    with pytest.raises(ModelError, match=reason) as error:
        Model.load(saved)
    assert str(saved) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_damaged_network_is_refused(saved: Path) -> None:
    network = saved / "network.onnx"
    network.write_bytes(network.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match=r"network\.onnx is damaged"):
        Model.load(saved)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    for path, reason in (
        (tmp_path, "holds no model.json"),
        (tmp_path / "missing", "no such file"),
        (text, "neither a folder nor a .zip"),
    ):
        with pytest.raises(ModelError, match=reason):
            Model.load(path)


def test_a_network_that_is_none_is_refused(saved: Path) -> None:
    model = Model.load(saved)
    with pytest.raises(ModelError, match="no network that ONNX Runtime can run"):
        Model.build(model.contract, {"network.onnx": b"nothing"})


def test_saving_replaces_only_bundles_and_only_when_asked(
    model: Model, saved: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="exists already"):
        model.save(saved)
    model.save(saved, overwrite=True)
    precious = tmp_path / "photographs"
    precious.mkdir()
    (precious / "a.jpg").write_text("a photograph")
    with pytest.raises(OutputError, match="is no model bundle"):
        model.save(precious, overwrite=True)
    assert (precious / "a.jpg").read_text() == "a photograph"


def test_outputs_fold_to_classes_by_the_key(model: Model) -> None:
    contract = model.contract.model_copy(update={"class_key": (0, 1, 2, 3, 4, 5, 1)})
    contract = ModelContract.model_validate(contract.model_dump())
    outputs = np.random.default_rng(0).dirichlet(np.ones(7), (3, 4)).astype(np.float32)
    outputs = np.moveaxis(outputs, 2, 1)  # (n, output, tile)
    folded = contract.folded(outputs)
    assert np.allclose(folded.sum(axis=1), 1, atol=1e-6)
    named = 1 - outputs[:, 0]
    assert np.allclose(folded[:, 0] * named, outputs[:, 1] + outputs[:, 6], atol=1e-6)


def test_what_else_lies_in_a_bundle_stays_when_it_is_replaced(model: Model, saved: Path) -> None:
    (saved / "CARD.md").write_text("what it is good for")
    (saved / "network.onnx").write_bytes(b"damaged")
    model.save(saved, overwrite=True)
    assert (saved / "CARD.md").read_text() == "what it is good for"
    assert Model.load(saved).sha256 == model.sha256


def test_a_file_without_a_stated_hash_is_refused(saved: Path) -> None:
    hashes = json.loads((saved / "model.json").read_text())["files"]
    _rewrite(saved, files={"network.onnx": hashes["network.onnx"]})
    with pytest.raises(ModelError, match=r"states no SHA-256 for weights\.safetensors"):
        Model.load(saved)


def test_a_model_shows_itself_briefly(model: Model) -> None:
    assert len(repr(model)) < 3000
    assert "untrained" in model._repr_html_()
