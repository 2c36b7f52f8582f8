"""The options of `riverscape classify` that shape the maps, in the panels of its help."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = [
    "Balance",
    "Bits",
    "CertaintyPower",
    "ClassBorder",
    "Confidence",
    "Context",
    "Despeckle",
    "Device",
    "Features",
    "LeastPatch",
    "ModalTiles",
    "PatchSize",
    "PixelClassifier",
    "Preset",
    "Probabilities",
    "Seed",
    "Share",
    "Smoothing",
    "SmoothingRadius",
    "Threshold",
    "TileBorder",
    "TileStride",
    "Uncertainty",
]

_PHASE_1, _TEACHING, _PHASE_2, _MAPS = "Phase 1", "What teaches phase 2", "Phase 2", "Maps"


class _Device(StrEnum):
    cpu = "cpu"
    gpu = "gpu"


class _Preset(StrEnum):
    published = "published"


class _Balance(StrEnum):
    none = "none"
    root = "root"
    full = "full"
    smote_enn = "smote-enn"


class _Smoothing(StrEnum):
    none = "none"
    mean = "mean"
    guided = "guided"


def _feature_names(text: str | None) -> str | None:
    if text is not None and not all(name.strip() for name in text.split(",")):
        message = f"{text!r} is no list of features; write them as in median,entropy:5"
        raise typer.BadParameter(message)
    return text


TileStride = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Distance between tiles; half a tile by default.",
        min=1,
        rich_help_panel=_PHASE_1,
    ),
]

Device = Annotated[
    _Device | None,
    typer.Option(
        help="What the network computes on; the processor where no graphics card can be used. "
        "cpu by default.",
        rich_help_panel=_PHASE_1,
        show_default=False,
    ),
]

CertaintyPower = Annotated[
    float | None,
    typer.Option(
        metavar="POWER",
        help="A pixel teaches with the weight p ** POWER, p being the probability of its tile; 16.",
        rich_help_panel=_TEACHING,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Tiles less probable than this teach nothing (RecogThresh); 0.",
        rich_help_panel=_TEACHING,
    ),
]
ModalTiles = Annotated[
    int | None,
    typer.Option(
        metavar="TILES",
        help="Radius of a modal filter over the tiles that teach (MinTiles); 0.",
        rich_help_panel=_TEACHING,
    ),
]
TileBorder = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Pixels so near to the border of their block, one tile stride wide, teach nothing; 0.",
        rich_help_panel=_TEACHING,
    ),
]
ClassBorder = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Pixels so near to a tile of another class teach nothing; 0.",
        rich_help_panel=_TEACHING,
    ),
]
Share = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Share of the pixels that teach, drawn at random (SubSample); 1.",
        rich_help_panel=_TEACHING,
    ),
]
Balance = Annotated[
    _Balance | None,
    typer.Option(
        help="Classes weigh as they come, by the root of their pixels, alike, or are resampled; "
        "root.",
        rich_help_panel=_TEACHING,
    ),
]
LeastPatch = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="A rare class that nowhere fills a square of this side is not believed; 75.",
        rich_help_panel=_TEACHING,
    ),
]

Preset = Annotated[
    _Preset | None,
    typer.Option(
        help="published: phase 2 as in Carbonneau et al. 2020. Other options win over it.",
        rich_help_panel=_PHASE_2,
    ),
]
PixelClassifier = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="logistic, kde, gaussian, forest, boosting, mlp, mlp-small, mlp-deep, mlp-very-deep, "
        "patch, or module:Class of a scikit-learn classifier; logistic.",
        rich_help_panel=_PHASE_2,
    ),
]
Features = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,...",
        callback=_feature_names,
        help="What it sees of a pixel: bands, median, disk-median, entropy, mean, deviation, hsv, "
        "lab, texture, nd:BAND:BAND; the radius in pixels as in median:5; median:2.",
        rich_help_panel=_PHASE_2,
    ),
]
PatchSize = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Side of what the classifier patch sees around a pixel, of the bands as they are; 7.",
        rich_help_panel=_PHASE_2,
    ),
]
Bits = Annotated[
    int | None,
    typer.Option(
        min=4,
        max=8,
        help="Bits of each feature in the spectral table, 8 is exact; 7.",
        rich_help_panel=_PHASE_2,
    ),
]
Context = Annotated[
    bool | None,
    typer.Option(
        "--context/--no-context",
        help="Whether the tile probabilities weigh in when pixels are labelled.",
        show_default="context",
        rich_help_panel=_PHASE_2,
    ),
]
Smoothing = Annotated[
    _Smoothing | None,
    typer.Option(
        help="How the probabilities of neighbouring pixels are evened out; mean.",
        rich_help_panel=_PHASE_2,
    ),
]
SmoothingRadius = Annotated[
    int | None,
    typer.Option(metavar="PX", help="How far they are evened out; 6.", rich_help_panel=_PHASE_2),
]
Seed = Annotated[
    int | None, typer.Option(help="Same seed, same maps; 0.", rich_help_panel=_PHASE_2)
]

Despeckle = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Patches of fewer pixels take the class around them; 0.",
        rich_help_panel=_MAPS,
    ),
]
Confidence = Annotated[
    bool | None,
    typer.Option(
        "--confidence",
        help="Also write CONF_: how probable the chosen class is, in per cent.",
        rich_help_panel=_MAPS,
    ),
]
Probabilities = Annotated[
    bool | None,
    typer.Option(
        "--probabilities",
        help="Also write PROB_: how probable each class is, a band each, in per cent.",
        rich_help_panel=_MAPS,
    ),
]
Uncertainty = Annotated[
    bool | None,
    typer.Option(
        "--uncertainty",
        help="Also write UNC_: entropy, margin and disagreement of the two phases, in per cent.",
        rich_help_panel=_MAPS,
    ),
]
