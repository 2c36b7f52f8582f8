"""What came of classifying a survey, as reports need it: images, scores, areas, notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from math import nan
from operator import add
from pathlib import Path

from riverscape.assessment.confusion import ConfusionMatrix
from riverscape.assessment.reliability import Reliability
from riverscape.labels import ClassScheme

__all__ = ["MappedImage", "RunResults"]


@dataclass(frozen=True, eq=False)
class MappedImage:
    """One image of a run.

    Attributes
    ----------
    name, river
        As in the names of its outputs; the river is what stands before the first underscore.
    image, labels
        Where they were when the run was made: a path or an address; labels None where none were.
    shape
        Rows and columns; (0, 0) where the run did not tell.
    pixels
        Pixels of each class in the CSC map, by name.
    areas_m2
        Square metres of each class; empty where the image has no place on Earth.
    matrices
        "CNN" and "CSC": confusion matrices of the two maps; empty without labels.
    reliability
        The same, of confidence and accuracy, as far as confidence was known.
    notes
        What phase 1 and phase 2 had to say.
    seconds
        Time spent in each stage, which overlap; "total" is what passed on the clock.
    has_place
        Whether its maps have a place on Earth; None where the run did not tell.
    """

    name: str
    river: str
    image: str
    labels: str | None = None
    shape: tuple[int, int] = (0, 0)
    pixels: Mapping[str, int] = field(default_factory=dict)
    areas_m2: Mapping[str, float] = field(default_factory=dict)
    matrices: Mapping[str, ConfusionMatrix] = field(default_factory=dict)
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    has_place: bool | None = None

    @property
    def total_seconds(self) -> float:
        """What passed on the clock; NaN where that is not known: stages do not add up to it."""
        return self.seconds.get("total", nan)


@dataclass(frozen=True, eq=False)
class RunResults:
    """A run of `classify` over a survey.

    Attributes
    ----------
    folder
        Where its maps are.
    experiment
        What the run is called in tables: the folder's name.
    model
        The model's name.
    classifier
        The pixel classifier's name.
    scheme
        The classes of the maps.
    images
        In the order of their names.
    failures
        Image name to reason.
    started, finished
        ISO times; finished is None of a run that was broken off.
    version
        The riverscape that made it.
    settings
        By table and name.
    """

    folder: Path
    model: str
    classifier: str
    scheme: ClassScheme
    images: tuple[MappedImage, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str | None = None
    version: str = ""
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def experiment(self) -> str:
        """What the run is called in tables."""
        return self.folder.resolve().name

    @property
    def scored(self) -> tuple[MappedImage, ...]:
        """The images that have labelled pixels: a label raster may be blank."""
        return tuple(
            image
            for image in self.images
            if any(matrix.support for matrix in image.matrices.values())
        )

    def total(self, kind: str) -> ConfusionMatrix | None:
        """Return the confusion matrix of all images, of the "CNN" or "CSC" maps."""
        matrices = [image.matrices[kind] for image in self.scored]
        return reduce(add, matrices) if matrices else None

    def reliability(self, kind: str) -> Reliability | None:
        """Return the reliability over all images, of the "CNN" or "CSC" maps."""
        known = [image.reliability[kind] for image in self.images if kind in image.reliability]
        return reduce(add, known) if known else None
