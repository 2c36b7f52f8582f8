"""Small pictures of an image and its maps, which the report shows: no map need be opened for it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from riverscape.maps import ClassMap
from riverscape.outputs import whole_file

__all__ = ["write_previews"]

_JPEG_QUALITY = 82
# From purple to nearly white by per cent: where the map is unsure is what one looks for.
_CONFIDENCE_COLOURS = np.linspace((63, 0, 125), (252, 251, 253), 101).round().astype(np.uint8)


def write_previews(
    files: Mapping[str, Path],
    photograph: NDArray[np.uint8],
    maps: Mapping[str, ClassMap],
    confidence: NDArray[np.uint8] | None = None,
) -> None:
    """Write the small pictures of an image, each whole or not at all.

    Parameters
    ----------
    files
        Where each goes by its kind: "image", "labels", "cnn", "csc", "confidence".
    photograph
        The image, reduced, (row, col, 3).
    maps
        Small copies of "labels", "cnn" and "csc"; what is unlabelled or no data is transparent.
    confidence
        A small copy of the CSC map's, in per cent, (row, col), 255 where no data.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    _save(files["image"], Image.fromarray(photograph), quality=_JPEG_QUALITY)
    for kind, class_map in maps.items():
        palette = class_map.scheme.palette
        _save(files[kind], _indexed(class_map.codes, palette), optimize=True, transparency=0)
    if confidence is not None and "confidence" in files:
        picture = _indexed(confidence, _CONFIDENCE_COLOURS)
        _save(files["confidence"], picture, optimize=True, transparency=255)


def _indexed(values: NDArray[np.uint8], colours: NDArray[np.uint8]) -> Image.Image:
    picture = Image.fromarray(values)
    picture.putpalette(colours.tobytes())
    return picture


def _save(path: Path, picture: Image.Image, **options: bool | int) -> None:
    kind = "JPEG" if path.suffix == ".jpg" else "PNG"
    with whole_file(path) as aside:
        picture.save(aside, kind, **options)
