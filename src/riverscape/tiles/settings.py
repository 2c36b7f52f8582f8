"""The settings of phase 1, readable without PyTorch."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

__all__ = [
    "NO_AUGMENTATION",
    "AugmentationSettings",
    "NetworkSettings",
    "PredictionSettings",
    "TileSetSettings",
    "TrainingSettings",
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PredictionSettings(_Settings):
    """How phase 1 looks at an image.

    Attributes
    ----------
    stride_px
        Distance between tiles; None is half a tile. Where tiles overlap their probabilities are
        averaged.
    device
        What the network computes on; on "gpu" it computes in float, and on the processor where no
        graphics card can be used.
    """

    stride_px: Annotated[int, Field(ge=1)] | None = None
    device: Literal["cpu", "gpu"] = "cpu"

    @model_serializer(mode="wrap")
    def _content(self, content_of: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Records and journals of runs on the processor are what they were before there was another.
        content: dict[str, Any] = content_of(self)
        if self.device == "cpu":
            content.pop("device", None)
        return content


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
    max_store_gb
        Most that the tiles may take on disk, in 10^9 bytes. Of a survey that has more, tiles are
        drawn evenly over classes and images.
    split_classes_by_river
        Teach each river's classes apart ("water of the Ouelle") and fold them back by the class
        key, as the original does.
    unlabelled_output
        Where classes are split, whether there is also an output for no class, as in the original.
    """

    tile_px: Annotated[int, Field(ge=10, le=512)] = 50
    stride_px: Annotated[int, Field(ge=1)] = 25
    purity: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    rare_stride_px: Annotated[int, Field(ge=1)] = 8
    rare_purity: Annotated[float, Field(gt=0.5, le=1)] = 0.7
    rare_tiles: Annotated[int, Field(ge=0)] = 3000
    min_tiles: Annotated[int, Field(ge=1)] = 100
    max_store_gb: Annotated[float, Field(gt=0)] = 4.0
    split_classes_by_river: bool = False
    unlabelled_output: bool = False


class NetworkSettings(_Settings):
    """Which network is trained, and what it starts from.

    Attributes
    ----------
    backbone
        ``compact``, ``nasnet_mobile`` or the name of a timm backbone;
        `riverscape models list --backbones` lists them.
    weights
        What the backbone starts from: ``pretrained`` weights (compact has none), which are
        downloaded once; ``none`` for a random start; or a file, .safetensors or Keras .h5.
    head
        ``linear``: one linear layer on the pooled features. ``published``: the original's
        (flattened features, Dense 256 and 128 with l2 0.001, Dropout 0.5).
    freeze
        What of the backbone does not learn: ``none`` of it, the whole ``backbone``, or
        ``partial``: all but its last stage; with NASNet all but the layers that the original
        lets learn.
    """

    backbone: Annotated[str, Field(min_length=1)] = "compact"
    weights: Annotated[str, Field(min_length=1)] = "pretrained"
    head: Literal["linear", "published"] = "linear"
    freeze: Literal["none", "partial", "backbone"] = "none"


class AugmentationSettings(_Settings):
    """How far light and camera may differ; 0 turns a change off.

    Attributes
    ----------
    turn
        Whether tiles are flipped and turned.
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
    jpeg
        Share of tiles that are compressed as JPEG files are, at a quality of 25 to 95.
    noise
        Standard deviation of the noise, of pixels 0..1.
    """

    turn: bool = True
    exposure: Annotated[float, Field(ge=0)] = 0.4
    gamma: Annotated[float, Field(ge=0)] = 0.35
    cast: Annotated[float, Field(ge=0)] = 0.12
    saturation: Annotated[float, Field(ge=0, le=1)] = 0.5
    contrast: Annotated[float, Field(ge=0)] = 0.3
    haze: Annotated[float, Field(ge=0, lt=1)] = 0.6
    blur: Annotated[float, Field(ge=0, le=1)] = 0.25
    jpeg: Annotated[float, Field(ge=0, le=1)] = 0.25
    noise: Annotated[float, Field(ge=0)] = 0.01


# No change of light or camera, and no turning.
NO_AUGMENTATION: dict[str, float | bool] = {
    name: False if name == "turn" else 0.0 for name in AugmentationSettings.model_fields
}


class TrainingSettings(_Settings):
    """How the network learns.

    Attributes
    ----------
    epochs
        Number of epochs, or ``auto``: as many as serve images kept out best, then training anew
        on all images for that number.
    max_epochs, patience, target_accuracy
        Of ``auto``: it looks for the best epoch until `patience` epochs have brought no better,
        or the accuracy on the images kept out reaches `target_accuracy`, at most `max_epochs`.
    drawing, batch_tiles, batches_per_epoch
        ``balanced``: an epoch is `batches_per_epoch` batches; within a class each is drawn evenly
        over images, so that a small image counts as much as any other. ``all``: an epoch is every
        tile once.
    class_balance
        Of balanced drawing: classes are drawn in proportion to their labelled pixels to the power
        of 1 minus this: 1 draws them alike, and a rare class is found everywhere; 0 draws them as
        they come, and a rare class is never found.
    optimiser
        ``adamw``, whose rate rises and falls once over the training (one cycle), or
        ``adam-amsgrad`` at a constant rate, as the original.
    learning_rate, backbone_rate, weight_decay
        None is 0.004 for the compact CNN and 0.001 for other backbones. Where a backbone starts
        from trained weights it learns at `backbone_rate` times that.
    label_smoothing
        Share of certainty taken from each label.
    validation_share
        Share of the images kept out of training to choose the best epoch by; 0 keeps the last
        epoch. Images are kept whole: neighbouring tiles would leak.
    hold_out
        Whether whole images or whole rivers are kept out.
    seed
        Same seed, same network.
    device
        ``cpu``, ``cuda``, ``mps``; ``auto`` takes a GPU where there is one.
    precision
        ``auto`` is half precision on a GPU (bf16, or fp16 where it has no bf16) and full on the
        CPU; ``fp32``, ``bf16`` and ``fp16`` say which.
    compile
        Let torch.compile make the network faster; it takes a minute to start and a compiler.
    """

    epochs: Annotated[int, Field(ge=1)] | Literal["auto"] = 8
    max_epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 5
    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = None
    drawing: Literal["balanced", "all"] = "balanced"
    batches_per_epoch: Annotated[int, Field(ge=1)] = 200
    batch_tiles: Annotated[int, Field(ge=2)] = 256
    class_balance: Annotated[float, Field(ge=0, le=1)] = 0.6
    optimiser: Literal["adamw", "adam-amsgrad"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    backbone_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.05
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.2
    hold_out: Literal["image", "river"] = "image"
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    compile: bool = False
    augmentation: AugmentationSettings = AugmentationSettings()
