"""The options of `riverscape train`, in the panels of its help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Augmentation",
    "Backbone",
    "Batch",
    "Compile",
    "CrossValidate",
    "Device",
    "Epochs",
    "Freeze",
    "Head",
    "HoldOut",
    "LearningRate",
    "Patience",
    "Precision",
    "Preset",
    "Purity",
    "Seed",
    "SplitClassesByRiver",
    "StartFrom",
    "Stride",
    "TargetAccuracy",
    "Tensorboard",
    "Tile",
    "TuneOnly",
    "ValidationShare",
    "Weights",
]

_TILES, _NETWORK, _LEARNING = "Tiles", "Network", "Learning"
_CHECKING, _MACHINE = "Checking", "Where and how it runs"


class _Preset(StrEnum):
    published = "published"


class _Head(StrEnum):
    linear = "linear"
    published = "published"


class _Freeze(StrEnum):
    none = "none"
    partial = "partial"
    backbone = "backbone"


class _Unit(StrEnum):
    river = "river"
    image = "image"


class _Precision(StrEnum):
    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


def _epochs(text: str | None) -> str | None:
    if text is not None and text != "auto" and not (text.isdecimal() and int(text) > 0):
        message = f"{text!r} is neither auto nor a number of epochs"
        raise typer.BadParameter(message)
    return text


Preset = Annotated[
    _Preset | None,
    typer.Option(help="published: phase 1 as the method's authors trained it."),
]
Tile = Annotated[
    int | None, typer.Option(metavar="PX", help="Side of a tile; 50.", rich_help_panel=_TILES)
]
Stride = Annotated[
    int | None,
    typer.Option(metavar="PX", help="Distance between tiles; 25.", rich_help_panel=_TILES),
]
Purity = Annotated[
    float | None,
    typer.Option(help="Least share of a tile that its class covers; 0.9.", rich_help_panel=_TILES),
]
SplitClassesByRiver = Annotated[
    bool | None,
    typer.Option(
        "--split-classes-by-river",
        help="Train each river's classes apart and fold them back.",
        rich_help_panel=_TILES,
    ),
]
Backbone = Annotated[
    str | None,
    typer.Option(
        help="compact, nasnet_mobile or a timm backbone: riverscape models list --backbones.",
        rich_help_panel=_NETWORK,
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        metavar="pretrained|none|FILE",
        help="What a backbone starts from; pretrained.",
        rich_help_panel=_NETWORK,
    ),
]
Head = Annotated[
    _Head | None,
    typer.Option(help="What follows the backbone; linear.", rich_help_panel=_NETWORK),
]
Freeze = Annotated[
    _Freeze | None,
    typer.Option(help="What of the backbone does not learn; none.", rich_help_panel=_NETWORK),
]
StartFrom = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="NAME|MODEL",
        help="Go on from a model; classes and bands may differ.",
        rich_help_panel=_NETWORK,
    ),
]
Epochs = Annotated[
    str | None,
    typer.Option(
        callback=_epochs,
        metavar="auto|N",
        help="Epochs; 8. auto: as many as serve images kept out, then anew on all.",
        rich_help_panel=_LEARNING,
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        help="auto stops after so many epochs without a better one; 5.",
        rich_help_panel=_LEARNING,
    ),
]
TargetAccuracy = Annotated[
    float | None,
    typer.Option(
        help="auto stops where images kept out reach this, 0..1.", rich_help_panel=_LEARNING
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(metavar="TILES", help="Tiles of a batch; 256.", rich_help_panel=_LEARNING),
]
LearningRate = Annotated[
    float | None,
    typer.Option(help="0.004 for compact, 0.001 for others.", rich_help_panel=_LEARNING),
]
Augmentation = Annotated[
    bool | None,
    typer.Option(
        "--augmentation/--no-augmentation",
        help="Show tiles turned and in other light; yes.",
        rich_help_panel=_LEARNING,
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="Same seed, same network.", rich_help_panel=_LEARNING)
]
ValidationShare = Annotated[
    float | None,
    typer.Option(
        help="Share of images kept out to choose the best epoch; 0.2. 0: the last.",
        rich_help_panel=_CHECKING,
    ),
]
HoldOut = Annotated[
    _Unit | None,
    typer.Option(help="What is kept out whole; image.", rich_help_panel=_CHECKING),
]
TuneOnly = Annotated[
    bool,
    typer.Option("--tune-only", help="Find the epochs, write no model.", rich_help_panel=_CHECKING),
]
CrossValidate = Annotated[
    _Unit | None,
    typer.Option(
        help="Leave each river or image out once and score it; write no model.",
        rich_help_panel=_CHECKING,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(metavar="auto|cpu|cuda", help="auto takes a GPU.", rich_help_panel=_MACHINE),
]
Precision = Annotated[
    _Precision | None,
    typer.Option(help="auto is half on a GPU, full on the CPU.", rich_help_panel=_MACHINE),
]
Compile = Annotated[
    bool | None,
    typer.Option("--compile", help="Use torch.compile.", rich_help_panel=_MACHINE),
]
Tensorboard = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Also log for TensorBoard.", rich_help_panel=_MACHINE),
]
