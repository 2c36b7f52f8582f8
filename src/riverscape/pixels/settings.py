"""The settings of phase 2."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PixelSettings"]


class PixelSettings(BaseModel):
    """How phase 2 learns an image.

    Attributes
    ----------
    classifier
        Name of the pixel classifier.
    bits
        Bits kept of each band; 8 is exact, 7 measured as good and five times smaller.
    median_radius_px
        Radius of the median filter; 5 is the 11 x 11 median of the original, 0 is none.
    least_tile_probability
        Tiles teach phase 2 where their most probable class has at least this probability (the
        original's RecogThresh). Below it a few stray tiles of a class, weighted up because they
        are few, would spread over the image.
    context
        Whether the tile probabilities weigh in when a pixel is labelled.
    context_weight
        Weight of the logarithm of the tile probabilities against that of the pixel classifier.
    seed
        Same seed, same map.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    classifier: str = "kde"
    bits: Annotated[int, Field(ge=4, le=8)] = 7
    median_radius_px: Annotated[int, Field(ge=0, le=60)] = 5
    least_tile_probability: Annotated[float, Field(ge=0, le=1)] = 0.9
    context: bool = True
    context_weight: Annotated[float, Field(ge=0)] = 1.0
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
