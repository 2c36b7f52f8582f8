# SPDX-License-Identifier: GPL-2.0-or-later
"""Which label raster belongs to which image, and how the worker is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from osgeo import gdal

from .image_files import onto_grid
from .layers import LayerError, RasterLook
from .translation import tr

__all__ = ["labels_for", "stage_labels"]

_PREFIX = "SCLS_"


def labels_for(
    images: Sequence[RasterLook], labels: Sequence[RasterLook]
) -> list[tuple[RasterLook, Path]]:
    """Return each image with the file of its labels: by name, else by rows, columns and place.

    Raises
    ------
    LayerError
        If an image has none or several, or labels have no image.
    """
    if not labels:
        return []
    pairs, used = [], set()
    for image in images:
        named = [one for one in labels if _is_named_after(one, image)]
        found = named or [one for one in labels if _lies_alike(one, image)]
        if len(found) != 1:
            listed = ", ".join(one.name for one in found) or tr("none")
            message = tr("image {0} needs one label raster, of its rows, columns and place or "
                         "called SCLS_{1}; found: {2}")  # fmt: skip
            stem = image.path.stem if image.path else image.name
            raise LayerError(message.format(image.name, stem, listed))
        if found[0].path is None:
            message = tr("the labels {0} are no file: export them first")
            raise LayerError(message.format(found[0].name))
        used.add(found[0].source)
        pairs.append((image, found[0].path))
    idle = [one.name for one in labels if one.source not in used]
    if idle:
        message = tr("no image belongs to the labels {0}: add it, or leave them out")
        raise LayerError(message.format(", ".join(idle)))
    return pairs


def stage_labels(pairs: Iterable[tuple[Path, Path]], folder: Path) -> None:
    """Put the labels of each image into a folder, by the names that the worker looks for."""
    for image, labels in pairs:
        source = onto_grid(labels, image, folder.parent)
        target = folder / f"{_PREFIX}{image.stem}.tif"
        if source.suffix.lower() in (".tif", ".tiff"):
            shutil.copyfile(source, target)
        else:
            gdal.Translate(str(target), str(source), creationOptions=["COMPRESS=DEFLATE"])


def _is_named_after(label: RasterLook, image: RasterLook) -> bool:
    if label.path is None or image.path is None:
        return False
    stem, wanted = label.path.stem.lower(), image.path.stem.lower()
    prefix = _PREFIX.lower()
    return stem in (prefix + wanted, prefix + wanted.replace("_", "", 1))


def _lies_alike(label: RasterLook, image: RasterLook) -> bool:
    pixel = image.extent.width() / max(image.columns, 1)
    return (label.columns, label.rows) == (image.columns, image.rows) and all(
        abs(one - other) < pixel / 2
        for one, other in (
            (label.extent.xMinimum(), image.extent.xMinimum()),
            (label.extent.yMinimum(), image.extent.yMinimum()),
        )
    )
