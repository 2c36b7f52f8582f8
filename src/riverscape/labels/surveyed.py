"""One file of polygons for the images of a survey: which of them it labels."""

import logging
from collections.abc import Sequence

from riverscape.errors import InputError
from riverscape.imagery import Source, image_name, open_raster
from riverscape.labels.polygon_labels import PolygonLabels
from riverscape.labels.polygons import PolygonFile

__all__ = ["spread"]

logger = logging.getLogger(__name__)

_FEW = 3


def spread(
    file: PolygonFile, images: Sequence[Source], only_labelled: bool = False
) -> dict[Source, PolygonLabels | None]:
    """Return the images, each with the polygons that lie in it; None where none does.

    Parameters
    ----------
    only_labelled
        Whether images without polygons are left out, with a warning.

    Raises
    ------
    InputError
        If the file cannot be read, no polygon lies in any image, or there are several images
        without georeference, whose pixels it cannot all mean.
    """
    polygons = file.read()
    polygons.log_notes()
    _check_one_meant(file, images)
    labels: dict[Source, PolygonLabels | None] = {}
    hit: set[int] = set()
    for image in images:
        own = PolygonLabels(file, image)
        positions = own.placed().positions.tolist()
        hit.update(positions)
        labels[image] = own if positions else None
    if not hit:
        meant = str(images[0]) if len(images) == 1 else f"any of {len(images)} images"
        message = f"no polygon of {file} lies in {meant}; are CRS and georeference of both right?"
        raise InputError(message)
    if outside := len(polygons) - len(hit):
        meant = "the image" if len(images) == 1 else "all images"
        logger.warning("%s: %d of %d polygons lie outside %s", file, outside, len(polygons), meant)
    if not only_labelled:
        return labels
    bare = [image_name(image) for image, own in labels.items() if own is None]
    if bare:
        more = f" and {len(bare) - _FEW} more" if len(bare) > _FEW else ""
        logger.warning(
            "no polygon of %s lies in %d of %d images, which are left out: %s%s",
            file, len(bare), len(images), ", ".join(bare[:_FEW]), more,
        )  # fmt: skip
    return {image: own for image, own in labels.items() if own is not None}


def _check_one_meant(file: PolygonFile, images: Sequence[Source]) -> None:
    if len(images) < 2:
        return
    for image in images:
        with open_raster(image) as raster:
            unplaced = not raster.crs and raster.transform.is_identity
        if unplaced:
            message = (
                f"{image} has no georeference, so {file} cannot say which of {len(images)} images "
                f"it labels; give each its own polygons in a folder, as SCLS_{image_name(image)}"
                f"{file.path.suffix}"
            )
            raise InputError(message)
