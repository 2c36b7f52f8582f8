"""How images are read: which bands, what is no data, how bright, how large a pixel is."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["ImageSettings"]


def _as_text(band: Any) -> Any:  # noqa: ANN401
    # A TOML file may list numbers as numbers.
    return str(band) if isinstance(band, int) and not isinstance(band, bool) else band


def _no_number(value: Any) -> Any:  # noqa: ANN401
    # As text, so that settings can be compared and written as JSON.
    if isinstance(value, str) and value.strip().lower() == "nan":
        return "nan"
    return "nan" if isinstance(value, float) and math.isnan(value) else value


class ImageSettings(BaseModel):
    """How images are read.

    Attributes
    ----------
    bands
        The bands that stand for the model's, in its order: numbers from 1, or names. None takes
        the file's as they come, or by name.
    nodata
        The value that marks pixels without data, in every band, in place of the file's own;
        "nan" where it is no number.
    value_range
        The pixel values that stand for the model's black and white, in place of its own.
    gsd_m
        Ground sample distance, the side of a pixel in metres, where the file does not tell or
        tells wrongly.
    resample
        Whether to work at the ground sample distance of the model; the maps keep the image's.

    Examples
    --------
    >>> ImageSettings(bands=[3, 2, 1], nodata=float("nan"))
    ImageSettings(bands=('3', '2', '1'), nodata='nan', value_range=None, gsd_m=None, resample=False)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bands: (
        Annotated[
            tuple[Annotated[str, BeforeValidator(_as_text), Field(min_length=1)], ...],
            Field(min_length=1),
        ]
        | None
    ) = None
    nodata: Annotated[FiniteFloat | Literal["nan"] | None, BeforeValidator(_no_number)] = None
    value_range: tuple[FiniteFloat, FiniteFloat] | None = None
    gsd_m: Annotated[FiniteFloat, Field(gt=0)] | None = None
    resample: bool = False

    @model_validator(mode="after")
    def _range_is_wide(self) -> Self:
        if self.value_range is not None and not self.value_range[0] < self.value_range[1]:
            message = "value_range: low is not below high"
            raise ValueError(message)
        return self
