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
        Radius of the median filter; 5 is the 11 x 11 median of the original, 0 is none. Measured:
        2 scores as 5 does, for a fortieth of the time and finer outlines.
    certainty_power
        A pixel teaches phase 2 with the weight p ** `certainty_power`, p being the probability
        of its tile's class, in steps of 1/255: at 16 a tile below p = 0.68 teaches nothing. 0
        weighs all alike. A few stray tiles of a class, weighted up
        because they are few, would else spread over the image; a threshold as high as 0.9 (the
        original's RecogThresh) would drop a class that is seldom quite sure.
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
    median_radius_px: Annotated[int, Field(ge=0, le=60)] = 2
    certainty_power: Annotated[float, Field(ge=0)] = 16.0
    context: bool = True
    context_weight: Annotated[float, Field(ge=0)] = 1.3
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] = 0
