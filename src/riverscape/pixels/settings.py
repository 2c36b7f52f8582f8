"""The settings of phase 2."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Balance", "LayerSettings", "PixelSettings", "Smoothing", "TeachingSettings"]

Balance = Literal["none", "root", "full", "smote-enn"]
Smoothing = Literal["none", "mean", "guided"]


class TeachingSettings(BaseModel):
    """What of phase 1 teaches phase 2, and with what weight.

    Attributes
    ----------
    certainty_power
        A pixel teaches phase 2 with the weight p ** `certainty_power`, p being the probability
        of its tile's class, in steps of 1/255: at 16 a tile below p = 0.68 teaches nothing. 0
        weighs all alike. A few stray tiles of a class, weighted up because they are few, would
        else spread over the image; a threshold as high as 0.9 would drop a class that is seldom
        quite sure.
    threshold
        Tiles whose class is less probable teach nothing (the original's RecogThresh).
    modal_tiles
        Radius, in tiles, of a modal filter over the tile map before it teaches (the original's
        MinTiles); 0 is none.
    tile_border_px
        Pixels so near to the border of their block of the tile map, one stride wide, teach
        nothing.
    class_border_px
        Pixels so near to a block of another class teach nothing.
    share
        Share of the pixels that teach, drawn at random (the original's SubSample).
    balance
        Weight of the classes: "none" is as the pixels come, "root" the square root of their
        counts, "full" alike, "smote-enn" a sample that SMOTE and edited nearest neighbours
        balance.
    least_px
        Side in pixels of the least patch of ground that a rare class must fill somewhere in the
        tile map to be believed: the tiles of one that nowhere does are taken for mistakes. 0
        believes every tile.
    overrule
        Whether phase 2 learns again without tiles whose colours are another class's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    certainty_power: Annotated[float, Field(ge=0)] = 16.0
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.0
    modal_tiles: Annotated[int, Field(ge=0, le=50)] = 0
    tile_border_px: Annotated[int, Field(ge=0)] = 0
    class_border_px: Annotated[int, Field(ge=0)] = 0
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    balance: Balance = "root"
    least_px: Annotated[int, Field(ge=0)] = 75
    overrule: bool = True


class PixelSettings(BaseModel):
    """How phase 2 learns and labels an image.

    Attributes
    ----------
    classifier
        Name of the pixel classifier, or module:Class of a scikit-learn classifier.
    features
        What it sees of each pixel, as "name" or "name:radius".
    bits
        Bits kept of each feature; 8 is exact, 7 measured as good and five times smaller.
    patch_px
        Side of the patches that the classifier "patch" sees.
    context
        Whether the tile probabilities weigh in when a pixel is labelled.
    context_weight
        Weight of the logarithm of the tile probabilities against that of the pixel classifier.
    smoothing
        How the probabilities of neighbouring pixels are evened out before a class is chosen.
    smoothing_px
        Radius of the smoothing.
    despeckle_px
        Patches of fewer pixels take the class around them; 0 keeps all.
    seed
        Same seed, same map.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    classifier: str = "logistic"
    features: tuple[str, ...] = ("median:2",)
    bits: Annotated[int, Field(ge=4, le=8)] = 7
    patch_px: Annotated[int, Field(ge=3, le=15)] = 7
    context: bool = True
    context_weight: Annotated[float, Field(ge=0)] = 1.3
    smoothing: Smoothing = "mean"
    smoothing_px: Annotated[int, Field(ge=1, le=50)] = 6
    despeckle_px: Annotated[int, Field(ge=0)] = 0
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0


class LayerSettings(BaseModel):
    """What is written beside the class maps.

    Attributes
    ----------
    confidence
        Probability of the chosen class.
    probabilities
        Probability of each class.
    uncertainty
        Entropy, margin and disagreement of the two phases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    confidence: bool = False
    probabilities: bool = False
    uncertainty: bool = False
