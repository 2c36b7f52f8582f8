"""What a model expects of an image and what it answers: `model.json` of a bundle."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from riverscape.errors import InputError
from riverscape.imagery import Raster
from riverscape.labels import ClassScheme

__all__ = ["FORMAT_VERSION", "ModelContract", "band_names"]

FORMAT_VERSION = 1


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
        Type of the pixels that the scaling is meant for.
    scale, offset
        Per band: the network sees ``pixel * scale + offset``.
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
    dtype: Literal["uint8"] = "uint8"
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    ground_sample_distance_m: float | None = None
    backbone: dict[str, Any] = {}
    training: dict[str, Any] = {}
    scores: dict[str, Any] = {}
    licence: str = ""
    citation: str = ""
    files: dict[str, str] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.format_version != FORMAT_VERSION:
            message = (
                f"format version {self.format_version} is not {FORMAT_VERSION}; "
                "update riverscape to read it"
            )
            raise ValueError(message)
        if not len(self.bands) == len(self.scale) == len(self.offset) >= 1:
            message = "bands, scale and offset differ in length"
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

    @property
    def scheme(self) -> ClassScheme:
        """The classes that the model tells apart."""
        return ClassScheme.from_dict(self.classes)

    def check(self, raster: Raster) -> None:
        """Check that an image has the bands and the type of pixel that the network expects.

        Raises
        ------
        InputError
            If it has not.
        """
        if raster.band_count != len(self.bands):
            message = (
                f"{raster.path} has {raster.band_count} band(s), the model {self.name} wants "
                f"{len(self.bands)}: {', '.join(self.bands)}"
            )
            raise InputError(message)
        if raster.dtype != self.dtype:
            message = (
                f"{raster.path} holds {raster.dtype} pixels, the model {self.name} wants "
                f"{self.dtype}; convert the image, for example: gdal_translate -ot Byte -scale"
            )
            raise InputError(message)

    def scaled(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Return pixels (..., band, row, col) as the network wants them."""
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


def band_names(count: int) -> tuple[str, ...]:
    """Return what bands are called where nobody says.

    Examples
    --------
    >>> band_names(3), band_names(2)
    (('red', 'green', 'blue'), ('band 1', 'band 2'))
    """
    known = ("red", "green", "blue")
    return known if count == len(known) else tuple(f"band {band + 1}" for band in range(count))
