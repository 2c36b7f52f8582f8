"""NASNet Mobile: what Keras answers, with the weights that Keras saved."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from riverscape.errors import ModelError
from riverscape.tiles.networks.keras_weights import load_keras_weights
from riverscape.tiles.networks.nasnet import NASNetMobile
from riverscape.tiles.networks.nasnet_cells import SeparableConv2d

SAVED = Path(__file__).parents[3] / "shared" / "data" / "keras-2.2.4"
needs_saved = pytest.mark.skipif(not SAVED.is_dir(), reason=f"no Keras 2.2.4 models at {SAVED}")
needs_keras = pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")

# The names that Keras gives to what PyTorch has, and its order of axes.
VECTORS = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean"}
VECTORS["running_var"] = "moving_variance"


@pytest.fixture(scope="module")
def network() -> NASNetMobile:
    torch.manual_seed(3)
    network = NASNetMobile()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            for tensor in layer.state_dict().values():
                if tensor.is_floating_point():
                    tensor.uniform_(0.5, 1.5)
    return network.eval()


def arrays(network: NASNetMobile) -> dict[str, Any]:
    """Return what Keras would save of a network: ``layer/variable:0`` and the array."""
    found = {}
    for name, layer in network.keras_layers():
        if isinstance(layer, SeparableConv2d):
            found[f"{name}/depthwise_kernel:0"] = layer.depthwise.weight.permute(2, 3, 0, 1)
            found[f"{name}/pointwise_kernel:0"] = layer.pointwise.weight.permute(2, 3, 1, 0)
        elif isinstance(layer, torch.nn.Conv2d):
            found[f"{name}/kernel:0"] = layer.weight.permute(2, 3, 1, 0)
        else:
            state = layer.state_dict()
            found |= {f"{name}/{VECTORS[key]}:0": state[key] for key in VECTORS}
    return {place: value.detach().numpy() for place, value in found.items()}


def write(path: Path, saved: dict[str, Any], root: str = "model_weights/NASNet/") -> Path:
    with h5py.File(path, "w") as file:
        for place, value in saved.items():
            file[root + place] = value
    return path


def same(one: NASNetMobile, other: NASNetMobile) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return all(torch.equal(mine[key], theirs[key]) for key in mine)


@pytest.mark.parametrize("root", ["model_weights/NASNet/", "model_weights/", "", "deep/er/"])
def test_weights_are_found_whole_nested_or_alone(
    network: NASNetMobile, tmp_path: Path, root: str
) -> None:
    other = NASNetMobile()
    load_keras_weights(other, write(tmp_path / "saved.h5", arrays(network), root))
    assert same(network, other)


def test_names_that_tensorflow_numbers_are_found_too(network: NASNetMobile, tmp_path: Path) -> None:
    other = NASNetMobile()
    saved = {place.replace("/", "_1/"): value for place, value in arrays(network).items()}
    load_keras_weights(other, write(tmp_path / "saved.h5", saved))
    assert same(network, other)


@pytest.mark.parametrize("bands", [1, 2, 5])
def test_filters_are_repeated_over_other_bands_as_timm_does(
    network: NASNetMobile, tmp_path: Path, bands: int
) -> None:
    adapt = pytest.importorskip("timm.models").adapt_input_conv
    other = NASNetMobile(bands)
    load_keras_weights(other, write(tmp_path / "saved.h5", arrays(network)))
    expected = adapt(bands, network.stem_conv1.weight.detach())
    assert torch.allclose(other.stem_conv1.weight, expected)


def test_any_size_from_32_px_and_any_bands_give_features(network: NASNetMobile) -> None:
    with torch.no_grad():
        for side_px, cells in ((32, 1), (50, 2), (97, 3)):
            assert network(torch.rand(1, 3, side_px, side_px)).shape == (1, 1056, cells, cells)
        assert NASNetMobile(bands=16).eval()(torch.rand(1, 16, 40, 70)).shape == (1, 1056, 2, 3)


def test_the_original_lets_two_separable_convolutions_of_each_normal_cell_learn() -> None:
    network = NASNetMobile()
    names = {id(layer): name for name, layer in network.keras_layers()}
    trainable = [names[id(layer)] for layer in network.originally_trainable()]
    blocks = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]
    assert trainable == [
        f"separable_conv_2_normal_{side}2_{block}" for block in blocks for side in ("left", "right")
    ]


def test_a_file_that_holds_no_nasnet_mobile_is_refused(
    network: NASNetMobile, tmp_path: Path
) -> None:
    whole = arrays(network)
    text = tmp_path / "notes.h5"
    text.write_text("hello")
    lacking = {place: whole[place] for place in whole if not place.startswith("adjust_bn_7/")}
    larger = {**whole, "stem_conv1/kernel:0": np.zeros((3, 3, 3, 96), np.float32)}
    flat = {**whole, "stem_conv1/kernel:0": np.zeros(9, np.float32)}
    four = {**whole, "stem_conv1/kernel:0": np.zeros((3, 3, 4, 32), np.float32)}
    twice = {f"{base}/{place}": whole[place] for base in ("one", "two") for place in whole}
    cases = [
        (tmp_path / "missing.h5", "no such file"),
        (text, "is no HDF5 file"),
        (write(tmp_path / "other.h5", {"dense/kernel:0": np.zeros(3)}), "by the names of its"),
        (write(tmp_path / "lacking.h5", lacking), "lacks 1 of 388 layers, such as adjust_bn_7"),
        (write(tmp_path / "larger.h5", larger), r"stem_conv1 has a kernel of \(3, 3, 3, 96\)"),
        (write(tmp_path / "flat.h5", flat), r"stem_conv1 has a kernel of \(9,\)"),
        (write(tmp_path / "four.h5", four), r"stem_conv1 has a kernel of \(3, 3, 4, 32\)"),
        (write(tmp_path / "twice.h5", twice), "more than one layer adjust_bn_0"),
    ]
    other = NASNetMobile()
    before = {name: value.clone() for name, value in other.state_dict().items()}
    for path, reason in cases:
        with pytest.raises(ModelError, match=reason) as error:
            load_keras_weights(other, path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)
    assert all(torch.equal(before[name], value) for name, value in other.state_dict().items())


def test_links_out_of_the_file_are_not_followed(network: NASNetMobile, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.h5", arrays(network))
    links = {
        "external": h5py.ExternalLink(whole.name, "/model_weights"),
        "soft": h5py.SoftLink("/elsewhere"),
    }
    for name, link in links.items():
        path = tmp_path / f"{name}.h5"
        with h5py.File(path, "w") as file:
            file.create_group("model_weights")["NASNet"] = link
        with pytest.raises(ModelError, match="NASNet is a link, which may lead anywhere"):
            load_keras_weights(NASNetMobile(), path)
    with h5py.File(tmp_path / "ring.h5", "w") as file:
        ring = file.create_group("model_weights").create_group("ring")
        ring["again"] = ring
    with pytest.raises(ModelError, match="ring/again is a link"):
        load_keras_weights(NASNetMobile(), tmp_path / "ring.h5")


def keras_s_own(side_px: int, bands: int) -> Any:
    """Return keras.applications.NASNetMobile, which itself does not run on PyTorch yet."""
    from keras.src.applications.nasnet import NASNet

    return NASNet(
        (side_px, side_px, bands),
        penultimate_filters=1056,
        num_blocks=4,
        stem_block_filters=32,
        skip_reduction=False,
        filter_multiplier=2,
        include_top=False,
        weights=None,
    )


@needs_keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.slow
@pytest.mark.parametrize(("side_px", "bands"), [(50, 3), (71, 5)])
def test_it_answers_what_keras_answers(side_px: int, bands: int, tmp_path: Path) -> None:
    from riverscape.tiles.keras.network import keras_on_pytorch

    keras = keras_on_pytorch()
    keras.utils.set_random_seed(side_px)
    rng = np.random.default_rng(side_px)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of more than three bands, and of .h5 being old
        theirs = keras_s_own(side_px, bands)
        for layer in theirs.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.set_weights([rng.uniform(0.5, 1.5, layer.beta.shape) for _ in range(4)])
        theirs.save(tmp_path / "saved.h5")
        pixels = rng.random((3, side_px, side_px, bands), np.float32)
        expected = theirs.predict(pixels, verbose=0)
    ours = NASNetMobile(bands).eval()
    load_keras_weights(ours, tmp_path / "saved.h5")
    with torch.no_grad():
        features = ours(torch.from_numpy(pixels).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()
    assert expected.std() > 0.1
    assert np.abs(features - expected).max() <= 1e-4


@pytest.mark.sample
@needs_saved
def test_it_answers_what_keras_2_answered() -> None:
    known = np.load(SAVED / "expected.npz")
    network = NASNetMobile().eval()
    load_keras_weights(network, SAVED / "TwoRivers.h5")
    with torch.no_grad():
        pixels = torch.from_numpy(known["tiles"]).permute(0, 3, 1, 2) / 255
        features = network(pixels).permute(0, 2, 3, 1).numpy()
    assert np.abs(features[:4] - known["features"]).max() <= 1e-4
    x = features.reshape(len(features), -1)
    with h5py.File(SAVED / "TwoRivers.h5") as file:
        for name in ("dense_1", "dense_2", "dense_3"):
            layer = file["model_weights"][name][name]
            x = x @ layer["kernel:0"][()] + layer["bias:0"][()]
            x = np.maximum(x, 0) if name != "dense_3" else x
    probabilities = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    assert np.abs(probabilities - known["probabilities"]).max() <= 1e-4


@pytest.mark.sample
@needs_saved
def test_the_original_s_base_loads_whole_and_its_rule_is_ours() -> None:
    import json

    load_keras_weights(NASNetMobile(), SAVED / "NASNetMobile_base_50px.h5")
    with h5py.File(SAVED / "TwoRivers.h5") as file:
        base = json.loads(file.attrs["model_config"])["config"]["layers"][0]
    learned = {each["name"] for each in base["config"]["layers"] if each["config"].get("trainable")}
    network = NASNetMobile()
    names = {id(layer): name for name, layer in network.keras_layers()}
    assert {names[id(layer)] for layer in network.originally_trainable()} == learned
