"""Networks by name: what they take and answer, what of them learns, and that they export."""

import logging
import math
import re
from collections.abc import Iterable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from riverscape.errors import InputError, SettingsError
from riverscape.tiles.backbones import BACKBONES, matching_backbones
from riverscape.tiles.export import onnx_of
from riverscape.tiles.networks.backbone import BackboneNetwork
from riverscape.tiles.networks.bodies import NASNetBody
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.networks.heads import LinearHead, PublishedHead
from riverscape.tiles.networks.nasnet import ORIGINAL_INPUT, NASNetMobile
from riverscape.tiles.networks.sizes import _sides
from riverscape.tiles.networks.timm_bodies import count_parameters, random_body
from riverscape.tiles.session import open_session
from riverscape.tiles.settings import NetworkSettings


def build(backbone: str, bands: int = 3, tile_px: int = 50, **chosen: str) -> BackboneNetwork:
    settings = NetworkSettings.model_validate({"backbone": backbone, "weights": "none", **chosen})
    torch.manual_seed(0)
    network = build_network(settings, bands, 4, tile_px)
    assert isinstance(network, BackboneNetwork)
    return network


def learning(network: BackboneNetwork) -> set[str]:
    """Return the names of the parameters of the body that learn."""
    mine = {id(parameter) for parameter in network.backbone_parameters()}
    return {name for name, value in network.body.named_parameters() if id(value) in mine}


def statistics(modules: Iterable[nn.Module]) -> list[Tensor]:
    """Return the running means of batch normalisations, as they are now."""
    return [
        module.running_mean.clone()
        for module in modules
        if isinstance(module, nn.BatchNorm2d) and module.running_mean is not None
    ]


@pytest.mark.parametrize("head", ["linear", "published"])
@pytest.mark.parametrize(
    ("backbone", "side_px"),
    [
        ("nasnet_mobile", 50),
        ("test_resnet", 50),
        ("test_efficientnet", 50),
        ("test_convnext", 50),
        ("test_vit", 64),  # patches of 16 px
        ("test_vit2", 64),
    ],
)
def test_every_backbone_answers_scores_of_tiles(backbone: str, side_px: int, head: str) -> None:
    network = build(backbone, head=head).eval()
    assert (network.bands, network.outputs, network.tile_px) == (3, 4, 50)
    assert (network.stride_px, network.side_px) == (None, side_px)
    with torch.no_grad():
        scores = network(torch.rand(2, 3, 50, 50))
    assert scores.shape == (2, 4)
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("head", ["linear", "published"])
@pytest.mark.parametrize("backbone", ["test_convnext", "test_vit", "vgg16", "nasnet_mobile"])
def test_what_learns_is_told_what_to_learn(backbone: str, head: str) -> None:
    # Training on several GPUs waits for ever for a gradient that does not come.
    network = build(backbone, head=head).train()
    (network(torch.rand(2, 3, 50, 50)).square().sum() + network.penalty()).backward()
    learners = [*network.backbone_parameters(), *network.head_parameters()]
    assert learners
    assert all(parameter.grad is not None for parameter in learners)
    idle = [name for name, value in network.named_parameters() if value.grad is None]
    assert {name for name in idle if "head.norm" not in name} == set()


@pytest.mark.parametrize("bands", [1, 2, 3, 5, 16])
def test_pixels_are_standardised_band_by_band(bands: int) -> None:
    network = build("lcnet_035", bands).eval()
    mean = [(0.485, 0.456, 0.406)[band % 3] for band in range(bands)]
    std = [(0.229, 0.224, 0.225)[band % 3] for band in range(bands)]
    assert network.mean.flatten().tolist() == pytest.approx(mean)
    assert network.std.flatten().tolist() == pytest.approx(std)
    pixels = torch.rand(2, bands, 50, 50)
    with torch.no_grad():
        features = network.body((pixels - network.mean) / network.std)
        assert torch.equal(network(pixels), network.head(network.body.pooled(features)))


def test_the_range_that_nasnet_takes_is_stated_not_guessed() -> None:
    pixels = torch.tensor([0.0, 0.25, 1.0])
    for body, expected in (
        (NASNetBody(NASNetMobile()), pixels * 2 - 1),
        (NASNetBody(NASNetMobile(), ORIGINAL_INPUT), pixels),
    ):
        scaled = (pixels - torch.tensor(body.mean)) / torch.tensor(body.std)
        assert torch.allclose(scaled, expected)


def test_tiles_are_enlarged_bilinearly() -> None:
    network = build("test_vit").eval()
    taken: list[Tensor] = []
    network.body.register_forward_pre_hook(lambda _, given: taken.append(given[0]))
    ramp = torch.linspace(0, 1, 50).expand(1, 3, 50, 50).contiguous()
    network(ramp)
    inner = taken[0][0, 0, 5] * network.std[0] + network.mean[0]
    place = (torch.arange(64) + 0.5) * 50 / 64 - 0.5
    assert taken[0].shape == (1, 3, 64, 64)
    assert torch.allclose(inner[0], (place / 49).clamp(0, 1), atol=1e-5)


@given(st.integers(10, 512), st.integers(64, 600), st.sampled_from([1, 4, 14, 16]))
def test_tiles_are_never_made_smaller(tile_px: int, own_px: int, patch_px: int) -> None:
    own_px -= own_px % patch_px
    sides = _sides(tile_px, own_px, patch_px)
    assert sides == sorted(set(sides))
    assert sides[0] == tile_px if tile_px % patch_px == 0 else sides[0] > tile_px
    assert all(side % patch_px == 0 for side in sides)
    assert own_px < tile_px or sides[-1] == own_px


def test_a_backbone_that_takes_no_such_tiles_is_one_line() -> None:
    with pytest.raises(SettingsError, match=r"coat_tiny takes no tiles of 50 px.*feature") as error:
        build("coat_tiny")
    assert "\n" not in str(error.value)


def test_an_unknown_backbone_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"called nasnet_moble; did you mean nasnet_mobile"):
        build("nasnet_moble")
    with pytest.raises(SettingsError, match="riverscape models list --backbones"):
        build("hf-hub:someone/something")


@pytest.mark.parametrize("bands", [0, 17])
def test_bands_beyond_reason_are_refused(bands: int) -> None:
    with pytest.raises(InputError, match=f"takes 1 to 16 bands, not {bands}"):
        build_network(NetworkSettings(), bands, 5, 50)


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"head": "published"}, "has one head"),
        ({"freeze": "partial"}, "nothing to freeze"),
        ({"weights": "old.safetensors"}, "--from MODEL"),
    ],
)
def test_the_compact_network_takes_no_head_and_no_weights(
    chosen: dict[str, str], reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        build_network(NetworkSettings.model_validate(chosen), 3, 5, 50)


def test_the_compact_network_has_nothing_pretrained() -> None:
    networks = []
    for weights in ("pretrained", "none"):
        torch.manual_seed(3)
        networks.append(build_network(NetworkSettings(weights=weights), 4, 5, 60))
    one, other = (network.state_dict() for network in networks if isinstance(network, nn.Module))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert networks[0].stride_px == 6


def test_random_starts_follow_the_seed() -> None:
    first, second = (build("test_vit", head="published").state_dict() for _ in "ab")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_published_head_is_the_original() -> None:
    head = PublishedHead(features=18, outputs=7)
    kinds = [type(layer).__name__ for layer in head.children()]
    assert kinds == ["Linear", "Dropout", "Linear", "Linear"]
    assert [(layer.in_features, layer.out_features) for layer in head.children()
            if isinstance(layer, nn.Linear)] == [(18, 256), (256, 128), (128, 7)]  # fmt: skip
    assert head.dropout.p == 0.5
    for layer in (head.dense_1, head.dense_2, head.scores):
        limit = math.sqrt(6 / (layer.in_features + layer.out_features))  # Glorot's, uniform
        assert 0.8 * limit < float(layer.weight.detach().abs().max()) <= limit
        assert not layer.bias.any()
    kernels = [layer.weight.detach().numpy() for layer in (head.dense_1, head.dense_2)]
    squares = sum(np.square(kernel).sum() for kernel in kernels)
    assert float(head.penalty().detach()) == pytest.approx(0.001 * squares)
    assert float(LinearHead(18, 7).penalty()) == 0


def test_the_whole_backbone_frozen() -> None:
    network = build("test_resnet", freeze="backbone").train()
    before = statistics(network.modules())
    first, second = (network(torch.rand(4, 3, 50, 50)) for _ in "ab")
    (first + second).square().sum().backward()
    assert before
    after = statistics(network.modules())
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert learning(network) == set()
    assert len(list(network.head_parameters())) == 2
    assert network.head.training
    network.freeze("none")
    assert learning(network)


def test_all_but_the_last_stage_frozen() -> None:
    network = build("test_resnet", freeze="partial").train()
    assert learning(network) == {
        name for name, _ in network.body.named_parameters() if name.startswith("model.layer4.")
    }
    early, late = (network.body.get_submodule(f"model.{name}") for name in ("layer3", "layer4"))
    before = statistics(early.modules()), statistics(late.modules())
    network(torch.rand(4, 3, 50, 50))
    after = statistics(early.modules()), statistics(late.modules())
    assert all(torch.equal(*pair) for pair in zip(before[0], after[0], strict=True))
    assert not any(torch.equal(*pair) for pair in zip(before[1], after[1], strict=True))


@pytest.mark.parametrize(
    ("backbone", "stage"),
    [
        ("test_vit", r"model\.(blocks\.5|norm|fc_norm)\."),
        ("vgg16", r"model\.features\.(24|26|28)\."),  # the convolutions before the last pooling
        ("test_convnext", r"model\.(stages\.3|head)\."),
    ],
)
def test_the_last_stage_is_what_works_at_the_coarsest_resolution(backbone: str, stage: str) -> None:
    network = build(backbone, freeze="partial")
    names = [name for name, _ in network.body.named_parameters()]
    assert learning(network) == {name for name in names if re.match(stage, name)}


def test_nasnet_learns_what_the_original_lets_learn() -> None:
    mobile = build("nasnet_mobile", freeze="partial")
    assert len(learning(mobile)) == 2 * 2 * 12  # left and right, depth- and pointwise, 12 cells
    assert all("separable_conv_2." in name for name in learning(mobile))
    with torch.device("meta"):
        large = random_body("nasnet_large", 3)
    assert len(large.last_stage()) == 2 * 2 * 18


def test_a_backbone_of_unknown_stages_says_so() -> None:
    with pytest.raises(SettingsError, match="choose --freeze none or backbone"):
        build("twins_svt_small", freeze="partial")


def test_freezing_what_is_random_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        build("test_resnet")
        assert not caplog.text
        build("test_resnet", freeze="backbone")
    assert "what is frozen of test_resnet stays random" in caplog.text


@pytest.mark.parametrize("backbone", ["test_resnet", "test_vit", "test_convnext"])
def test_onnx_answers_as_pytorch(backbone: str) -> None:
    network = build(backbone, bands=4, head="published")
    with torch.no_grad():
        for _ in range(3):  # so that batch normalisations know what they see
            network.train()(torch.rand(8, 4, 50, 50))
    network.eval()
    session = open_session(onnx_of(network))
    for count in (1, 5):
        pixels = torch.rand(count, 4, 50, 50)
        (found,) = session.run(None, {"pixels": pixels.numpy()})
        with torch.no_grad():
            expected = network(pixels).softmax(dim=1).numpy()
        assert np.allclose(found, expected, atol=1e-4)


def test_the_recommended_backbones_are_as_stated() -> None:
    import timm

    stated = {one.name: one for one in BACKBONES}
    assert stated.pop("compact").parameters == 113_664
    nasnet = sum(parameter.numel() for parameter in NASNetMobile().parameters())
    assert stated.pop("nasnet_mobile").parameters == nasnet
    for name, one in stated.items():
        assert one.parameters == count_parameters(name), name
        config = timm.get_pretrained_cfg("nasnetalarge" if name == "nasnet_large" else name)
        assert (one.weights, one.licence) == (config.tag, config.license), name


def test_backbones_are_found_by_pattern() -> None:
    assert [one.name for one in matching_backbones("nasnet*")] == [
        "nasnet_mobile",
        "nasnet_large",
        "nasnetalarge",
    ]
    (found,) = matching_backbones("test_resnet.*")
    assert (found.name, found.weights) == ("test_resnet.r160_in1k", "r160_in1k")
    (encoder,) = matching_backbones("mobilenetv5_300m_enc")  # which never had a classifier
    assert encoder.parameters is not None
    many = matching_backbones("vit*")
    assert len(many) > 100
    assert {one.parameters for one in many} == {None}


def test_the_published_head_is_fed_as_the_original_feeds_it() -> None:
    def fed(head: str) -> tuple[Tensor, Tensor]:
        network = build("nasnet_mobile", head=head)
        return network.mean.flatten(), network.std.flatten()

    mean, std = fed("published")
    assert mean.tolist() == [0, 0, 0]
    assert std.tolist() == [1, 1, 1]
    mean, std = fed("linear")
    assert mean.tolist() == std.tolist() == [0.5, 0.5, 0.5]
