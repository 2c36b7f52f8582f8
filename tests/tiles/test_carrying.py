"""What a new network takes over from a model, and what it does not."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.labels import PUBLISHED_CLASSES, ClassKey, ClassScheme, LandCover
from riverscape.tiles import Model, TileSet
from riverscape.tiles.carrying import band_mix, carry_over
from riverscape.tiles.epochs import Epoch
from riverscape.tiles.networks import Network
from riverscape.tiles.networks.catalogue import build_network
from riverscape.tiles.settings import NetworkSettings
from riverscape.tiles.trained import Trained

BACKBONES = pytest.mark.parametrize("backbone", ["compact", "test_resnet"])
RGB = ("red", "green", "blue")


def _network(tiles: TileSet, backbone: str, seed: int, head: str = "linear") -> Network:
    torch.manual_seed(seed)
    settings = NetworkSettings.model_validate(
        {"backbone": backbone, "weights": "none", "head": head}
    )
    network = build_network(settings, tiles.bands, len(tiles.key), tiles.tile_px)
    cast(nn.Module, network).eval()
    return network


def _state(network: Network) -> dict[str, Tensor]:
    return cast(nn.Module, network).state_dict()


def _model(tiles: TileSet, backbone: str, head: str = "linear") -> tuple[Model, Network]:
    network = _network(tiles, backbone, seed=4, head=head)
    built = NetworkSettings.model_validate({"backbone": backbone, "head": head})
    trained = Trained(network, Epoch(1, 0, 0, 0, 0, 0))
    return trained.bundle("given", built, tiles, [], {}), network


def _of_classes(tiles: TileSet, scheme: ClassScheme, key: ClassKey | None = None) -> TileSet:
    return replace(
        tiles,
        scheme=scheme,
        key=key or ClassKey.of_scheme(scheme),
        classes=np.zeros(len(tiles), np.intp),
        labelled_px=np.ones((len(tiles.images), len(scheme)), np.int64),
    )


def _of_bands(tiles: TileSet, bands: int) -> TileSet:
    return replace(tiles, store=np.zeros((len(tiles), bands, *tiles.store.shape[2:]), np.uint8))


def _answer(network: Network, pixels: Tensor) -> Tensor:
    with torch.no_grad():
        return network(pixels).flatten(1)


def _pixels(bands: int = 3) -> Tensor:
    return torch.rand(4, bands, 50, 50, generator=torch.Generator().manual_seed(0))


@BACKBONES
def test_for_the_same_bands_and_classes_it_answers_as_the_model(
    tiles: TileSet, backbone: str
) -> None:
    model, known = _model(tiles, backbone)
    network = _network(tiles, backbone, seed=5)
    assert not torch.allclose(_answer(network, _pixels()), _answer(known, _pixels()), atol=1e-3)
    carried = carry_over(network, model, tiles)
    assert torch.equal(_answer(network, _pixels()), _answer(known, _pixels()))
    assert str(carried) == (
        "carried over: the backbone, water, dry sediment, green vegetation, senescent vegetation, "
        "paved road"
    )


@BACKBONES
def test_classes_go_on_by_code_and_name(tiles: TileSet, backbone: str) -> None:
    model, known = _model(tiles, backbone)
    scheme = ClassScheme(
        (
            LandCover(3, "green vegetation", "#000000"),
            LandCover(2, "gravel", "#000000"),  # the code of dry sediment
            LandCover(7, "paved road", "#000000"),  # the name of code 5
            LandCover(9, "water", "#000000"),
        )
    )
    key = ClassKey.of_scheme(ClassScheme(tuple(sorted(scheme, key=lambda cover: cover.code))))
    changed = _of_classes(tiles, scheme, key)
    network, fresh = (_network(changed, backbone, seed=5) for _ in "ab")
    carried = carry_over(network, model, changed)
    assert carried.classes == ("green vegetation",)
    assert carried.new_classes == ("gravel", "paved road", "water")
    # The outputs ascend by code: gravel, green vegetation, paved road, water.
    assert torch.allclose(
        _answer(network, _pixels())[:, 1], _answer(known, _pixels())[:, 2], atol=1e-6
    )
    layer = "head" if backbone == "compact" else "head.scores"
    for part in (f"{layer}.weight", f"{layer}.bias"):
        assert torch.equal(_state(network)[part][[0, 2, 3]], _state(fresh)[part][[0, 2, 3]])
        assert not torch.equal(_state(network)[part][1], _state(fresh)[part][1])


def test_local_classes_go_on_by_river(tiles: TileSet) -> None:
    by_river = ClassKey.by_river(PUBLISHED_CLASSES, ["Alder", "Heron"], unlabelled=True)
    old = _of_classes(tiles, PUBLISHED_CLASSES, by_river)
    model, known = _model(old, "compact")
    other = ClassKey.by_river(PUBLISHED_CLASSES, ["Heron", "Wren"], unlabelled=True)
    changed = _of_classes(tiles, PUBLISHED_CLASSES, other)
    network = _network(changed, "compact", seed=5)
    carry_over(network, model, changed)
    before, after = _answer(known, _pixels()), _answer(network, _pixels())
    assert torch.allclose(after[:, 0], before[:, 0], atol=1e-6)  # no class
    assert torch.allclose(after[:, 1:6], before[:, 6:11], atol=1e-6)  # Heron
    mean = (before[:, 1:6] + before[:, 6:11]) / 2
    assert torch.allclose(after[:, 6:11], mean, atol=1e-5)  # Wren, which the model never saw


def test_classes_for_all_rivers_begin_with_the_mean_of_the_rivers(tiles: TileSet) -> None:
    by_river = ClassKey.by_river(PUBLISHED_CLASSES, ["Alder", "Heron"])
    model, known = _model(_of_classes(tiles, PUBLISHED_CLASSES, by_river), "compact")
    network = _network(tiles, "compact", seed=5)
    assert carry_over(network, model, tiles).new_classes == ()
    before = _answer(known, _pixels())
    expected = (before[:, :5] + before[:, 5:]) / 2
    assert torch.allclose(_answer(network, _pixels()), expected, atol=1e-5)


def test_a_model_that_names_no_local_classes_goes_on_by_its_key(tiles: TileSet) -> None:
    model, known = _model(tiles, "compact")
    training = {key: value for key, value in model.contract.training.items() if "local" not in key}
    contract = model.contract.model_copy(update={"training": training})
    network = _network(tiles, "compact", seed=5)
    carry_over(network, Model.build(contract, model.files), tiles)
    assert torch.equal(_answer(network, _pixels()), _answer(known, _pixels()))


@BACKBONES
def test_named_bands_keep_their_filters_and_new_ones_say_nothing_yet(
    tiles: TileSet, backbone: str
) -> None:
    model, known = _model(tiles, backbone)
    wide = _of_bands(tiles, 5)
    network = _network(wide, backbone, seed=5)
    carried = carry_over(network, model, wide, ["nir", "blue", "green", "red", "swir"])
    assert carried.bands == (
        "bands that keep their filters: blue, green, red; without influence at first: nir, swir"
    )
    pixels = _pixels(5)
    for extra in (0.0, 1.0):
        pixels[:, [0, 4]] = extra
        expected = _answer(known, pixels[:, [3, 2, 1]])
        assert torch.allclose(_answer(network, pixels), expected, atol=1e-5)


@BACKBONES
def test_bands_in_another_order_change_nothing(tiles: TileSet, backbone: str) -> None:
    model, known = _model(tiles, backbone)
    network = _network(tiles, backbone, seed=5)
    carry_over(network, model, tiles, RGB[::-1])
    expected = _answer(known, _pixels())
    assert torch.allclose(_answer(network, _pixels().flip(1)), expected, atol=1e-5)


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 8])
def test_unnamed_bands_share_the_filters_as_in_timm(tiles: TileSet, bands: int) -> None:
    from timm.models import adapt_input_conv

    model, known = _model(tiles, "compact")
    changed = _of_bands(tiles, bands)
    network = _network(changed, "compact", seed=5)
    carried = carry_over(network, model, changed)
    expected = adapt_input_conv(bands, _state(known)["stem.0.weight"])
    assert torch.allclose(_state(network)["stem.0.weight"], expected, atol=1e-7)
    assert bool(carried.bands) == (bands != 3)
    same = [name for name in _state(known) if name != "stem.0.weight"]
    assert all(torch.equal(_state(known)[name], _state(network)[name]) for name in same)


def test_a_share_of_each_filter_is_kept() -> None:
    for old, new in ((3, 7), (5, 3), (1, 4), (4, 4)):
        mix = band_mix([f"band {band}" for band in range(old)], new)
        assert mix.shape == (new, old)
        assert float(mix.sum()) == pytest.approx(old)


def test_a_head_of_another_kind_is_new(tiles: TileSet) -> None:
    model, known = _model(tiles, "test_resnet", head="published")
    network, fresh = (_network(tiles, "test_resnet", seed=5) for _ in "ab")
    carried = carry_over(network, model, tiles)
    assert str(carried) == "carried over: the backbone; new: the head"
    for name, value in _state(network).items():
        source = fresh if name.startswith("head.") else known
        assert torch.equal(value, _state(source)[name]), name


def test_the_hidden_layers_of_a_published_head_are_carried_over(tiles: TileSet) -> None:
    model, known = _model(tiles, "test_resnet", head="published")
    network = _network(tiles, "test_resnet", seed=5, head="published")
    carry_over(network, model, tiles)
    assert torch.equal(_answer(network, _pixels()), _answer(known, _pixels()))


def test_another_backbone_or_tile_is_refused(tiles: TileSet) -> None:
    model, _ = _model(tiles, "compact")
    small = replace(tiles, store=tiles.store[:, :, :40, :40])
    resnet, _ = _model(tiles, "test_resnet")
    for network, changed, start in (
        (_network(tiles, "test_resnet", seed=5), tiles, model),
        (_network(small, "compact", seed=5), small, model),
        (_network(small, "test_resnet", seed=5), small, resnet),
        (_network(tiles, "test_vit", seed=5), tiles, resnet),
    ):
        before = {name: value.clone() for name, value in _state(network).items()}
        name = start.contract.backbone["name"]
        with pytest.raises(ModelError, match=f"--backbone {name} --tile 50") as error:
            carry_over(network, start, changed)
        assert "\n" not in str(error.value)
        assert all(torch.equal(before[key], value) for key, value in _state(network).items())
