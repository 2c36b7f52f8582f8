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
