"""From maps and labels to scores."""

from pathlib import Path

from riverscape.assessment import ConfusionMatrix
from riverscape.errors import InputError, SurveyError
from riverscape.labels import (
    PUBLISHED_CLASSES,
    ClassScheme,
    PolygonFile,
    PolygonLabels,
    read_labels,
)
from riverscape.labels.pairing import find_label
from riverscape.labels.polygons import CLASS_FIELD, is_polygon_file
from riverscape.labels.surveyed import spread
from riverscape.maps import ClassMap, read_class_map, read_scheme

__all__ = ["assess", "assess_maps"]


def assess(
    class_map: ClassMap | Path | str,
    labels: Path | str | PolygonLabels,
    scheme: ClassScheme | None = None,
) -> ConfusionMatrix:
    """Score a map against a label raster of the same size, or against polygons in it.

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
    matrix = _compared(class_map, labels, scheme)
    if not matrix.support:
        raise InputError(_blank(labels))
    return matrix


def _blank(labels: Path | str | PolygonLabels) -> str:
    return f"{labels} holds no labelled pixel to assess a map by"


def _compared(
    class_map: ClassMap | Path | str,
    labels: Path | str | PolygonLabels,
    scheme: ClassScheme | None,
) -> ConfusionMatrix:
    if not isinstance(class_map, ClassMap):
        scheme = scheme or read_scheme(class_map) or PUBLISHED_CLASSES
        class_map = read_class_map(class_map, scheme)
    if isinstance(labels, str):
        labels = Path(labels)
    reference = read_labels(labels, class_map.scheme, class_map.codes.shape)
    return ConfusionMatrix.of(reference, class_map.codes, class_map.scheme)


def assess_maps(
    maps: Path,
    labels: Path,
    scheme: ClassScheme | None = None,
    class_field: str = CLASS_FIELD,
    layer: str | None = None,
) -> dict[str, ConfusionMatrix]:
    """Score one map, or every CSC map of a folder; return the matrices by image name.

    Parameters
    ----------
    labels
        The label raster of the one map, or the folder in which the label of each map is found
        by the name of its image; or a file of polygons: maps that none lies in are left out.
    class_field, layer
        Where in files of polygons the classes stand.

    Raises
    ------
    SurveyError
        If there is no map, a map has no label raster or does not fit it, or no label raster holds
        a labelled pixel: some may be blank. All problems are listed at once.
    """
    prefix = "CLASS_CSC_"
    files = sorted(maps.glob(f"{prefix}*.tif")) if maps.is_dir() else [maps]
    if not files:
        raise SurveyError(str(maps), [f"no map {prefix}*.tif in the folder"])
    drawn: dict[Path, PolygonLabels] = {}
    if labels.is_file() and is_polygon_file(labels):
        drawn = _drawn(PolygonFile(labels, class_field, layer), files)
    elif labels.is_file() and len(files) > 1:
        raise SurveyError(str(maps), [f"{labels} is one label raster for {len(files)} maps"])
    matrices, problems = {}, []
    for file in drawn or files:
        name = file.stem.removeprefix(prefix)
        try:
            own = drawn.get(file) or (labels if labels.is_file() else find_label(name, labels))
            if isinstance(own, Path) and is_polygon_file(own):
                own = PolygonLabels(PolygonFile(own, class_field, layer), file)
            matrices[name] = _compared(file, own, scheme)
        except InputError as error:
            problems.append(str(error))
    if len({matrix.scheme for matrix in matrices.values()}) > 1:
        problems.append("the maps are of different classes; assess them one by one")
    if not problems and not any(matrix.support for matrix in matrices.values()):
        problems.append(_blank(labels))
    if problems:
        raise SurveyError(str(maps), problems)
    return matrices


def _drawn(file: PolygonFile, maps: list[Path]) -> dict[Path, PolygonLabels]:
    """Return the maps that polygons lie in, each with them."""
    found = spread(file, maps, only_labelled=True)
    return {Path(class_map): own for class_map, own in found.items() if own is not None}
