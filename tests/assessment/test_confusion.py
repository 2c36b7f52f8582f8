"""The confusion matrix against scikit-learn, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from riverscape.assessment import ConfusionMatrix, hold_out
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme

_CODES = st.sampled_from([0, 1, 2, 3, 4, 5])
_RASTERS = st.tuples(
    arrays(np.uint8, (6, 7), elements=_CODES), arrays(np.uint8, (6, 7), elements=_CODES)
)


@given(_RASTERS)
def test_scores_are_those_of_scikit_learn(rasters: tuple[np.ndarray, np.ndarray]) -> None:
    reference, predicted = rasters
    matrix = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    labelled = reference > 0
    if not labelled.any():
        assert np.isnan(matrix.f1_weighted)
        return
    true, found = reference[labelled], predicted[labelled]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        true, found, labels=[1, 2, 3, 4, 5], zero_division=0
    )
    assert np.allclose([s.precision for s in matrix.classes], precision)
    assert np.allclose([s.recall for s in matrix.classes], recall)
    assert np.allclose([s.f1 for s in matrix.classes], f1)
    assert [s.support for s in matrix.classes] == support.tolist()
    iou = metrics.jaccard_score(true, found, labels=[1, 2, 3, 4, 5], average=None, zero_division=0)
    assert np.allclose([s.iou for s in matrix.classes], iou)
    assert np.isclose(matrix.accuracy, metrics.accuracy_score(true, found))
    assert np.isclose(matrix.f1_weighted, np.average(f1, weights=support))
    assert np.isclose(matrix.f1_macro, f1[support > 0].mean())


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    reference = rng.integers(1, 4, (50, 50)).astype(np.uint8)
    predicted = np.where(rng.random((50, 50)) < 0.7, reference, 2).astype(np.uint8)
    matrix = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    expected = metrics.cohen_kappa_score(reference.ravel(), predicted.ravel())
    assert np.isclose(matrix.kappa, expected)


@given(_RASTERS, st.integers(1, 5))
def test_matrices_of_parts_add_up(rasters: tuple[np.ndarray, np.ndarray], cut: int) -> None:
    reference, predicted = rasters
    whole = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    upper = ConfusionMatrix.of(reference[:cut], predicted[:cut], PUBLISHED_CLASSES)
    lower = ConfusionMatrix.of(reference[cut:], predicted[cut:], PUBLISHED_CLASSES)
    assert np.array_equal((upper + lower).counts, whole.counts)


@given(_RASTERS, st.permutations([0, 1, 2, 3, 4]))
def test_reordering_the_classes_permutes_the_matrix(
    rasters: tuple[np.ndarray, np.ndarray], order: list[int]
) -> None:
    reference, predicted = rasters
    other = ClassScheme(tuple(PUBLISHED_CLASSES.classes[place] for place in order))
    before = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    after = ConfusionMatrix.of(reference, predicted, other)
    assert np.array_equal(after.counts, before.counts[np.ix_(order, [*order, 5])])


def test_rows_are_the_reference_and_columns_the_prediction() -> None:
    reference, predicted = np.array([[1, 1]], np.uint8), np.array([[3, 3]], np.uint8)
    frame = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES).frame()
    assert frame.loc["water", "green vegetation"] == 2
    assert frame.index.name == "reference"
    assert frame.columns.name == "predicted"


def test_labelled_pixels_without_a_class_count_as_missed() -> None:
    reference, predicted = np.array([[1, 1]], np.uint8), np.array([[1, 0]], np.uint8)
    matrix = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES)
    assert matrix.classes[0].recall == 0.5
    assert matrix.classes[0].precision == 1
    assert matrix.frame().loc["water", "no class"] == 1


def test_scores_table_has_the_columns_of_the_original() -> None:
    reference, predicted = np.array([[1, 3]], np.uint8), np.array([[1, 2]], np.uint8)
    table = ConfusionMatrix.of(reference, predicted, PUBLISHED_CLASSES).scores()
    assert list(table.columns) == ["class", "precision", "recall", "f1_score", "support"]
    assert table["class"].tolist() == ["water", "dry sediment", "green vegetation", "ALL"]
    assert table["support"].tolist() == [1, 0, 1, 2]


def test_rasters_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        ConfusionMatrix.of(
            np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), PUBLISHED_CLASSES
        )


@given(st.integers(0, 30), st.floats(0, 0.99), st.integers(0, 9))
def test_hold_out_keeps_each_image_on_one_side(count: int, share: float, seed: int) -> None:
    train, validation = hold_out(range(count), share, seed)
    assert sorted(train + validation) == list(range(count))
    assert (len(validation) > 0) == (share > 0 and count > 1)
    assert train or not count
    assert (train, validation) == hold_out(range(count), share, seed)
