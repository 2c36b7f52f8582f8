"""An image and the labels that belong to it."""

from dataclasses import dataclass
from pathlib import Path

from riverscape.errors import InputError
from riverscape.imagery import Source, file_sha256, image_name, river_name
from riverscape.imagery.survey import LABEL_PREFIX
from riverscape.labels.polygon_labels import PolygonLabels

__all__ = ["LabelledImage", "label_name", "missing_labels"]


@dataclass(frozen=True)
class LabelledImage:
    """An image and its labels, a raster or polygons; `labels` is None where there are none."""

    image: Source
    labels: Path | PolygonLabels | None

    @property
    def name(self) -> str:
        """The image's name, which its outputs carry."""
        return image_name(self.image)

    @property
    def river(self) -> str:
        """The river's name."""
        return river_name(self.image)

    @property
    def known_labels(self) -> Path | PolygonLabels:
        """The labels.

        Raises
        ------
        InputError
            If the image has none.
        """
        if self.labels is None:
            raise InputError(missing_labels(self.image))
        return self.labels

    @property
    def label_raster(self) -> Path:
        """The label raster.

        Raises
        ------
        InputError
            If the image has none, or has polygons in its place.
        """
        labels = self.known_labels
        if isinstance(labels, PolygonLabels):
            message = f"{self.image} is labelled by polygons, {labels}: a label raster is needed"
            raise InputError(message)
        return labels

    def labels_sha256(self) -> str:
        """Return a digest of the labels: of a raster's file, or of the polygons in the image.

        Raises
        ------
        InputError
            If the image has none, or polygons cannot be read.
        """
        labels = self.known_labels
        return labels.sha256() if isinstance(labels, PolygonLabels) else file_sha256(labels)


def label_name(image: Source) -> str:
    """Return what the labels of an image are called, without suffix.

    Examples
    --------
    >>> label_name(Path("survey/River_0022.jpg"))
    'SCLS_River_0022'
    """
    return LABEL_PREFIX + image_name(image)


def missing_labels(image: Source) -> str:
    """Return what to say of an image that lacks its labels."""
    expected = f"{label_name(image)}.tif"
    return f"{image} has no label raster: expected {expected} beside it or in --labels"
