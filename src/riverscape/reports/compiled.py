"""The compiled table: the scores of all images of one run or several, a row each class and map."""

from collections.abc import Iterator, Sequence
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from riverscape.assessment import ConfusionMatrix, MappedImage, RunResults
from riverscape.errors import InputError
from riverscape.outputs import whole_file
from riverscape.reports.experiments import experiment_names
from riverscape.reports.tables import save_table

__all__ = ["ALL_CLASSES", "COMPILED_NAMES", "compiled_table", "save_compiled"]

ALL_CLASSES = "ALL"
"""What stands as the class in the rows of a whole map."""
COMPILED_NAMES = ("compiled.csv", "compiled.parquet")
"""The files of the table."""

_COLUMNS = (
    *("class", "f1_score", "support", "RiverName", "Image", "type", "experiment", "model"),
    *("precision", "recall", "IoU", "share", "f1_macro", "IoU_macro", "accuracy", "kappa"),
)


def compiled_table(runs: Sequence[RunResults]) -> pd.DataFrame:
    """Return the scores of every labelled image of the runs, tidy: a row each class and map.

    The first eight columns are the original's: class, f1_score in per cent, support in pixels,
    RiverName, Image, type ("CNN", or the name of the pixel classifier that made the CSC map),
    experiment (the run's folder) and model.

    precision, recall and IoU are in per cent too, and share, the class's part of the labelled
    pixels. A class that the map holds and the labels do not has a row whose support is 0: f1_score,
    recall and IoU are NaN there, since nothing of it could have been found. In rows of the class
    ALL, the scores are means over the classes weighted by support; only there stand f1_macro and
    IoU_macro, the plain means, and accuracy, each in per cent, and kappa, -1..1.

    Raises
    ------
    InputError
        If no image of the runs has labels.

    Examples
    --------
    >>> import numpy as np
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> matrix = ConfusionMatrix.of(np.uint8([[1, 1, 3]]), np.uint8([[1, 3, 3]]), PUBLISHED_CLASSES)
    >>> image = MappedImage("Alder_1", "Alder", "Alder_1.jpg", matrices={"CSC": matrix})
    >>> run = RunResults(Path("maps"), "ste-marguerite", "kde", PUBLISHED_CLASSES, (image,))
    >>> compiled_table([run]).loc[:, "class":"type"].round(1)
                  class  f1_score  support RiverName    Image type
    0             water      66.7        2     Alder  Alder_1  kde
    1  green vegetation      66.7        1     Alder  Alder_1  kde
    2               ALL      66.7        3     Alder  Alder_1  kde
    """
    rows = [
        row | {"experiment": experiment, "model": run.model}
        for run, experiment in zip(runs, experiment_names(runs), strict=True)
        for image in run.images
        for row in _image_rows(image, run.classifier)
    ]
    if not rows:
        folders = ", ".join(str(run.folder) for run in runs)
        message = (
            f"{folders}: no image was classified with labels, so there are no scores to compile; "
            "classify again with --labels"
        )
        raise InputError(message)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def save_compiled(table: pd.DataFrame, folder: Path) -> tuple[Path, ...]:
    """Write the table into a folder as compiled.csv and compiled.parquet, each whole or not at all.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    csv, parquet = (folder / name for name in COMPILED_NAMES)
    save_table(table, csv)
    with whole_file(parquet) as aside:
        table.to_parquet(aside, engine="pyarrow", index=False)
    return csv, parquet


def _image_rows(image: MappedImage, classifier: str) -> Iterator[dict[str, Any]]:
    for kind, matrix in image.matrices.items():
        what = {
            "RiverName": image.river,
            "Image": image.name,
            "type": classifier if kind == "CSC" else kind,
        }
        if matrix.support:
            yield from (row | what for row in _matrix_rows(matrix))


def _matrix_rows(matrix: ConfusionMatrix) -> Iterator[dict[str, Any]]:
    total = matrix.support
    held = matrix.held
    for score in held:
        # Of a class that nobody labelled nothing can be found: no score, rather than none right.
        known = 100 if score.support else nan
        yield {
            "class": score.name,
            "f1_score": known * score.f1,
            "support": score.support,
            "precision": 100 * score.precision,
            "recall": known * score.recall,
            "IoU": known * score.iou,
            "share": 100 * score.support / total,
        }
    names = {"f1_score": "f1", "precision": "precision", "recall": "recall", "IoU": "iou"}
    yield {
        "class": ALL_CLASSES,
        "support": matrix.support,
        "share": 100.0,
        "f1_macro": 100 * matrix.f1_macro,
        "IoU_macro": 100 * matrix.iou_macro,
        "accuracy": 100 * matrix.accuracy,
        "kappa": matrix.kappa,
        **{
            name: 100 * sum(getattr(score, field) * score.support for score in held) / total
            for name, field in names.items()
        },
    }
