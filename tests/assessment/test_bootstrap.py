"""Bootstrap intervals over images: drawn alike, scored alike, and as wide as images differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import integers

from riverscape.assessment import ConfusionMatrix
from riverscape.assessment.bootstrap import Bootstrap
from riverscape.labels import PUBLISHED_CLASSES

SCORES = ("f1_weighted", "f1_macro", "accuracy", "kappa", "iou_macro")


def _matrices(images: int, seed: int = 1) -> list[ConfusionMatrix]:
    rng = np.random.default_rng(seed)
    return [
        ConfusionMatrix(
            rng.integers(0, 40, (5, 6)) + 400 * np.eye(5, 6, dtype=np.int64), PUBLISHED_CLASSES
        )
        for _ in range(images)
    ]


@given(counts=arrays(np.int64, (3, 5, 6), elements=integers(0, 4)))
def test_each_draw_scores_as_its_matrix_does(counts: np.ndarray) -> None:
    drawn = Bootstrap.of([ConfusionMatrix(each, PUBLISHED_CLASSES) for each in counts], draws=9)
    for name in SCORES:
        values = drawn.values(name)
        for value, total in zip(values, drawn.counts, strict=True):
            matrix = ConfusionMatrix(total.astype(np.int64), PUBLISHED_CLASSES)
            assert value == pytest.approx(getattr(matrix, name), nan_ok=True)


def test_a_draw_holds_as_many_images_as_the_survey() -> None:
    one = ConfusionMatrix(np.eye(5, 6, dtype=np.int64), PUBLISHED_CLASSES)
    drawn = Bootstrap.of([one] * 7, draws=50)
    assert (drawn.counts.sum(axis=(1, 2)) == 7 * 5).all()


@pytest.mark.parametrize("name", SCORES)
def test_the_interval_holds_the_score_and_narrows_with_more_images(name: str) -> None:
    widths = []
    for images in (5, 80):
        matrices = _matrices(images)
        interval = Bootstrap.of(matrices).interval(name)
        total = matrices[0]
        for matrix in matrices[1:]:
            total = total + matrix
        assert interval.low <= getattr(total, name) <= interval.high
        widths.append(interval.high - interval.low)
    assert 0 < widths[1] < 0.5 * widths[0]


def test_one_image_and_equal_images_leave_nothing_to_draw() -> None:
    (one,) = _matrices(1)
    for matrices in ([one], [one] * 6):
        interval = Bootstrap.of(matrices).interval("accuracy")
        assert interval.low == interval.high == pytest.approx(one.accuracy)


def test_same_seed_same_draws_another_seed_others() -> None:
    matrices = _matrices(6)
    first, again, other = (Bootstrap.of(matrices, seed=seed) for seed in (3, 3, 4))
    assert (first.counts == again.counts).all()
    assert (first.counts != other.counts).any()


def test_the_gain_is_that_of_the_same_images() -> None:
    """Images differ far more than the two maps of one: paired draws see only the latter."""
    before = _matrices(20)
    better = np.zeros((5, 6), np.int64)
    better[0, 0] = 5
    after = [ConfusionMatrix(matrix.counts + better, PUBLISHED_CLASSES) for matrix in before]
    first, second = Bootstrap.of(before), Bootstrap.of(after)
    gain, spread = second.gain(first, "accuracy"), first.interval("accuracy")
    assert 0 < gain.low < gain.high
    assert gain.high - gain.low < 0.1 * (spread.high - spread.low)


def _without(matrix: ConfusionMatrix, position: int) -> ConfusionMatrix:
    """Return the matrix of an image that neither holds a class nor is mapped as it."""
    counts = matrix.counts.copy()
    counts[position] = counts[:, position] = 0
    return ConfusionMatrix(counts, matrix.scheme)


@given(images=integers(2, 12), holding=integers(1, 12), position=integers(0, 4))
def test_images_without_a_class_do_not_move_its_interval(
    images: int, holding: int, position: int
) -> None:
    """A class that is mapped alike wherever it is has that F1, however few images hold it."""
    (one,) = _matrices(1)
    other = _without(one, position)
    matrices = [one if place < holding else other for place in range(images)]
    interval = Bootstrap.of(matrices, draws=99).class_interval(position)
    assert interval.low == pytest.approx(one.classes[position].f1)
    assert interval.high == pytest.approx(one.classes[position].f1)


def test_the_interval_of_a_class_is_that_of_the_draws_that_hold_it() -> None:
    first, *others = _matrices(9)
    drawn = Bootstrap.of([first, *(_without(matrix, 2) for matrix in others)])
    totals = [ConfusionMatrix(counts.astype(np.int64), first.scheme) for counts in drawn.counts]
    for position in range(5):
        scores = [total.classes[position] for total in totals]
        f1 = [score.f1 for score in scores if score.support]
        assert len(f1) == len(totals) or position == 2
        interval = drawn.class_interval(position)
        assert interval.low == pytest.approx(np.quantile(f1, 0.025))
        assert interval.high == pytest.approx(np.quantile(f1, 0.975))


def test_a_class_that_no_image_holds_has_no_interval() -> None:
    matrices = [_without(matrix, 4) for matrix in _matrices(6)]
    assert np.isnan(Bootstrap.of(matrices).class_interval(4).low)


def test_nothing_labelled_has_no_interval_and_no_image_is_refused() -> None:
    empty = ConfusionMatrix(np.zeros((5, 6), np.int64), PUBLISHED_CLASSES)
    assert np.isnan(Bootstrap.of([empty]).interval("f1_weighted").low)
    with pytest.raises(ValueError, match="no image has labels"):
        Bootstrap.of([])
    with pytest.raises(KeyError):
        Bootstrap.of([empty]).values("f2")
