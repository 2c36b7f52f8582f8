"""From maps and label rasters to scores."""

from pathlib import Path

from riverscape.assessment import ConfusionMatrix
from riverscape.errors import InputError, SurveyError
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, read_labels
from riverscape.labels.pairing import find_label
from riverscape.maps import ClassMap, read_class_map, read_scheme

__all__ = ["assess", "assess_maps"]


def assess(
    class_map: ClassMap | Path | str, labels: Path | str, scheme: ClassScheme | None = None
) -> ConfusionMatrix:
    """Score a map against a label raster of the same size.

    Parameters
    ----------
    scheme
        The classes, where `class_map` is a file that does not bring its own; the published five
        without it.

    Raises
    ------
    InputError
        If a file cannot be read, the sizes differ or the labels hold no class.
    """
    if not isinstance(class_map, ClassMap):
        scheme = scheme or read_scheme(class_map) or PUBLISHED_CLASSES
        class_map = read_class_map(class_map, scheme)
    reference = read_labels(Path(labels), class_map.scheme, class_map.codes.shape)
    if not reference.any():
        message = f"{labels} holds no labelled pixel to assess a map by"
        raise InputError(message)
    return ConfusionMatrix.of(reference, class_map.codes, class_map.scheme)


def assess_maps(
    maps: Path, labels: Path, scheme: ClassScheme | None = None
) -> dict[str, ConfusionMatrix]:
    """Score one map, or every CSC map of a folder; return the matrices by image name.

    Parameters
    ----------
    labels
        The label raster of the one map, or the folder in which the label of each map is found
        by the name of its image.

    Raises
    ------
    SurveyError
        If there is no map, or a map has no label raster or does not fit it. All problems are
        listed at once.
    """
    prefix = "CLASS_CSC_"
    files = sorted(maps.glob(f"{prefix}*.tif")) if maps.is_dir() else [maps]
    if not files:
        raise SurveyError(str(maps), [f"no map {prefix}*.tif in the folder"])
    if labels.is_file() and len(files) > 1:
        raise SurveyError(str(maps), [f"{labels} is one label raster for {len(files)} maps"])
    matrices, problems = {}, []
    for file in files:
        name = file.stem.removeprefix(prefix)
        try:
            raster = labels if labels.is_file() else find_label(name, labels)
            matrices[name] = assess(file, raster, scheme)
        except InputError as error:
            problems.append(str(error))
    if len({matrix.scheme for matrix in matrices.values()}) > 1:
        problems.append("the maps are of different classes; assess them one by one")
    if problems:
        raise SurveyError(str(maps), problems)
    return matrices
