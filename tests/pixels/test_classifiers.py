"""What every pixel classifier holds, and what some hold exactly."""

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from riverscape.errors import InputError, SettingsError
from riverscape.pixels.balance import class_weights
from riverscape.pixels.classifiers import (
    CLASSIFIER_NAMES,
    PIXEL_CLASSIFIERS,
    FittedClassifier,
    fit_colours,
    pixel_classifier,
)
from riverscape.pixels.estimators import MOST_ROWS, FittedEstimator, Standardisation, fit_estimator
from riverscape.pixels.logistic import Logistic
from riverscape.pixels.settings import Balance, PixelSettings
from riverscape.pixels.spectra import Spectra
from riverscape.pixels.table import SpectralTable

_CLASSES = 4


def _scene(bands: int = 3) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pixels of three classes, well apart, and a position that does not occur (3)."""
    rng = np.random.default_rng(0)
    positions = rng.integers(0, 3, (120, 90)).astype(np.uint8)
    centres = np.array([[60, 80, 120], [190, 170, 160], [70, 140, 60]])
    pixels = centres[positions] + rng.normal(0, 9, (120, 90, 3))
    others = rng.normal(100, 20, (120, 90, bands - 3))  # say nothing of the class
    image = np.moveaxis(np.concatenate([pixels, others], axis=2), 2, 0)
    return np.ascontiguousarray(image.clip(0, 255).astype(np.uint8)), positions


def _fitted(
    name: str, table: SpectralTable, seed: int = 0, balance: Balance = "root"
) -> FittedClassifier:
    return pixel_classifier(name, seed).fit(table, class_weights(table.class_totals, balance))


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_learns_colours_that_are_apart_and_the_same_twice(name: str) -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    table = spectra.tabulate(positions, _CLASSES)
    probabilities = _fitted(name, table, seed=5).probabilities(spectra.rows)
    assert probabilities.shape == (len(spectra.rows), _CLASSES)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.all(probabilities[:, 3] == 0)
    assert np.mean(probabilities.argmax(axis=1)[spectra.index] == positions) > 0.97
    again = _fitted(name, table, seed=5).probabilities(spectra.rows)
    assert probabilities.tobytes() == again.tobytes()


@pytest.mark.parametrize("name", ["forest", "mlp-small"])
def test_another_seed_draws_anew(name: str) -> None:
    pixels, positions = _scene()
    table = Spectra.of(pixels, 7).tabulate(positions, _CLASSES)
    first, second = (_fitted(name, table, seed).probabilities(table.rows) for seed in (5, 6))
    assert first.tobytes() != second.tobytes()


@pytest.mark.parametrize("name", [name for name in PIXEL_CLASSIFIERS if name != "kde"])
def test_learns_six_features(name: str) -> None:
    pixels, positions = _scene(bands=6)
    spectra = Spectra.of(pixels, 7)
    fitted = _fitted(name, spectra.tabulate(positions, _CLASSES))
    found = fitted.probabilities(spectra.rows).argmax(axis=1)[spectra.index]
    assert np.mean(found == positions) > 0.95


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_one_class_is_answered_with_that_class(name: str) -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    table = spectra.tabulate(np.full_like(positions, 2), _CLASSES)
    probabilities = _fitted(name, table).probabilities(table.rows)
    assert np.all(probabilities.argmax(axis=1) == 2)


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_a_single_colour_does_not_break_it(name: str) -> None:
    table = SpectralTable(np.array([[9, 9, 9]], np.uint8), np.array([[4, 7, 0, 0]]), 7)
    probabilities = _fitted(name, table).probabilities(table.rows)
    assert np.isfinite(probabilities).all()
    assert probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["forest", "boosting", "mlp-small"])
def test_a_single_band_of_few_levels_is_learned(name: str) -> None:
    levels = np.arange(32, dtype=np.uint8)[:, None]
    counts = np.where((levels // 4 % 2 == 0) == [[True, False]], 50, 1)  # stripes of four levels
    found = _fitted(name, SpectralTable(levels, counts, 5)).probabilities(levels)
    assert np.array_equal(found.argmax(axis=1), counts.argmax(axis=1))


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
    by_table = _fitted(name, table).probabilities(spectra.rows)
    by_list = _fitted(name, listed).probabilities(spectra.rows)
    assert by_table.tobytes() == by_list.tobytes()


def _rare_scene() -> tuple[SpectralTable, NDArray[np.int64]]:
    """One per cent of the pixels, at colours that half overlap with the common class."""
    rng = np.random.default_rng(1)
    common, rare = rng.normal(100, 12, (20_000, 3)), rng.normal(135, 12, (200, 3))
    pixels = np.concatenate([common, rare]).clip(0, 255).astype(np.uint8).T[:, :, None]
    positions = np.repeat(np.array([0, 1], np.uint8), [20_000, 200])[:, None]
    table = Spectra.of(np.ascontiguousarray(pixels), 7).tabulate(positions, 2)
    return table, table.counts[:, 1]


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_a_rare_class_is_not_lost(name: str) -> None:
    table, rare = _rare_scene()
    found = _fitted(name, table).probabilities(table.rows).argmax(axis=1)
    assert rare[found == 1].sum() / rare.sum() > 0.6


@pytest.mark.parametrize("name", ["kde", "forest", "boosting", "mlp-small"])
def test_balance_gives_a_rare_class_more_pixels(name: str) -> None:
    table, _ = _rare_scene()
    pixels = table.counts.sum(axis=1)
    balances: tuple[Balance, ...] = ("none", "root", "full")
    given = [
        pixels[_fitted(name, table, balance=balance).probabilities(table.rows)[:, 1] > 0.5].sum()
        for balance in balances
    ]
    assert given[0] < given[1] < given[2]


def test_maximum_likelihood_has_equal_priors() -> None:
    table, _ = _rare_scene()
    first, second = (
        _fitted("gaussian", table, balance=balance).probabilities(table.rows)
        for balance in ("none", "full")
    )
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize(
    ("name", "updates"), [("mlp", 35 * 24), ("mlp-deep", 15 * 24), ("mlp-very-deep", 35 * 24)]
)
def test_perceptrons_train_as_long_and_as_stiffly_as_published(name: str, updates: int) -> None:
    table, _ = _rare_scene()
    fitted = _fitted(name, table)
    assert isinstance(fitted, FittedEstimator)
    estimator = fitted.estimator
    assert estimator.t_ == updates * estimator.batch_size
    # scikit-learn adds half of alpha by the batch, Keras l2, to the mean loss of a batch.
    assert 0.5 * estimator.alpha / estimator.batch_size == pytest.approx(0.001)


def test_standardised_by_the_mean_and_deviation_of_all_pixels() -> None:
    pixels, positions = _scene()
    table = Spectra.of(pixels, 7).tabulate(positions, _CLASSES)
    levels = ((pixels >> 1).reshape(3, -1) + 0.5) / 128
    scale = Standardisation.of(table)
    assert np.allclose(scale.mean, levels.mean(axis=1), rtol=1e-12)
    assert np.allclose(scale.deviation, levels.std(axis=1), rtol=1e-12)


class _Onlooker:
    """An estimator that notes what it is given and on how many threads."""

    def fit(
        self, colours: NDArray[np.float32], classes: NDArray[np.intp], sample_weight: object
    ) -> None:
        self.classes_ = np.unique(classes)
        self.rows = len(np.unique(colours, axis=0))
        self.weights = np.asarray(sample_weight)
        self.threads = {pool["num_threads"] for pool in threadpool_info()}
        self.asked = 0

    def predict_proba(self, colours: NDArray[np.float32]) -> NDArray[np.float64]:
        self.threads |= {pool["num_threads"] for pool in threadpool_info()}
        self.asked = max(self.asked, len(colours))
        return np.full((len(colours), len(self.classes_)), 1 / len(self.classes_))


def test_estimators_work_on_one_thread() -> None:
    table, _ = _rare_scene()
    onlooker = _Onlooker()
    with threadpool_limits(2):
        fitted = fit_estimator(onlooker, table, class_weights(table.class_totals, "root"), seed=0)
        fitted.probabilities(table.rows)
    assert onlooker.threads == {1}
    assert onlooker.rows == len(table.rows)  # a table of so few colours is learned whole


def test_estimators_learn_a_bounded_number_of_colours_and_are_asked_in_parts() -> None:
    rows = np.stack(np.unravel_index(np.arange(3 * MOST_ROWS), (128, 128, 128)), axis=1)
    counts = np.ones((len(rows), 2), np.int64)
    table = SpectralTable(rows.astype(np.uint8), counts, 7)
    onlooker = _Onlooker()
    fitted = fit_estimator(onlooker, table, class_weights(table.class_totals, "none"), seed=0)
    assert MOST_ROWS / 2 < onlooker.rows <= MOST_ROWS
    assert onlooker.weights.mean() == pytest.approx(1)
    assert np.all(fitted.probabilities(table.rows) == 0.5)
    assert onlooker.asked < MOST_ROWS


def test_kde_refuses_bands_that_no_grid_holds() -> None:
    table = SpectralTable(np.zeros((1, 8), np.uint8), np.ones((1, 2), np.int64), 7)
    with pytest.raises(InputError, match="up to 5 bands, not 8; use logistic, forest or mlp"):
        _fitted("kde", table)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(SettingsError, match=r"'svm'; known: .*kde, .*, mlp, .*, or module:Class"):
        pixel_classifier("svm", 0)
    assert set(CLASSIFIER_NAMES) - set(PIXEL_CLASSIFIERS) == {"patch"}


@pytest.mark.parametrize("name", PIXEL_CLASSIFIERS)
def test_nothing_taught_is_nothing_fitted(name: str) -> None:
    rows = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    table = SpectralTable(rows, np.zeros((2, _CLASSES), np.int64), 7)
    assert fit_colours(table, PixelSettings(classifier=name), "root") is None


def test_every_colour_gets_an_answer_also_those_that_nobody_taught() -> None:
    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 7)
    positions[:, :45] = 255  # half of the image teaches nothing
    table = spectra.tabulate(positions, _CLASSES)
    assert not table.counts.any(axis=1).all()
    fitted = fit_colours(table, PixelSettings(classifier="boosting"), "full")
    assert fitted is not None
    found = fitted.probabilities(table.rows)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_logistic_regression_is_that_of_scikit_learn(classes: int) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import PolynomialFeatures

    pixels, positions = _scene()
    spectra = Spectra.of(pixels, 6)
    noise = np.random.default_rng(1).integers(0, 9, positions.shape)
    positions = np.where(noise == 0, 0, positions % classes).astype(np.uint8)  # none is separable
    table = spectra.tabulate(positions, _CLASSES)
    weights = class_weights(table.class_totals, "root")
    rows, taught, counted = table.entries(weights)
    colours = np.clip(Standardisation.of(table).applied(table.rows).astype(np.float64), -3, 3)
    terms = PolynomialFeatures(4, include_bias=False).fit_transform(colours)
    known = LogisticRegression(
        C=1 / (Logistic().ridge * counted.sum()), solver="newton-cholesky", tol=1e-9
    ).fit(terms[rows], taught, sample_weight=counted)
    found = Logistic().fit(table, weights).probabilities(table.rows)
    assert np.abs(found[:, :classes] - known.predict_proba(terms)).max() < 1e-3
    assert not found[:, classes:].any()


def test_classes_that_colour_cannot_tell_apart_share_it() -> None:
    rows = np.arange(4, dtype=np.uint8)[:, None] * 60
    table = SpectralTable(rows, np.full((4, 3), 50), bits=8)
    found = Logistic().fit(table, np.ones(3)).probabilities(rows)
    assert np.allclose(found, 1 / 3, atol=1e-6)
