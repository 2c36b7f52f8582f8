"""Laws of what the classes count for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from riverscape.pixels.balance import class_weights, resampled
from riverscape.pixels.classifiers import fit_colours
from riverscape.pixels.settings import Balance, PixelSettings
from riverscape.pixels.table import SpectralTable

_BALANCES: tuple[Balance, ...] = ("none", "root", "full", "smote-enn")
_TOTALS = st.lists(st.integers(0, 10**12), min_size=1, max_size=9)


@given(_TOTALS, st.sampled_from(_BALANCES))
def test_the_weighted_total_is_the_number_of_pixels(totals: list[int], balance: Balance) -> None:
    pixels = np.array(totals, np.int64)
    weights = class_weights(pixels, balance)
    assert weights @ pixels == pytest.approx(pixels.sum())
    assert np.array_equal(weights > 0, pixels > 0)


@given(_TOTALS)
def test_the_balances_are_powers_of_the_totals(totals: list[int]) -> None:
    pixels = np.array(totals, np.int64)[np.array(totals) > 0]
    for balance, power in (("none", 1), ("root", 0.5), ("full", 0), ("smote-enn", 1)):
        share = class_weights(pixels, balance) * pixels  # type: ignore[arg-type]
        expected = pixels.astype(float) ** power
        assert np.allclose(share / share.sum(), expected / expected.sum())


def _table(pixels: tuple[int, ...], apart: int = 60) -> SpectralTable:
    """Classes of so many pixels, in clouds of three bands, their centres so far apart."""
    rng = np.random.default_rng(0)
    rows, counts = [], []
    for position, number in enumerate(pixels):
        rows.append(rng.normal(40 + apart * position, 6, (number, 3)).clip(0, 255) // 2)
        counts.append(np.eye(len(pixels), dtype=np.int64)[[position] * number])
    return SpectralTable(np.concatenate(rows).astype(np.uint8), np.concatenate(counts), 7).merged()


def _nearest(rows: NDArray[np.uint8]) -> NDArray[np.intp]:
    centres = (40 + 60 * np.arange(3)) / 2
    away = np.abs(rows.mean(axis=1)[:, None] - centres)
    return np.asarray(away.argmin(axis=1))


def test_smote_enn_evens_the_classes_out() -> None:
    pytest.importorskip("imblearn")
    table = _table((60_000, 3_000, 400))
    mixed = resampled(table, seed=0)
    totals = mixed.class_totals
    assert totals.min() > 0.9 * totals.max()
    assert totals.sum() < 60_000  # a bounded draw, not all pixels
    assert mixed.bits == 7
    assert len(np.unique(mixed.rows, axis=0)) == len(mixed.rows)
    row, position = np.nonzero(mixed.counts)
    assert np.mean(_nearest(mixed.rows[row]) == position) > 0.99  # between its own pixels


def test_smote_enn_is_the_same_for_the_same_seed_only() -> None:
    pytest.importorskip("imblearn")
    table = _table((9_000, 300))
    first, second, third = (resampled(table, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.rows, second.rows)
    assert np.array_equal(first.counts, second.counts)
    assert not np.array_equal(first.rows, third.rows)


@pytest.mark.parametrize("few", [1, 2, 5])
def test_a_class_of_a_few_pixels_among_a_million_is_kept(few: int) -> None:
    pytest.importorskip("imblearn")
    rows = np.array([[10, 10, 10], [11, 10, 10], [90, 90, 90]], np.uint8)
    counts = np.array([[600_000, 0, 0], [400_000, 0, 0], [0, 0, few]])
    mixed = resampled(SpectralTable(rows, counts, 7), seed=0)
    assert mixed.present.tolist() == [0, 2]
    assert np.array_equal(mixed.rows, rows)


def test_classes_of_the_same_colours_all_survive_the_editing() -> None:
    """Among twenty such classes hardly a pixel has three neighbours of its own."""
    pytest.importorskip("imblearn")
    rows = np.stack(np.unravel_index(np.arange(32**3), (32, 32, 32)), axis=1).astype(np.uint8)
    table = SpectralTable(rows, np.ones((len(rows), 20), np.int64), 5)
    assert resampled(table, seed=0).present.tolist() == list(range(20))


def test_a_single_colour_is_left_to_its_classes() -> None:
    pytest.importorskip("imblearn")
    table = SpectralTable(np.array([[31, 31, 31]], np.uint8), np.array([[40, 7, 0]]), 5)
    mixed = resampled(table, seed=0)
    assert mixed.rows.tolist() == [[31, 31, 31]]
    assert mixed.present.tolist() == [0, 1]


def test_one_class_alone_needs_no_balance() -> None:
    table = _table((500,))
    assert resampled(table, seed=0) is table


@pytest.mark.parametrize("classifier", ["kde", "gaussian", "boosting"])
def test_classifiers_learn_what_smote_enn_leaves(classifier: str) -> None:
    pytest.importorskip("imblearn")
    table = _table((30_000, 2_000, 60))
    fitted = fit_colours(table, PixelSettings(classifier=classifier), "smote-enn")
    assert fitted is not None
    found = fitted.probabilities(table.rows)
    right = table.counts[np.arange(len(found)), found.argmax(axis=1)].sum()
    assert right / table.counts.sum() > 0.98
