"""Weights to start from: fetched from a server of our own on this machine, or out of a file."""

import hashlib
import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.tiles.networks import downloads
from riverscape.tiles.networks.backbone import BackboneNetwork
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.networks.nasnet import NASNetMobile
from riverscape.tiles.networks.nasnet_cells import SeparableConv2d
from riverscape.tiles.settings import NetworkSettings

NAME = "test_resnet"
_FOLDER = "/timm/test_resnet.r160_in1k/resolve/main/"
SAFE, OTHER = _FOLDER + "model.safetensors", _FOLDER + "pytorch_model.bin"

State = dict[str, Tensor]


def start(weights: str, bands: int = 3, backbone: str = NAME) -> BackboneNetwork:
    settings = NetworkSettings(backbone=backbone, weights=weights)
    network = build_network(settings, bands, 5, 50)
    assert isinstance(network, BackboneNetwork)
    return network


def model(name: str = NAME) -> nn.Module:
    """Return a model of timm with random weights, none of which is all 0 or 1."""
    import timm

    made: nn.Module = timm.create_model(name)
    generator = torch.Generator().manual_seed(1)
    for value in made.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator))
    return made


def same(network: BackboneNetwork, expected: State) -> bool:
    """Return whether all weights of the body are the expected."""
    found = network.body.get_submodule("model").state_dict()
    return bool(found) and all(torch.equal(found[name], expected[name]) for name in found)


class Server:
    """A server of files, which answers a HEAD as the Hugging Face hub does.

    Attributes
    ----------
    spoil
        What becomes of the content of a file on its way.
    """

    def __init__(self) -> None:
        self.files, self.asked = dict[str, bytes](), list[str]()
        self.spoil: Callable[[bytes], bytes] = lambda content: content
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                content = self._answer()
                self.wfile.write(server.spoil(content))

            def _answer(self) -> bytes:
                server.asked.append(self.path)
                content = server.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("X-Repo-Commit", "c" * 40)
                self.send_header("ETag", hashlib.sha256(content or b"").hexdigest())
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                return content or b""

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server that is asked in place of the hub; what is fetched stays in `tmp_path`."""
    from huggingface_hub import constants

    server = Server()
    pattern = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", pattern)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("RIVERSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda _: None)  # before the next try
    yield server
    server.close()


def told(error: pytest.ExceptionInfo[ModelError], address: str, name: str = NAME) -> str:
    """Return the reason that a message of a failed download gives, of which it is the only line."""
    text = str(error.value)
    assert "\n" not in text
    found = re.fullmatch(
        rf"the pretrained weights of {name} cannot be fetched: (.*); fetch {re.escape(address)} on "
        r"another machine.* and name the file with --weights FILE, or start at random with "
        r"--weights none",
        text,
    )
    assert found
    return found[1]


def test_weights_come_from_the_hub_once(server: Server) -> None:
    published = model()
    server.files[SAFE] = save(published.state_dict())
    assert same(start("pretrained"), published.state_dict())
    assert SAFE in server.asked
    server.close()
    assert same(start("pretrained"), published.state_dict())


def test_an_older_file_of_the_hub_does_too(server: Server) -> None:
    published, file = model(), io.BytesIO()
    torch.save(published.state_dict(), file)
    server.files[OTHER] = file.getvalue()
    assert same(start("pretrained"), published.state_dict())
    server.close()
    assert same(start("pretrained"), published.state_dict())


def test_what_the_hub_has_not_is_one_line(server: Server) -> None:
    with pytest.raises(ModelError) as error:
        start("pretrained")
    assert "404" in told(error, server.address + SAFE)


def test_no_connection_is_one_line(server: Server) -> None:
    server.close()
    with pytest.raises(ModelError) as error:
        start("pretrained")
    assert "refused" in told(error, server.address + SAFE)


@pytest.mark.parametrize(
    "spoil", [lambda content: content[: len(content) // 2], lambda content: content[:-1] + b"!"]
)
def test_what_is_damaged_on_its_way_is_not_kept(
    server: Server, spoil: Callable[[bytes], bytes]
) -> None:
    published = model()
    server.files[SAFE] = save(published.state_dict())
    server.spoil = spoil
    with pytest.raises(ModelError) as error:
        start("pretrained")
    told(error, server.address + SAFE)
    server.spoil = lambda content: content
    assert same(start("pretrained"), published.state_dict())


def test_what_is_damaged_in_the_cache_is_named(server: Server, tmp_path: Path) -> None:
    server.files[SAFE] = save(model().state_dict())
    start("pretrained")
    (cached,) = (tmp_path / "hub").rglob("model.safetensors")
    cached.resolve().write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"does not hold the pretrained weights of test_resnet"):
        start("pretrained")


def test_another_network_on_the_hub_never_loads_in_part(server: Server) -> None:
    state = model().state_dict()
    del state["conv1.0.weight"]
    server.files[SAFE] = save(state)
    with pytest.raises(ModelError, match=r"Missing key.*conv1\.0\.weight") as error:
        start("pretrained")
    assert "\n" not in str(error.value)


@pytest.fixture
def by_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path on the server of a model that timm knows by an address alone."""
    import timm

    file = io.BytesIO()
    torch.save(model().state_dict(), file)
    content = file.getvalue()
    path = f"/releases/test_resnet-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    server.files[path] = content
    config = timm.get_pretrained_cfg(NAME)
    known = replace(config, hf_hub_id=None, url=server.address + path)
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda *_, **__: known)
    return path


def test_weights_come_from_an_address_once(server: Server, by_address: str) -> None:
    assert same(start("pretrained"), model().state_dict())
    assert server.asked == [by_address]
    server.close()
    assert same(start("pretrained"), model().state_dict())


def test_an_address_that_leads_to_another_file(server: Server, by_address: str) -> None:
    server.files[by_address] += b"!"
    for _ in "ab":  # nothing of it is kept
        with pytest.raises(ModelError) as error:
            start("pretrained")
        assert "invalid hash" in told(error, server.address + by_address)
    assert "convert it to .safetensors" in str(error.value)
    server.close()
    with pytest.raises(ModelError) as error:
        start("pretrained")
    assert "refused" in told(error, server.address + by_address)


def keras_file(network: NASNetMobile, path: Path) -> Path:
    """Write the weights of a NASNet Mobile as Keras lays them out."""
    import h5py

    def arrays(layer: nn.Module) -> dict[str, Tensor]:
        if isinstance(layer, SeparableConv2d):
            return {
                "depthwise_kernel": layer.depthwise.weight.permute(2, 3, 0, 1),
                "pointwise_kernel": layer.pointwise.weight.permute(2, 3, 1, 0),
            }
        if isinstance(layer, nn.Conv2d):
            return {"kernel": layer.weight.permute(2, 3, 1, 0)}
        names = ("weight", "bias", "running_mean", "running_var")
        state = [layer.state_dict()[name] for name in names]
        return dict(zip(("gamma", "beta", "moving_mean", "moving_variance"), state, strict=True))

    with h5py.File(path, "w") as file:
        for name, layer in network.keras_layers():
            for variable, value in arrays(layer).items():
                file[f"{name}/{name}/{variable}:0"] = value.detach().numpy()
    return path


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> tuple[NASNetMobile, Path]:
    torch.manual_seed(5)
    network = NASNetMobile()
    return network, keras_file(network, tmp_path_factory.mktemp("keras") / "NASNet-mobile.h5")


def holds(network: BackboneNetwork, expected: NASNetMobile) -> bool:
    found = network.body.get_submodule("network").state_dict()
    return all(torch.equal(found[name], value) for name, value in expected.state_dict().items())


def test_keras_weights_of_nasnet_come_once(
    server: Server,
    keras: tuple[NASNetMobile, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    published, content = keras[0], keras[1].read_bytes()
    path = "/nasnet/NASNet-mobile-no-top.h5"
    monkeypatch.setattr(downloads, "IMAGENET_URL", server.address + path)
    monkeypatch.setattr(downloads, "IMAGENET_MD5", hashlib.md5(content).hexdigest())
    for wrong, reason in ((None, "404"), (content[:-1] + b"!", "hash"), (content[:99], "hash")):
        server.files.update({path: wrong} if wrong else {})
        with pytest.raises(ModelError) as error:
            downloads.fetch_keras_weights()
        assert reason in told(error, server.address + path, "nasnet_mobile")
    server.files[path] = content
    file = downloads.fetch_keras_weights()
    assert list((tmp_path / "cache").iterdir()) == [file]
    server.close()
    assert holds(start("pretrained", backbone="nasnet_mobile"), published)


def test_no_pretrained_weights_is_one_line() -> None:
    with pytest.raises(ModelError, match=r"no pretrained weights of convnext_atto_rms; --weights"):
        start("pretrained", backbone="convnext_atto_rms")


@pytest.mark.parametrize("classifier", [True, False])
def test_a_file_with_or_without_a_classifier(tmp_path: Path, classifier: bool) -> None:
    state = model().state_dict()
    stored = {name: value for name, value in state.items() if classifier or "fc." not in name}
    save_file(stored, tmp_path / "resnet.safetensors")
    assert same(start(str(tmp_path / "resnet.safetensors")), state)


def test_a_file_is_what_the_hub_would_have_given(server: Server, tmp_path: Path) -> None:
    for name in ("test_vit", "test_efficientnet", "test_convnext"):
        content = save(model(name).state_dict())
        server.files[f"/timm/{name}.r160_in1k/resolve/main/model.safetensors"] = content
        (tmp_path / "model.safetensors").write_bytes(content)
        fetched = start("pretrained", backbone=name).body.state_dict()
        read = start(str(tmp_path / "model.safetensors"), backbone=name).body.state_dict()
        assert all(torch.equal(fetched[key], read[key]) for key in fetched), name


@pytest.mark.parametrize("bands", [1, 2, 5])
def test_the_first_convolution_is_adapted_to_other_bands(tmp_path: Path, bands: int) -> None:
    from timm.models import adapt_input_conv

    state = model().state_dict()
    save_file(state, tmp_path / "resnet.safetensors")
    network = start(str(tmp_path / "resnet.safetensors"), bands)
    state["conv1.0.weight"] = adapt_input_conv(bands, state["conv1.0.weight"])
    assert same(network, state)
    assert network(torch.rand(2, bands, 50, 50)).shape == (2, 5)


def test_keras_files_are_read_for_nasnet_alone(keras: tuple[NASNetMobile, Path]) -> None:
    published, file = keras
    assert holds(start(str(file), backbone="nasnet_mobile"), published)
    with pytest.raises(ModelError, match=r"of Keras: only nasnet_mobile reads that"):
        start(str(file))


def test_nasnet_reads_its_own_names_too(keras: tuple[NASNetMobile, Path], tmp_path: Path) -> None:
    save_file(keras[0].state_dict(), tmp_path / "nasnet.safetensors")
    network = start(str(tmp_path / "nasnet.safetensors"), backbone="nasnet_mobile")
    assert holds(network, keras[0])


def _without_layer(state: State) -> State:
    return {name: value for name, value in state.items() if not name.startswith("layer4.")}


def _with_more(state: State) -> State:
    return {**state, "surprise.weight": torch.zeros(3)}


def _prefixed(state: State) -> State:
    return {f"state_dict.{name}": value for name, value in state.items()}


def _of_one_band(state: State) -> State:
    return {**state, "conv1.0.weight": state["conv1.0.weight"][:, :1].contiguous()}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without_layer, r": \d+ missing \(layer4\.0\.conv1\.weight, .*, \.\.\.\)$"),
        (_with_more, r": 1 unexpected \(surprise\.weight\)$"),
        (_prefixed, r"\d+ missing \(conv1\.0\.weight, .*\d+ unexpected \(state_dict\."),
        (_of_one_band, r": 1 of another shape \(conv1\.0\.weight .*1, 3, 3\), not .*3, 3, 3\)\)$"),
    ],
)
def test_weights_of_another_network_are_refused_whole(
    tmp_path: Path, change: Callable[[State], State], reason: str
) -> None:
    path = tmp_path / "other.safetensors"
    save_file(change(model().state_dict()), path)
    with pytest.raises(ModelError, match=reason) as error:
        start(str(path))
    assert str(error.value).startswith(f"{path} holds no weights of test_resnet: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "weights.bin", "weights.ckpt"])
def test_files_that_may_execute_code_are_refused(tmp_path: Path, name: str) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"conv1.weight": Trap()}, tmp_path / name)
    with pytest.raises(ModelError, match=r"can execute code.*s\.save_file\(torch\.load") as error:
        start(str(tmp_path / name))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sprung").exists()
    (tmp_path / name).rename(tmp_path / "weights.safetensors")
    with pytest.raises(ModelError, match=r"cannot be read as \.safetensors"):
        start(str(tmp_path / "weights.safetensors"))
    assert not (tmp_path / "sprung").exists()


def test_the_recipe_that_the_refusal_gives_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(model().state_dict(), "weights.pth")
    with pytest.raises(ModelError) as error:
        start("weights.pth")
    exec(str(error.value).split("in Python: ")[1])
    assert same(start("weights.safetensors"), model().state_dict())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("imagenet", "imagenet: no such file; --weights takes pretrained, none or a file"),
        ("notes.txt", "is no file of weights"),
        (".", "no such file"),
    ],
)
def test_what_is_no_file_of_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("hello")
    with pytest.raises(ModelError, match=reason):
        start(name)
