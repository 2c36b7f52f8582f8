"""The backbones by name, to choose from; readable without PyTorch."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.util import find_spec
from typing import Any

from riverscape.errors import MissingExtraError, SettingsError

__all__ = [
    "BACKBONES",
    "Backbone",
    "check_backbone",
    "check_timm",
    "matching_backbones",
    "timm_name",
]

_MOST_COUNTED = 40


@dataclass(frozen=True)
class Backbone:
    """What is known of a backbone before it is built.

    Attributes
    ----------
    parameters
        Number of its parameters, without the classifier that it was trained with; None where
        they were not counted.
    weights
        What its pretrained weights are called, empty where there are none. A backbone with
        several is listed with those that its bare name takes; ``name.weights`` takes others.
    licence
        Of those weights, as their publisher states it.
    note
        What to know of it.
    """

    name: str
    parameters: int | None
    weights: str = ""
    licence: str = ""
    note: str = ""


# Ours, and of the 1371 of timm 1.0.31 some of each kind. Tests compare the numbers with timm's.
BACKBONES = (
    Backbone("compact", 113_664, note="the default: fast, needs no pretrained weights"),
    Backbone("nasnet_mobile", 4_232_978, "imagenet", "apache-2.0", "of the published method"),
    Backbone("nasnet_large", 84_720_150, "tf_in1k", "apache-2.0", "of the published method"),
    Backbone("mobilenetv4_conv_small", 2_493_024, "e2400_r224_in1k", "apache-2.0", "small, fast"),
    Backbone("efficientnet_b0", 4_007_548, "ra_in1k", "apache-2.0", "small"),
    Backbone("densenet121", 6_953_856, "ra_in1k", "apache-2.0"),
    Backbone("resnet18", 11_176_512, "a1_in1k", "apache-2.0", "the usual yardstick"),
    Backbone("resnet50", 23_508_032, "a1_in1k", "apache-2.0"),
    Backbone("vgg16", 14_714_688, "tv_in1k", "bsd-3-clause", "of the satellite studies"),
    Backbone("convnext_nano", 14_952_560, "in12k_ft_in1k", "apache-2.0"),
    Backbone("convnext_tiny", 27_820_128, "in12k_ft_in1k", "apache-2.0"),
    Backbone(
        "convnext_tiny.dinov3_lvd1689m",
        27_820_128,
        "dinov3_lvd1689m",
        "dinov3-license",
        "trained without labels",
    ),
    Backbone("swin_tiny_patch4_window7_224", 27_519_354, "ms_in1k", "mit", "transformer"),
    Backbone(
        "vit_tiny_patch16_224", 5_524_416, "augreg_in21k_ft_in1k", "apache-2.0", "transformer"
    ),
    Backbone(
        "vit_small_patch16_dinov3",
        21_586_944,
        "lvd1689m",
        "dinov3-license",
        "transformer, trained without labels",
    ),
    Backbone(
        "vit_large_patch16_dinov3.sat493m",
        303_079_424,
        "sat493m",
        "dinov3-license",
        "transformer, trained on satellite images; needs a GPU",
    ),
)
_OURS = {"compact": "", "nasnet_mobile": "", "nasnet_large": "nasnetalarge"}


def timm_name(name: str) -> str:
    """Return what timm calls a backbone; empty where it is ours alone.

    Examples
    --------
    >>> timm_name("nasnet_large"), timm_name("resnet18"), timm_name("compact")
    ('nasnetalarge', 'resnet18', '')
    """
    return _OURS.get(name, name)


def check_backbone(name: str) -> None:
    """Check that there is a backbone of this name.

    Raises
    ------
    SettingsError
        If there is none; the message names the nearest.
    MissingExtraError
        If it is none of ours and timm is not installed.

    Examples
    --------
    >>> check_backbone("compact")
    >>> check_backbone("resnet51")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: no backbone is called resnet51; did you mean resnet...
    """
    if not timm_name(name):
        return
    timm = _timm(f"the backbone {name}")
    known = {*_OURS, *timm.list_models(), *timm.list_models(include_tags=True)}
    if name not in known:
        near = difflib.get_close_matches(name, sorted(known), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "riverscape models list --backbones"
        message = f"no backbone is called {name}; {hint}"
        raise SettingsError(message)


def matching_backbones(pattern: str) -> list[Backbone]:
    """Return the backbones whose names match a pattern such as ``convnext*``.

    A pattern with a point, such as ``convnext_tiny.*``, matches the names with all weights that
    there are. The parameters of more than 40 are not counted: that takes too long.

    Raises
    ------
    MissingExtraError
        If timm is not installed.

    Examples
    --------
    >>> matching_backbones("resnet18.a1*")
    [Backbone(name='resnet18.a1_in1k', parameters=11176512, weights='a1_in1k', \
licence='apache-2.0', note='')]
    """
    timm = _timm("listing timm's backbones")
    ours = [backbone for backbone in BACKBONES if backbone.name in _OURS]
    found = [backbone for backbone in ours if fnmatch(backbone.name, pattern)]
    names = timm.list_models(pattern, include_tags="." in pattern)
    counts: Iterator[int | None] = (None for _ in names)
    if len(names) <= _MOST_COUNTED:
        from riverscape.tiles.networks.timm_bodies import count_parameters

        counts = map(count_parameters, names)
    for name, count in zip(names, counts, strict=True):
        config = timm.get_pretrained_cfg(name, allow_unregistered=True)
        has_weights = config is not None and config.has_weights
        found.append(
            Backbone(
                name,
                count,
                (config.tag or "unnamed") if has_weights else "",
                (config.license or "") if has_weights else "",
            )
        )
    return found


def check_timm(purpose: str) -> None:
    """Check that timm is installed.

    Parameters
    ----------
    purpose
        What it is needed for, as the message says it.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    if find_spec("timm") is None:
        raise MissingExtraError(purpose, "train")


def _timm(purpose: str) -> Any:  # noqa: ANN401
    check_timm(purpose)
    import timm

    return timm
