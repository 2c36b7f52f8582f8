"""What a model expects of an image and what it answers: `model.json` of a bundle."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from riverscape.errors import InputError
from riverscape.imagery import Raster
from riverscape.imagery.settings import ImageSettings
from riverscape.labels import ClassScheme
from riverscape.tiles.band_choice import check_pixel_type, model_bands
from riverscape.tiles.gsd import GSD_FACTOR, gsd_in_words, gsd_ratio
from riverscape.tiles.levels import PixelType, check_range, levels_between

__all__ = ["FORMAT_VERSION", "ModelContract"]

# 2 knows `low` and `high`. A contract without them stays at 1, so that models of 8-bit images,
# which are nearly all, serve older versions of riverscape too.
FORMAT_VERSION = 2
# The same numbers, whichever of the two holds them.
_TWINS = {"float32": "float64", "float64": "float32"}


class ModelContract(BaseModel):
    """The contract between a network and everyone who uses it.

    Attributes
    ----------
    classes
        The class scheme, as in its JSON.
    class_key
        Class code of each output of the network. Several outputs may share a code (classes
        trained apart by river); code 0 is an output that stands for no class.
    tile_px
        Side of a tile.
    network_stride_px
        Where it is set, the network also takes windows larger than a tile and answers for the
        tiles at every `network_stride_px` of them; where it is None it takes tiles alone.
    bands
        Names of the bands, in order.
    dtype
        Type of the pixels of the images.
    low, high
        Per band: the pixel values that are the levels 0 and 255. None where the pixels are the
        levels themselves, of 8 bits.
    scale, offset
        Per band: the network sees ``level * scale + offset``.
    ground_sample_distance_m
        Size of a pixel on the ground in the training images, where it is known.
    training
        What the network was trained on, and how.
    scores
        What it scored, and on which images.
    files
        SHA-256 of each other file of the bundle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    name: str
    description: str = ""
    classes: dict[str, Any]
    class_key: tuple[Annotated[int, Field(ge=0, le=255)], ...]
    tile_px: Annotated[int, Field(ge=1)]
    network_stride_px: Annotated[int, Field(ge=1)] | None = None
    bands: tuple[str, ...]
    dtype: PixelType = "uint8"
    low: tuple[FiniteFloat, ...] | None = None
    high: tuple[FiniteFloat, ...] | None = None
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    ground_sample_distance_m: float | None = None
    backbone: dict[str, Any] = {}
    training: dict[str, Any] = {}
    scores: dict[str, Any] = {}
    licence: str = ""
    citation: str = ""
    files: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _states_its_version(cls, content: Any) -> Any:  # noqa: ANN401
        if isinstance(content, dict) and "format_version" not in content:
            return {"format_version": 1 if content.get("low") is None else 2, **content}
        return content

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not 1 <= self.format_version <= FORMAT_VERSION:
            message = (
                f"format version {self.format_version} is not 1 to {FORMAT_VERSION}; "
                "update riverscape to read it"
            )
            raise ValueError(message)
        if not len(self.bands) == len(self.scale) == len(self.offset) >= 1:
            message = "bands, scale and offset differ in length"
            raise ValueError(message)
        check_range(self.low, self.high, len(self.bands), self.dtype)
        if self.low is not None and self.format_version == 1:
            message = "low and high need format version 2"
            raise ValueError(message)
        strangers = set(self.class_key) - {0, *self.scheme.codes}
        if strangers:
            message = f"the class key names codes that are no class: {sorted(strangers)}"
            raise ValueError(message)
        missing = set(self.scheme.codes) - set(self.class_key)
        if missing:
            message = f"the class key leaves classes out: {sorted(missing)}"
            raise ValueError(message)
        return self

    @model_serializer(mode="wrap")
    def _without_empty_levels(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What version 1 does not know is not written into it.
        content: dict[str, Any] = whole(self)
        known = self.low is not None
        return {key: content[key] for key in content if known or key not in ("low", "high")}

    @property
    def scheme(self) -> ClassScheme:
        """The classes that the model tells apart."""
        return ClassScheme.from_dict(self.classes)

    def chosen(self, raster: Raster, settings: ImageSettings) -> Raster:
        """Return an image with the bands that the network expects, in its order.

        They are those that the settings name; else the file's of the same names (descriptions
        or colours, in any case); else the file's in its order, where they are as many.

        Raises
        ------
        InputError
            If nothing tells which bands are meant, or the pixels are of another type and no
            value range says how bright they are.
        """
        whose = f"the model {self.name} wants"
        found = model_bands(raster, self.bands, settings.bands, whose, "choose another model")
        if settings.value_range is None and found.dtype not in (self.dtype, _TWINS.get(self.dtype)):
            message = (
                f"{raster.path} holds {found.dtype} pixels, the model {self.name} wants "
                f"{self.dtype}; add --value-range LOW,HIGH with the pixel values that stand for "
                "black and white"
            )
            raise InputError(message)
        check_pixel_type(found)
        return found

    def gsd_note(self, raster: Raster) -> str | None:
        """Return a warning where an image's pixels are much larger or smaller than the model's.

        None where they are alike, or one of both is not known.
        """
        own, model = raster.gsd_m, self.ground_sample_distance_m
        if own is None or model is None or gsd_ratio(own, model) <= GSD_FACTOR:
            return None
        return (
            f"the pixels of {raster.path} are {gsd_in_words(own)} wide, "
            f"{gsd_ratio(own, model):.2g} times as {'large' if own > model else 'small'} as the "
            f"{gsd_in_words(model)} that the model {self.name} was trained on: it may mistake "
            "what it sees; --resample works at the model's"
        )

    def levels(
        self, pixels: NDArray[Any], value_range: tuple[float, float] | None = None
    ) -> NDArray[np.uint8]:
        """Return pixels (band, row, col) of any type as the levels 0..255 that both phases see.

        Pixels of 8 bits are the levels themselves, where the model states no other; they are
        not copied. A window's levels are the whole's.

        Parameters
        ----------
        value_range
            The pixel values that stand for the model's black and white, in place of its own.

        Raises
        ------
        ValueError
            If the bands are not as many as the model's, the range is empty, or it is needed and
            missing.

        Examples
        --------
        >>> from riverscape.models import load_model
        >>> contract = load_model("ste-marguerite").contract
        >>> pixels = np.array([0, 1000, 4000, 9000], np.uint16).reshape(1, 1, 4).repeat(3, axis=0)
        >>> contract.levels(pixels, value_range=(0, 4000))[0].tolist()
        [[0, 64, 255, 255]]
        """
        if value_range is not None:
            low, high = ((value,) * len(self.bands) for value in value_range)
            check_range(low, high, len(self.bands))
            return levels_between(pixels, low, high)
        if self.low is not None and self.high is not None:
            return levels_between(pixels, self.low, self.high)
        if pixels.dtype != np.uint8 or len(pixels) != len(self.bands):
            message = f"{len(pixels)} bands of {pixels.dtype} are no levels of {self.name}"
            raise ValueError(message)
        return pixels

    def scaled(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Return levels (..., band, row, col) as the network wants them."""
        shape = (-1, 1, 1)
        scale = np.asarray(self.scale, np.float32).reshape(shape)
        offset = np.asarray(self.offset, np.float32).reshape(shape)
        result: NDArray[np.float32] = pixels.astype(np.float32)
        result *= scale
        if any(self.offset):
            result += offset
        return result

    def folded(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fold probabilities (n, output, ...) of the network's outputs to (n, class, ...).

        The share of outputs that stand for no class is spread over the classes in proportion.

        Examples
        --------
        >>> from riverscape.labels import PUBLISHED_CLASSES
        >>> contract = ModelContract(
        ...     name="two rivers", classes=PUBLISHED_CLASSES.to_dict(), tile_px=50,
        ...     class_key=(0, 1, 2, 3, 4, 5, 1), bands=("grey",), scale=(1.0,), offset=(0.0,),
        ... )
        >>> outputs = np.array([[0.2, 0.2, 0.2, 0, 0, 0, 0.4]], np.float32)
        >>> contract.folded(outputs).round(3).tolist()
        [[0.75, 0.25, 0.0, 0.0, 0.0]]
        """
        codes = self.scheme.codes
        if self.class_key == codes:
            return outputs
        key = np.asarray(self.class_key)
        folded = np.stack([outputs[:, key == code].sum(axis=1) for code in codes], axis=1)
        total = folded.sum(axis=1, keepdims=True)
        return np.asarray(
            np.where(total > 0, folded / np.where(total > 0, total, 1), 1 / len(codes)), np.float32
        )
