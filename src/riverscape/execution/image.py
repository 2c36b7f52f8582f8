"""One image of a survey: classified, scored and written."""

import time
from dataclasses import dataclass

from riverscape.assessment import ConfusionMatrix
from riverscape.execution.products import Products
from riverscape.labels import LabelledImage, read_labels
from riverscape.maps import ClassMap, PercentMap
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Classification, classify

__all__ = ["ImageResult", "Task", "classify_image"]


@dataclass(frozen=True)
class Task:
    """An image, what becomes of it and how."""

    pair: LabelledImage
    products: Products
    settings: Settings
    threads: int


@dataclass(frozen=True)
class ImageResult:
    """What came of one image: where its maps are, and its scores where it has labels."""

    products: Products
    seconds: dict[str, float]
    notes: tuple[str, ...]
    pixels: dict[str, int]
    cnn: ConfusionMatrix | None = None
    csc: ConfusionMatrix | None = None


def classify_image(task: Task, model: Model) -> ImageResult:
    """Classify one image, score it where it has labels, and write its outputs.

    Raises
    ------
    RiverscapeError
        If the image or its labels cannot be used, or an output cannot be written.
    """
    result = classify(task.pair.image, model, task.settings, task.threads)
    labels = _read_reference(task.pair, result)
    scores = {}
    if labels is not None:
        scores = {
            name: ConfusionMatrix.of(labels.codes, class_map.codes, class_map.scheme)
            for name, class_map in (("CNN map", result.cnn), ("CSC map", result.csc))
        }
    started = time.perf_counter()
    _write(task, result, labels, scores)
    return ImageResult(
        task.products,
        {**result.seconds, "write": time.perf_counter() - started},
        result.notes,
        result.csc.pixels(),
        scores.get("CNN map"),
        scores.get("CSC map"),
    )


def _read_reference(pair: LabelledImage, result: Classification) -> ClassMap | None:
    if pair.labels is None:
        return None
    codes = read_labels(pair.labels, result.csc.scheme, result.csc.codes.shape)
    return ClassMap(codes, result.csc.scheme)


def _write(
    task: Task,
    result: Classification,
    labels: ClassMap | None,
    scores: dict[str, ConfusionMatrix],
) -> None:
    products = task.products
    result.cnn.save(products.cnn_map)
    result.csc.save(products.csc_map)
    for kind, bands, names in result.layers.named(result.csc.scheme.names):
        layer = PercentMap(bands, names, result.csc.transform, result.csc.crs)
        layer.save(products.layer(kind))
    if scores:
        from riverscape.reports.tables import save_table

        save_table(scores["CNN map"].scores(), products.cnn_scores)
        save_table(scores["CSC map"].scores(), products.csc_scores)
    if products.figures:
        from riverscape.reports.figure import save_figure

        maps = {"CNN map": result.cnn, "CSC map": result.csc}
        save_figure(products.figure, task.pair.image, maps, labels, scores)
    products.clear_stale()
