"""What a network is exported to answers as the network does."""

import io
import json
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from riverscape.errors import ModelError
from riverscape.models import load_model
from riverscape.tiles import Model
from riverscape.tiles.export import onnx_of, torchscript_of
from riverscape.tiles.metadata import with_metadata
from riverscape.tiles.networks import Network
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.session import open_session
from riverscape.tiles.settings import NetworkSettings


class _OneTile(nn.Module):
    """A network of tiles alone, with a flaw to be found."""

    stride_px: int | None = None
    bands, outputs, tile_px = 3, 2, 10

    def __init__(self, flaw: str = "") -> None:
        super().__init__()
        self.flaw = flaw
        self.scores = nn.Linear(3, 2)

    def forward(self, pixels: Tensor) -> Tensor:
        features = pixels.mean(dim=(2, 3))
        if self.flaw == "counts tiles":
            features = features * len(pixels)
        if self.flaw == "nan":
            features = features / 0 * 0
        if self.flaw == "exotic":
            features = features + torch.fft.fft(features).abs()
        scores: Tensor = self.scores(features)
        return scores

    def backbone_parameters(self) -> Iterable[nn.Parameter]:
        return ()

    def head_parameters(self) -> Iterable[nn.Parameter]:
        return self.parameters()

    def penalty(self) -> Tensor:
        return torch.zeros(())


def _network(backbone: str, head: str = "linear") -> Network:
    torch.manual_seed(2)
    settings = NetworkSettings.model_validate(
        {"backbone": backbone, "weights": "none", "head": head}
    )
    network = build_network(settings, bands=4, outputs=3, tile_px=40)
    # As if trained: what batch normalisation has seen must come along.
    for name, value in _module(network).state_dict().items():
        if name.endswith("running_mean"):
            value.uniform_(-0.2, 0.2)
    return network


def _read_script(content: bytes) -> tuple[Any, str]:
    extra: dict[str, Any] = {"model.json": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript's own retirement
        script = torch.jit.load(io.BytesIO(content), _extra_files=extra)  # type: ignore[no-untyped-call]
    return script, extra["model.json"].decode()


def _module(network: Network) -> nn.Module:
    assert isinstance(network, nn.Module)
    return network


def _expected(network: Network, pixels: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        scores = _module(network).eval()(torch.from_numpy(pixels))
    return np.asarray(functional.softmax(scores, dim=1))


def _tiles(count: int, height_px: int = 40, width_px: int = 40) -> np.ndarray:
    return np.random.default_rng(9).random((count, 4, height_px, width_px), np.float32)


BACKBONES = [
    ("compact", "linear"),
    ("test_resnet", "linear"),
    ("test_resnet", "published"),
    ("test_vit", "linear"),
]


@pytest.mark.parametrize(("backbone", "head"), BACKBONES)
def test_onnx_answers_as_pytorch(backbone: str, head: str) -> None:
    network = _network(backbone, head)
    session = open_session(onnx_of(network))
    for count in (1, 2, 7):
        (answer,) = session.run(None, {"pixels": _tiles(count)})
        expected = _expected(network, _tiles(count))
        assert np.allclose(answer, expected, atol=1e-5)
        assert expected.std() > 0.01


@pytest.mark.parametrize(("backbone", "head"), BACKBONES)
def test_torchscript_answers_as_pytorch(backbone: str, head: str) -> None:
    network = _network(backbone, head)
    script, contract = _read_script(torchscript_of(network, '{"name": "a"}'))
    for count in (1, 2, 7):
        with torch.no_grad():
            answer = script(torch.from_numpy(_tiles(count))).numpy()
        assert np.allclose(answer, _expected(network, _tiles(count)), atol=1e-5)
    assert json.loads(contract) == {"name": "a"}


def test_nasnet_can_be_exported() -> None:
    network = _network("nasnet_mobile")
    (answer,) = open_session(onnx_of(network)).run(None, {"pixels": _tiles(1)})
    assert np.allclose(answer, _expected(network, _tiles(1)), atol=1e-5)


@pytest.fixture(scope="module")
def dense() -> tuple[Network, Any]:
    network = _network("compact")
    return network, open_session(onnx_of(network))


@given(height_px=st.integers(40, 90), width_px=st.integers(40, 90))
def test_a_dense_network_takes_windows_of_any_size(
    dense: tuple[Network, Any], height_px: int, width_px: int
) -> None:
    network, session = dense
    pixels = _tiles(2, height_px, width_px)
    (answer,) = session.run(None, {"pixels": pixels})
    expected = _expected(network, pixels)
    assert answer.shape == expected.shape == (2, 3, (height_px - 36) // 4, (width_px - 36) // 4)
    assert np.allclose(answer, expected, atol=1e-5)


def test_a_network_of_tiles_says_so() -> None:
    session = open_session(onnx_of(_network("test_resnet")))
    assert session.get_inputs()[0].shape == ["n", 4, 40, 40]
    assert session.get_outputs()[0].shape == ["n", 3]


def test_exporting_leaves_the_network_as_it_is() -> None:
    network = _network("compact")
    module = _module(network).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    assert onnx_of(network) == onnx_of(network)
    torchscript_of(network)
    assert module.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("counts tiles", "apart from PyTorch, more than 0.0001: it is not the same network"),
        ("nan", "the network answers no finite numbers"),
    ],
)
def test_an_export_that_answers_otherwise_is_refused(flaw: str, reason: str) -> None:
    assert len(onnx_of(_OneTile())) > 0
    for export in (onnx_of, torchscript_of):
        with pytest.raises(ModelError, match=reason) as error:
            export(_OneTile(flaw))
        assert "\n" not in str(error.value)


def test_what_onnx_cannot_hold_is_told_in_a_line() -> None:
    with pytest.raises(ModelError, match="PyTorch cannot export this network as ONNX") as error:
        onnx_of(_OneTile("exotic"))
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def bundled() -> Model:
    return load_model("ste-marguerite")


@given(name=st.text(min_size=1), description=st.text(max_size=400))
def test_metadata_comes_back_as_the_contract_states_it(
    bundled: Model, name: str, description: str
) -> None:
    changes = {"name": name, "description": description, "licence": ""}
    network = with_metadata(
        bundled.files["network.onnx"], bundled.contract.model_copy(update=changes)
    )
    read = onnx.load_model_from_string(network)
    facts = {entry.key: entry.value for entry in read.metadata_props}
    assert facts["name"] == name
    assert facts.get("description", "") == description
    assert "licence" not in facts
    assert json.loads(facts["classes"]) == bundled.contract.classes["classes"]
    assert json.loads(facts["scale"]) == list(bundled.contract.scale)
    assert json.loads(facts["network_stride_px"]) == bundled.contract.network_stride_px


def test_metadata_leave_a_valid_network_that_answers_alike(bundled: Model) -> None:
    plain = bundled.files["network.onnx"]
    network = with_metadata(plain, bundled.contract)
    onnx.checker.check_model(onnx.load_model_from_string(network), full_check=True)
    pixels = np.random.default_rng(0).random((2, 3, 60, 50), np.float32)
    answers = [open_session(one).run(None, {"pixels": pixels})[0] for one in (plain, network)]
    assert np.array_equal(*answers)
