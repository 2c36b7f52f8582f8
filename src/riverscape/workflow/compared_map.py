"""Maps of the same images by several methods, and the tables that compare their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import LabelledImage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ComparedMap", "Method", "comparison_summary", "comparison_table"]

Method = Literal["traditional", "CNN map", "CSC"]


@dataclass(frozen=True, eq=False)
class ComparedMap:
    """How the map that a method made of an image agrees with the image's labels.

    Attributes
    ----------
    classifier
        Name of the pixel classifier; of a CNN map, name of the model.
    fit_seconds
        Time to fit the classifier. A traditional one may serve several images: each bears an
        equal share.
    seconds
        Time from the image on disk to its map, `fit_seconds` among them. The tables that teach
        the traditional classifiers are made once for all of them and are not counted.
    """

    pair: LabelledImage
    method: Method
    classifier: str
    matrix: ConfusionMatrix
    fit_seconds: float
    seconds: float


def comparison_table(maps: Sequence[ComparedMap]) -> "pd.DataFrame":
    """Return a row for each map and class, ALL for the mean weighted by support.

    Columns are image, river, method, classifier, class, precision, recall, f1_score, support
    (labelled pixels), fit_seconds and seconds; the two last are those of the map.
    """
    head = ["image", "river", "method", "classifier"]
    scores = ["class", "precision", "recall", "f1_score", "support"]
    rows = [
        one.matrix.scores().assign(
            image=one.pair.name,
            river=one.pair.river,
            method=one.method,
            classifier=one.classifier,
            fit_seconds=one.fit_seconds,
            seconds=one.seconds,
        )
        for one in maps
    ]
    columns = [*head, *scores, "fit_seconds", "seconds"]
    import pandas as pd

    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def comparison_summary(maps: Sequence[ComparedMap]) -> "pd.DataFrame":
    """Return a row for each method and classifier, over all images.

    Columns are method, classifier, images, f1_mean, f1_median and f1_least of the images' F1
    weighted by support, f1_macro (mean over the images of the mean F1 of their classes), and
    fit_seconds and seconds, means an image.
    """
    columns = ["method", "classifier", "images", "f1_mean", "f1_median", "f1_least", "f1_macro"]
    columns += ["fit_seconds", "seconds"]
    found: dict[tuple[str, str], list[ComparedMap]] = {}
    for one in maps:
        found.setdefault((one.method, one.classifier), []).append(one)
    rows = []
    for head, group in found.items():
        f1 = np.array([one.matrix.f1_weighted for one in group])
        means = np.mean(
            [(one.matrix.f1_macro, one.fit_seconds, one.seconds) for one in group], axis=0
        )
        rows.append((*head, len(group), f1.mean(), np.median(f1), f1.min(), *means))
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)
