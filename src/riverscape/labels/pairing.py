"""Which labels belong to which image: by name and never by order, or by where polygons lie."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from riverscape.errors import InputError, SurveyError
from riverscape.imagery import (
    Source,
    as_source,
    find_images,
    image_name,
    open_raster,
    windows,
)
from riverscape.imagery.survey import IMAGE_SUFFIXES, LABEL_PREFIX
from riverscape.labels.labelled_image import LabelledImage, missing_labels
from riverscape.labels.polygon_labels import PolygonLabels
from riverscape.labels.polygons import CLASS_FIELD, VECTOR_SUFFIXES, PolygonFile, is_polygon_file
from riverscape.labels.rasters import read_labels
from riverscape.labels.scheme import ClassScheme
from riverscape.labels.surveyed import spread

logger = logging.getLogger(__name__)

__all__ = ["LabelledImage", "check_labels", "find_label", "pair_labels"]

_RASTER_SUFFIXES = frozenset({".tif", ".tiff"})
# Pixels of a label raster that are read at a time.
_PART_PX = 1 << 24


def pair_labels(
    sources: Sequence[Source],
    labels: Path | None = None,
    required: bool = False,
    class_field: str = CLASS_FIELD,
    layer: str | None = None,
) -> list[LabelledImage]:
    """Return the images of `sources`, each with its labels.

    The label raster of ``River_0022.jpg`` is ``SCLS_River_0022.tif``, or ``SCLS_River0022.tif``
    as in the published sample data; polygons in its place are ``SCLS_River_0022.gpkg`` and the
    like. It lies beside its image or in the folder `labels`. `labels` may also be a file: with a
    single image the label raster itself, whatever its name; or polygons, each of which labels
    the images that it lies in. Where labels are `required`, images that none lies in are then
    left out, with a warning.

    Parameters
    ----------
    class_field, layer
        Where in files of polygons the classes stand.

    Raises
    ------
    SurveyError
        If an image has two candidates, labels in a folder have no image, or an image has
        no labels where they are `required`. All problems are listed at once.
    """
    images = find_images(sources)
    where = " ".join(map(str, sources))
    if labels is not None and not labels.exists():
        raise SurveyError(where, [f"the labels {labels} do not exist"])
    if labels is not None and labels.is_file():
        if is_polygon_file(labels):
            found = spread(PolygonFile(labels, class_field, layer), images, required)
            return [LabelledImage(image, own) for image, own in found.items()]
        if len(images) > 1:
            problem = f"{labels} is one label raster for {len(images)} images; give a folder"
            raise SurveyError(where, [problem])
        return [LabelledImage(images[0], labels)]
    # Labels of a folder given for something else may outnumber the images asked for: only a
    # folder that is itself the survey promises an image for each of its labels.
    paths = [path for path in map(as_source, sources) if isinstance(path, Path)]
    complete = {path.resolve() for path in paths if path.is_dir()}
    pairs = _Pairing(where, images, labels, complete, required).pairs()
    return [_with_polygons(pair, class_field, layer) for pair in pairs]


def _with_polygons(pair: LabelledImage, class_field: str, layer: str | None) -> LabelledImage:
    if not isinstance(pair.labels, Path) or not is_polygon_file(pair.labels):
        return pair
    own = PolygonLabels(PolygonFile(pair.labels, class_field, layer), pair.image)
    own.polygons().log_notes()
    return LabelledImage(pair.image, own)


def find_label(name: str, folder: Path) -> Path:
    """Return the label raster, or the polygons, in `folder` of the image called `name`.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    if not folder.is_dir():
        message = f"the labels {folder} do not exist"
        raise InputError(message)
    wanted = {label.lower() for label in _label_names(name)}
    found = [path for path in sorted(_label_files(folder)) if path.stem.lower() in wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(_too_many(name, found))
    message = f"{name} has no label raster in {folder}: expected {_label_names(name)[0]}.tif"
    raise InputError(message)


def check_labels(pairs: Sequence[LabelledImage], scheme: ClassScheme, where: str) -> None:
    """Check that every image can be opened and that its labels can be read and fit it.

    Raises
    ------
    SurveyError
        If not; all problems are listed at once.
    """
    problems = []
    for pair in pairs:
        try:
            with open_raster(pair.image) as image:
                shape = image.shape
            if isinstance(pair.labels, PolygonLabels):
                pair.labels.check(scheme)
            elif pair.labels is not None:
                _read_through(pair.labels, scheme, shape)
        except InputError as error:
            problems.append(str(error))
    if problems:
        # What is wrong with polygons of many images is said once.
        raise SurveyError(where, list(dict.fromkeys(problems)))


def _read_through(labels: Path, scheme: ClassScheme, shape: tuple[int, int]) -> None:
    """Read a label raster strip by strip: those of mosaics are larger than memory."""
    rows = max(1, _PART_PX // shape[1])
    for strip in windows(shape, rows, shape[1]):
        read_labels(labels, scheme, shape, strip)


@dataclass(frozen=True)
class _Pairing:
    where: str
    images: list[Source]
    labels: Path | None
    complete: set[Path]
    required: bool

    def pairs(self) -> list[LabelledImage]:
        # Beside an image that lies on a server, nobody looks.
        beside = {image.parent for image in self.images if isinstance(image, Path)}
        folders = beside if self.labels is None else {self.labels}
        by_name: dict[str, list[Path]] = {}
        for path in sorted(path for folder in folders for path in _label_files(folder)):
            by_name.setdefault(path.stem.lower(), []).append(path)
        pairs, problems, owners = [], [], dict[Path, Source]()
        for image in self.images:
            candidates = [
                path
                for name in _label_names(image_name(image))
                for path in by_name.get(name.lower(), [])
            ]
            if len(candidates) > 1:
                problems.append(_too_many(str(image), candidates))
            if not candidates and self.required:
                problems.append(missing_labels(image))
            for path in candidates:
                other = owners.setdefault(path, image)
                if other is not image:
                    names = f"{PurePath(other).name} and {PurePath(image).name}"
                    problems.append(f"{path} fits two images: {names}")
            pairs.append(LabelledImage(image, candidates[0] if len(candidates) == 1 else None))
        problems += self._orphans(by_name, owners)
        problems += [
            f"{path} is no .tif: a label raster is a single-band TIFF of class codes"
            for folder in folders
            for path in sorted(folder.glob(f"{LABEL_PREFIX}*"))
            if path.suffix.lower() in IMAGE_SUFFIXES - _RASTER_SUFFIXES
        ]
        if problems:
            raise SurveyError(self.where, problems)
        if self.labels is not None and not owners:
            logger.warning("no labels in %s fit any image of %s", self.labels, self.where)
        return pairs

    def _orphans(self, by_name: dict[str, list[Path]], owners: dict[Path, Source]) -> list[str]:
        promised = self.complete if self.labels is None else {self.labels.resolve()}
        promised = promised if self.complete else set()
        return [
            f"{path} has no image"
            for paths in by_name.values()
            for path in paths
            if path not in owners and path.parent.resolve() in promised
        ]


def _label_names(name: str) -> list[str]:
    return list(dict.fromkeys([LABEL_PREFIX + name, LABEL_PREFIX + name.replace("_", "", 1)]))


def _too_many(name: str, found: list[Path]) -> str:
    listed = " and ".join(path.name for path in found)
    what = "labels" if any(map(is_polygon_file, found)) else "label rasters"
    return f"{name} has {len(found)} {what}: {listed}; keep one"


def _label_files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _RASTER_SUFFIXES | VECTOR_SUFFIXES
        and path.name.startswith(LABEL_PREFIX)
    ]
