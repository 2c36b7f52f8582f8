"""The settings of phase 1, readable without PyTorch."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AugmentationSettings", "PredictionSettings", "TileSetSettings", "TrainingSettings"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PredictionSettings(_Settings):
    """How phase 1 looks at an image.

    Attributes
    ----------
    stride_px
        Distance between tiles; None is half a tile. Where tiles overlap their probabilities are
        averaged.
    """

    stride_px: Annotated[int, Field(ge=1)] | None = None


class TileSetSettings(_Settings):
    """How tiles are cut.

    Attributes
    ----------
    tile_px, stride_px, purity
        A tile belongs to a class that covers at least `purity` of all its pixels.
    rare_stride_px, rare_purity, rare_tiles
        A class with fewer than `rare_tiles` tiles in the survey is cut again, closer together
        and less pure: a few sandbars would else give a few dozen tiles.
    min_tiles
        A class with fewer tiles than this is warned of.
    """

    tile_px: Annotated[int, Field(ge=10, le=512)] = 50
    stride_px: Annotated[int, Field(ge=1)] = 25
    purity: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    rare_stride_px: Annotated[int, Field(ge=1)] = 8
    rare_purity: Annotated[float, Field(gt=0.5, le=1)] = 0.7
    rare_tiles: Annotated[int, Field(ge=0)] = 3000
    min_tiles: Annotated[int, Field(ge=1)] = 100


class AugmentationSettings(_Settings):
    """How far light and camera may differ; 0 turns a change off.

    Attributes
    ----------
    exposure, gamma, cast
        Largest change of brightness, gamma and of each band's gain, as natural logarithm.
    saturation
        Largest relative change of saturation.
    contrast
        Largest gain of contrast.
    haze
        Largest loss of contrast; what is lost lifts the black by a random share of it.
    blur
        Share of tiles that are blurred.
    noise
        Standard deviation of the noise, of pixels 0..1.
    """

    exposure: Annotated[float, Field(ge=0)] = 0.4
    gamma: Annotated[float, Field(ge=0)] = 0.35
    cast: Annotated[float, Field(ge=0)] = 0.12
    saturation: Annotated[float, Field(ge=0, le=1)] = 0.5
    contrast: Annotated[float, Field(ge=0)] = 0.3
    haze: Annotated[float, Field(ge=0, lt=1)] = 0.6
    blur: Annotated[float, Field(ge=0, le=1)] = 0.25
    noise: Annotated[float, Field(ge=0)] = 0.01


class TrainingSettings(_Settings):
    """How the network learns.

    Attributes
    ----------
    epochs, batches_per_epoch, batch_tiles
        Within a class each batch is drawn evenly over images, so that a small image counts as
        much as any other.
    class_balance
        Classes are drawn in proportion to their labelled pixels to the power of 1 minus this:
        1 draws them alike, and a rare class is found everywhere; 0 draws them as they come, and
        a rare class is never found.
    learning_rate, weight_decay
        Of AdamW; the rate rises and falls once over the training (one cycle).
    label_smoothing
        Share of certainty taken from each label.
    validation_share
        Share of the images kept out of training to choose the best epoch by; 0 keeps the last
        epoch. Images are kept whole: neighbouring tiles would leak.
    seed
        Same seed, same network.
    """

    epochs: Annotated[int, Field(ge=1)] = 8
    batches_per_epoch: Annotated[int, Field(ge=1)] = 200
    batch_tiles: Annotated[int, Field(ge=2)] = 256
    class_balance: Annotated[float, Field(ge=0, le=1)] = 0.6
    learning_rate: Annotated[float, Field(gt=0)] = 4e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.05
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.2
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    augmentation: AugmentationSettings = AugmentationSettings()
