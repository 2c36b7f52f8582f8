"""An image of a survey as a piece of work that any process can do."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

from riverscape.errors import InputError
from riverscape.execution.dask_worker import local_folder
from riverscape.execution.depot import Depot
from riverscape.execution.faults import Failure
from riverscape.execution.hashing import Hashing
from riverscape.execution.image import ImageResult, Task, classify_image
from riverscape.execution.look import Look
from riverscape.execution.parcel import pack, unpack
from riverscape.execution.places import Place, Told
from riverscape.imagery import Source
from riverscape.labels import LabelledImage, PolygonLabels
from riverscape.tiles import Model

__all__ = ["FarImageJob", "HashedResult", "ImageJob", "SentImageJob", "image_job", "in_full"]


@dataclass(frozen=True)
class HashedResult:
    """What came of an image, with the hashes of its files: who began the run need not read them."""

    result: ImageResult
    image_sha256: str | None
    labels_sha256: str | None


Outcome: TypeAlias = ImageResult | HashedResult | Failure


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

    @property
    def name(self) -> str:
        """The image's name."""
        return self.task.pair.name

    def __call__(self, model: Model, told: Told) -> ImageResult | HashedResult:
        """Classify it, and write its outputs."""
        return classify_image(self.task, model, told)

    def again(self) -> Self:
        """Return the same, which goes on in the middle of the image."""
        return replace(self, task=replace(self.task, resume=True))

    def taken(self, outcome: Outcome) -> Outcome:
        """Return what came of it, once its outputs are where they belong: they are.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        return outcome


class FarImageJob(ImageJob):
    """The same for a worker of another machine, in another folder: its files are named in full."""

    def __call__(self, model: Model, told: Told) -> HashedResult:
        """Classify it, write its outputs, and hash its files meanwhile."""
        pair = self.task.pair
        with Hashing() as hashing:
            hashing.begin(pair.image)
            hashing.begin(pair.labels)
            result = classify_image(self.task, model, told)
            return HashedResult(result, hashing.of(pair.image), hashing.of(pair.labels))


@dataclass(frozen=True)
class SentImageJob(FarImageJob):
    """The same for a worker that does not see the folder of the maps: it sends them.

    Attributes
    ----------
    depot
        By which it sends them.
    """

    depot: Depot = field(kw_only=True)

    def __call__(self, model: Model, told: Told) -> HashedResult:
        """Classify it into a folder of the worker's own, and put all of its outputs away as one."""
        with local_folder() as folder:
            products = replace(self.task.products, folder=folder / "maps")
            task = replace(self.task, products=products, resume=False)
            result = FarImageJob(task, self.size_px)(model, told)
            products.remove_journal()
            self.depot.put(pack(products.folder, folder / "maps.zip"), self._parcel)
            return result

    def taken(self, outcome: Outcome) -> Outcome:
        """Return what came of it, once its outputs have come here."""
        if isinstance(outcome, Failure):
            return outcome
        products = self.task.products
        try:
            with self.depot.opened(self._parcel) as parcel:
                unpack(parcel, products.folder)
        except InputError as error:
            return Failure(str(error))
        products.clear_stale()
        self.depot.remove(self._parcel)
        return outcome

    @property
    def _parcel(self) -> str:
        return f"maps/{self.name}.zip"


def image_job(task: Task, look: Look | None, place: Place) -> ImageJob:
    """Return the job of a task at a place, by what is known of its image."""
    size_px = math.prod(look.shape) if look else 0
    if place.depot is not None:
        return SentImageJob(in_full(task), size_px, depot=place.depot)
    return FarImageJob(in_full(task), size_px) if place.is_far else ImageJob(task, size_px)


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
