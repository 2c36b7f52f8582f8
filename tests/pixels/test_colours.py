"""Colours found again, and tables of parts added up."""

from functools import reduce
from itertools import permutations
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.imagery import Window
from riverscape.pixels.colours import Colours, TableSum
from riverscape.pixels.draws import mixed, uniform
from riverscape.pixels.table import SpectralTable


def _colours(seed: int, count: int, bands: int, most: int = 256) -> np.ndarray:
    """Return distinct colours (n, band) in no order, at most `count`."""
    rng = np.random.default_rng(seed)
    rows = np.unique(rng.integers(0, most, (count, bands)).astype(np.uint8), axis=0)
    return rng.permutation(rows)


@given(st.integers(0, 99), st.integers(0, 300), st.integers(1, 7), st.sampled_from([2, 16, 256]))
def test_each_colour_is_found_in_its_place_and_no_other_is(
    seed: int, count: int, bands: int, most: int
) -> None:
    rows = _colours(seed, count, bands, most)
    known, others = np.split(rows, [len(rows) * 2 // 3])
    order = np.random.default_rng(seed).permutation(len(known))
    colours = Colours(known)
    assert np.array_equal(colours.places_of(known[order]), order)
    assert (colours.places_of(others) == -1).all()
    assert (Colours(known[:0]).places_of(rows) == -1).all()


def test_colours_of_one_number_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What two colours are mixed to may be the same: it is never enough."""
    rows = np.array([[3, 4], [9, 9]], np.uint8)
    colours = Colours(rows[:1])
    monkeypatch.setattr("riverscape.pixels.colours.mixed", lambda number: number * np.uint64(0))
    assert colours.places_of(rows).tolist() == [0, -1]


def _tables(seed: int, parts: int, bands: int) -> list[SpectralTable]:
    rng = np.random.default_rng(seed)
    tables = []
    for part in range(parts):
        rows = np.unique(rng.integers(0, 9, (rng.integers(1, 60), bands)).astype(np.uint8), axis=0)
        counts = rng.integers(0, 50, (len(rows), 3)) * (rng.random((len(rows), 3)) < 0.5)
        tables.append(SpectralTable(rows, counts + part * 0, 8))
    return tables


def _sum(tables: list[SpectralTable], **most: int) -> SpectralTable:
    total = TableSum(**most)
    for table in tables:
        total.add(table)
    return total.table


def _same(one: SpectralTable, other: SpectralTable) -> bool:
    return np.array_equal(one.rows, other.rows) and np.array_equal(one.counts, other.counts)


@given(st.integers(0, 99), st.integers(1, 9), st.integers(1, 4), st.randoms())
def test_a_sum_is_that_of_all_tables_in_any_order(
    seed: int, parts: int, bands: int, random: object
) -> None:
    tables = _tables(seed, parts, bands)
    order = np.random.default_rng(hash(str(random)) % 999).permutation(parts)
    expected = reduce(add, tables).merged()
    assert _same(_sum(tables), expected)
    assert _same(_sum([tables[place] for place in order]), expected)


@given(st.integers(0, 40), st.integers(1, 60))
@settings(max_examples=30)
def test_where_colours_are_too_many_the_same_are_kept_in_any_order(seed: int, most: int) -> None:
    """With all their pixels: those that come late are not lost, nor those that came early."""
    tables = _tables(seed, 4, 3)
    whole = reduce(add, tables).merged()
    numbers = Colours(whole.rows).numbers
    kept = np.sort(np.argsort(numbers)[:most])
    for order in permutations(tables):
        found = _sum(list(order), most=most)
        assert np.array_equal(found.rows, whole.rows[kept])
        assert np.array_equal(found.counts, whole.counts[kept])


@given(st.integers(0, 40), st.integers(1, 60), st.data())
@settings(max_examples=30)
def test_sums_of_any_groups_add_up_to_the_same(seed: int, most: int, data: st.DataObject) -> None:
    """Also where each group leaves colours out: processes each add up a part of an image."""
    tables = data.draw(st.permutations(_tables(seed, 6, 3)))
    whole = _sum(tables, most=most)
    for _ in range(data.draw(st.integers(0, 5))):
        many = data.draw(st.integers(1, len(tables)))
        tables = [*tables[many:], _sum(tables[:many], most=most)]
    assert _same(_sum(tables, most=most), whole)


def test_a_sum_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no table was added"):
        _ = TableSum().table


def test_numbers_of_a_sample_are_spread_evenly() -> None:
    """So the colours that are kept are a fair sample of all."""
    rows = np.indices((64, 64, 64)).reshape(3, -1).T.astype(np.uint8)
    numbers = Colours(rows).numbers
    assert len(np.unique(numbers)) == len(numbers)
    kept = rows[np.argsort(numbers)[:20_000]]
    for band in kept.T:
        shares = np.bincount(band, minlength=64) / len(kept)
        assert np.abs(shares * 64 - 1).max() < 0.25


@given(st.integers(0, (1 << 32) - 1), st.integers(0, 400_000), st.integers(0, 400_000), st.data())
def test_a_pixel_draws_the_same_in_every_window(
    seed: int, top: int, left: int, data: st.DataObject
) -> None:
    shape = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    whole = uniform(Window(top, left, *shape), seed)
    row, col = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
    alone = uniform(Window(top + row, left + col, 1, 1), seed)
    assert alone[0, 0] == whole[row, col]
    assert ((whole >= 0) & (whole < 1)).all()


def test_draws_are_even_and_do_not_follow_their_neighbours() -> None:
    found = uniform(Window(70_000, 5, 500, 400), seed=1)
    assert abs(found.mean() - 0.5) < 0.003
    assert np.abs(np.bincount((found * 10).astype(int).ravel()) / found.size - 0.1).max() < 0.003
    for axis in (0, 1):
        one, other = found, np.roll(found, 1, axis)
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.01
    second = uniform(Window(70_000, 5, 500, 400), seed=2)
    assert abs(np.corrcoef(found.ravel(), second.ravel())[0, 1]) < 0.01


def test_mixing_loses_no_number() -> None:
    numbers = np.arange(1 << 16, dtype=np.uint64)
    assert len(np.unique(mixed(numbers))) == len(numbers)
