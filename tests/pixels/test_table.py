"""Laws of the spectral table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riverscape.pixels import Spectra, SpectralTable

_CLASSES = 3


@st.composite
def images(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    bands = draw(st.integers(1, 4))
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 12)))
    pixels = draw(arrays(np.uint8, (bands, *shape)))
    positions = draw(arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 2, 255])))
    return pixels, positions


def _table(pixels: np.ndarray, positions: np.ndarray, bits: int) -> SpectralTable:
    return Spectra.of(pixels, bits).tabulate(positions, _CLASSES)


@given(images(), st.integers(4, 8))
def test_every_pixel_finds_its_colour(image: tuple[np.ndarray, np.ndarray], bits: int) -> None:
    pixels, _ = image
    spectra = Spectra.of(pixels, bits)
    assert np.array_equal(np.moveaxis(spectra.rows[spectra.index], 2, 0), pixels >> (8 - bits))
    assert len(np.unique(spectra.rows, axis=0)) == len(spectra.rows)


@given(images(), st.integers(4, 8))
def test_counts_are_those_of_the_pixels(image: tuple[np.ndarray, np.ndarray], bits: int) -> None:
    pixels, positions = image
    table = _table(pixels, positions, bits)
    colours = (pixels >> (8 - bits)).reshape(len(pixels), -1).T
    for row, counts in zip(table.rows, table.counts, strict=True):
        here = (colours == row).all(axis=1)
        expected = [np.sum(positions.ravel()[here] == position) for position in range(_CLASSES)]
        assert counts.tolist() == expected


@given(images(), st.integers(4, 8), st.data())
def test_tables_of_parts_add_up_to_that_of_the_whole(
    image: tuple[np.ndarray, np.ndarray], bits: int, data: st.DataObject
) -> None:
    pixels, positions = image
    cut = data.draw(st.integers(0, pixels.shape[1]))
    parts = [
        _table(pixels[:, rows], positions[rows], bits)
        for rows in (slice(cut), slice(cut, None))
        if positions[rows].size
    ]
    total = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    whole = _table(pixels, positions, bits)
    assert np.array_equal(total.rows, whole.rows)
    assert np.array_equal(total.counts, whole.counts)


def test_tables_of_different_bits_do_not_add_up() -> None:
    rows, counts = np.zeros((1, 3), np.uint8), np.zeros((1, 2), np.int64)
    with pytest.raises(ValueError, match="do not add up"):
        SpectralTable(rows, counts, 7) + SpectralTable(rows, counts, 8)


def test_counts_must_be_whole_and_fit() -> None:
    rows = np.zeros((2, 3), np.uint8)
    with pytest.raises(ValueError, match="do not fit"):
        SpectralTable(rows, np.zeros((1, 2), np.int64), 7)
    with pytest.raises(ValueError, match="whole numbers"):
        SpectralTable(rows, np.zeros((2, 2)), 7)  # type: ignore[arg-type]


def test_more_bits_than_a_direct_table_holds() -> None:
    """Four bands of eight bits are found by sorting instead; the answer is the same."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 30, 40)).astype(np.uint8)
    spectra = Spectra.of(pixels, 8)
    assert np.array_equal(np.moveaxis(spectra.rows[spectra.index], 2, 0), pixels)


def test_threads_do_not_change_the_colours() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 40, (3, 700, 50)).astype(np.uint8)
    one, four = Spectra.of(pixels, 7), Spectra.of(pixels, 7, threads=4)
    assert np.array_equal(one.rows, four.rows)
    assert np.array_equal(one.index, four.index)


@given(images(), st.integers(4, 8), st.data())
def test_a_weight_counts_a_pixel_that_many_times(
    image: tuple[np.ndarray, np.ndarray], bits: int, data: st.DataObject
) -> None:
    pixels, positions = image
    weights = data.draw(arrays(np.uint8, positions.shape))
    spectra = Spectra.of(pixels, bits)
    table = spectra.tabulate(positions, _CLASSES, weights)
    for position in range(_CLASSES):
        taught = np.where(positions == position, weights, 0).ravel()
        expected = [taught[spectra.index.ravel() == row].sum() for row in range(len(spectra.rows))]
        assert table.counts[:, position].tolist() == expected


@st.composite
def tables(draw: st.DrawFn) -> SpectralTable:
    rows = draw(st.integers(1, 60))
    counts = draw(arrays(np.int64, (rows, _CLASSES), elements=st.sampled_from([0, 0, 1, 7, 900])))
    return SpectralTable(np.arange(rows, dtype=np.uint8)[:, None], counts, 8)


@given(tables(), st.integers(_CLASSES, 70), st.integers(0, 9))
def test_a_draw_is_bounded_and_keeps_the_totals(table: SpectralTable, most: int, seed: int) -> None:
    few = table.sampled(most, seed)
    assert len(few.rows) <= most
    assert np.array_equal(few.class_totals, table.class_totals)
    assert np.issubdtype(few.counts.dtype, np.integer)
    # A colour is drawn for a class that it occurs in, or not at all.
    assert np.all(table.counts[few.rows[:, 0]][few.counts > 0] > 0)
    again = table.sampled(most, seed)
    assert np.array_equal(few.rows, again.rows)
    assert np.array_equal(few.counts, again.counts)


def test_a_table_that_is_small_enough_is_left_as_it_is() -> None:
    table = SpectralTable(np.arange(9, dtype=np.uint8)[:, None], np.ones((9, 2), np.int64), 8)
    assert table.sampled(9, seed=0) is table
    with pytest.raises(ValueError, match="1 colours are too few for 2 classes"):
        table.sampled(1, seed=0)


def test_a_class_of_few_colours_keeps_them_all() -> None:
    counts = np.zeros((200, 3), np.int64)
    counts[:, 0] = np.arange(200) + 1
    counts[50:150, 1] = 10
    counts[[7, 90], 2] = 3, 4000
    few = SpectralTable(np.arange(200, dtype=np.uint8)[:, None], counts, 8).sampled(60, seed=0)
    kept = few.counts[few.counts[:, 2] > 0]
    assert kept[:, 2].tolist() == [3, 4000]
    assert 20 < np.count_nonzero(few.counts[:, 0]) < 30  # of 29 draws, some of them alike
    assert 20 < np.count_nonzero(few.counts[:, 1]) <= 29


def test_a_draw_is_right_on_average() -> None:
    counts = np.array([[1], [2], [40], [0], [300], [9], [50], [5]])
    table = SpectralTable(np.arange(8, dtype=np.uint8)[:, None], counts, 8)
    total = np.zeros(8)
    for seed in range(4000):
        few = table.sampled(4, seed)
        total[few.rows[:, 0]] += few.counts[:, 0]
    assert np.allclose(total / 4000, counts[:, 0], atol=2.5)


@given(images(), st.integers(4, 8))
def test_entries_count_for_their_pixels_times_the_weight_of_the_class(
    image: tuple[np.ndarray, np.ndarray], bits: int
) -> None:
    table = _table(*image, bits)
    if not len(table.present):
        return
    weights = np.array([0.5, 1.0, 3.0])
    row, position, counted = table.entries(weights)
    assert len(row) == np.count_nonzero(table.counts)
    assert np.isclose(counted.mean(), 1)
    by_class = np.bincount(position, counted, _CLASSES)
    expected = weights * table.class_totals
    assert np.allclose(by_class / by_class.sum(), expected / expected.sum())
