"""What every pixel classifier holds, and what some hold exactly."""

import numpy as np
import pytest

from riverscape.errors import InputError, SettingsError
from riverscape.pixels import PIXEL_CLASSIFIERS, Spectra, SpectralTable, pixel_classifier

_CLASSES = 4


def _scene(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three bands of three classes, well apart, and a position that does not occur (3)."""
    rng = np.random.default_rng(seed)
    positions = rng.integers(0, 3, (120, 90)).astype(np.uint8)
    centres = np.array([[60, 80, 120], [190, 170, 160], [70, 140, 60]])
    pixels = centres[positions] + rng.normal(0, 9, (120, 90, 3))
    return np.moveaxis(pixels, 2, 0).clip(0, 255).astype(np.uint8), positions


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_learns_colours_that_are_apart(name: str) -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    fitted = pixel_classifier(name, 0).fit(spectra.tabulate(positions, _CLASSES))
    probabilities = fitted.probabilities(spectra.rows)
    assert probabilities.shape == (len(spectra.rows), _CLASSES)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.all(probabilities[:, 3] == 0)
    assert np.mean(probabilities.argmax(axis=1)[spectra.index] == positions) > 0.97


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_same_seed_same_answer(name: str) -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    table = spectra.tabulate(positions, _CLASSES)
    first, second = (pixel_classifier(name, 5).fit(table).probabilities(table.rows) for _ in "ab")
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_one_class_is_answered_with_that_class(name: str) -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    table = spectra.tabulate(np.full_like(positions, 2), _CLASSES)
    probabilities = pixel_classifier(name, 0).fit(table).probabilities(table.rows)
    assert np.all(probabilities.argmax(axis=1) == 2)


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_a_single_colour_does_not_break_it(name: str) -> None:
    table = SpectralTable(np.array([[9, 9, 9]], np.uint8), np.array([[4, 7, 0, 0]]), 7)
    probabilities = pixel_classifier(name, 0).fit(table).probabilities(table.rows)
    assert np.isfinite(probabilities).all()


@pytest.mark.parametrize("name", ["kde", "gaussian"])
def test_the_table_is_exact(name: str) -> None:
    """Fitted on distinct colours with counts, or on the list of all pixels: the same bytes."""
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 8)
    table = spectra.tabulate(positions, _CLASSES)
    listed = SpectralTable(
        pixels.reshape(3, -1).T.copy(),
        np.eye(_CLASSES, dtype=np.int64)[positions.ravel()],
        8,
    )
    assert len(table.rows) < len(listed.rows)
    by_table = pixel_classifier(name, 0).fit(table).probabilities(spectra.rows)
    by_list = pixel_classifier(name, 0).fit(listed).probabilities(spectra.rows)
    assert by_table.tobytes() == by_list.tobytes()


@pytest.mark.parametrize("name", ["kde", "forest", "mlp"])
def test_a_rare_class_is_not_lost(name: str) -> None:
    """One per cent of the pixels, at colours that half overlap with the common class."""
    rng = np.random.default_rng(1)
    common, rare = rng.normal(100, 12, (20_000, 3)), rng.normal(135, 12, (200, 3))
    pixels = np.concatenate([common, rare]).clip(0, 255).astype(np.uint8).T[:, :, None]
    positions = np.repeat(np.array([0, 1], np.uint8), [20_000, 200])[:, None]
    spectra = Spectra.of(np.ascontiguousarray(pixels), 7)
    table = spectra.tabulate(positions, 2)
    found = pixel_classifier(name, 0).fit(table).probabilities(spectra.rows).argmax(axis=1)
    assert np.mean(found[spectra.index][positions == 1] == 1) > 0.6


def test_kde_refuses_bands_that_no_grid_holds() -> None:
    table = SpectralTable(np.zeros((1, 8), np.uint8), np.ones((1, 2), np.int64), 7)
    with pytest.raises(InputError, match="up to 5 bands, not 8"):
        pixel_classifier("kde", 0).fit(table)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(SettingsError, match="'svm'; known: kde, mlp, forest, gaussian"):
        pixel_classifier("svm", 0)
