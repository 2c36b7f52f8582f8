"""An image of a survey as a piece of work that any process can do."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

from riverscape.execution.hashing import Hashing
from riverscape.execution.image import ImageResult, Task, classify_image
from riverscape.execution.look import Look
from riverscape.execution.places import Told
from riverscape.imagery import Source
from riverscape.labels import LabelledImage, PolygonLabels
from riverscape.tiles import Model

__all__ = ["FarImageJob", "HashedResult", "ImageJob", "in_full"]


@dataclass(frozen=True)
class ImageJob:
    """An image that is classified as a whole by whoever takes it.

    Attributes
    ----------
    size_px
        Its pixels; 0 where they are not known.
    """

    task: Task
    size_px: int = 0

    runs_network: ClassVar[bool] = True

    @classmethod
    def of(cls, task: Task, look: Look | None) -> Self:
        """Return the job of a task, by what is known of its image."""
        return cls(task, math.prod(look.shape) if look else 0)

    @property
    def name(self) -> str:
        """The image's name."""
        return self.task.pair.name

    def __call__(self, model: Model, told: Told) -> "ImageResult | HashedResult":
        """Classify it, and write its outputs."""
        return classify_image(self.task, model, told)

    def again(self) -> Self:
        """Return the same, which goes on in the middle of the image."""
        return replace(self, task=replace(self.task, resume=True))


@dataclass(frozen=True)
class HashedResult:
    """What came of an image, with the hashes of its files: who began the run need not read them."""

    result: ImageResult
    image_sha256: str | None
    labels_sha256: str | None


class FarImageJob(ImageJob):
    """The same for a worker of another machine, in another folder."""

    @classmethod
    def of(cls, task: Task, look: Look | None) -> Self:
        """Return the job of a task, its files named in full."""
        return super().of(in_full(task), look)

    def __call__(self, model: Model, told: Told) -> HashedResult:
        """Classify it, write its outputs, and hash its files meanwhile."""
        pair = self.task.pair
        with Hashing() as hashing:
            hashing.begin(pair.image)
            hashing.begin(pair.labels)
            result = classify_image(self.task, model, told)
            return HashedResult(result, hashing.of(pair.image), hashing.of(pair.labels))


def in_full(task: Task) -> Task:
    """Return a task that names its files in full, for who works in another folder."""
    labels = task.pair.labels
    if isinstance(labels, PolygonLabels):
        file = replace(labels.file, path=labels.file.path.absolute())
        labels = replace(labels, file=file, image=_absolute(labels.image))
    elif labels is not None:
        labels = labels.absolute()
    pair = LabelledImage(_absolute(task.pair.image), labels)
    folder = task.products.folder.absolute()
    return replace(task, pair=pair, products=replace(task.products, folder=folder))


def _absolute(source: Source) -> Source:
    return source.absolute() if isinstance(source, Path) else source
