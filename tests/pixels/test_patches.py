"""Laws of the patch classifier."""

import tracemalloc
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from riverscape.errors import SettingsError
from riverscape.imagery import Window, map_parts, strips
from riverscape.pixels.evidence import Evidence
from riverscape.pixels.patch_network import BLOCK_PX, PatchNetwork, one_blas_thread
from riverscape.pixels.patch_sample import patches_around
from riverscape.pixels.patches import PatchClassifier, PatchEvidence
from riverscape.pixels.settings import Balance

# A sample that is learned in a moment.
_QUICK: dict[str, Any] = {"samples_per_class": 400, "passes": 3}


def _image(bands: int, height_px: int, width_px: int, seed: int = 0) -> np.ndarray:
    """A dark image with a glint and a patch of noise, which Fourier transforms find hard."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(20, 40, (bands, height_px, width_px), dtype=np.uint8)
    pixels[:, : height_px // 3, : width_px // 2] = rng.integers(
        0, 256, (bands, height_px // 3, width_px // 2), dtype=np.uint8
    )
    pixels[:, height_px // 2, width_px // 2] = 255
    return pixels


def _thirds(height_px: int, width_px: int, classes: int) -> np.ndarray:
    position = (np.arange(height_px) * classes // height_px).astype(np.uint8)
    return np.repeat(position[:, None], width_px, axis=1)


def _textures(seed: int = 0, side_px: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """One band of lying and standing streaks that has every level as often in either class."""
    rng = np.random.default_rng(seed)
    positions = np.repeat(np.array([[0, 1]], np.uint8), side_px // 2, axis=1).repeat(side_px, 0)
    pixels = np.empty((side_px, side_px), np.uint8)
    for position, axis in ((0, 1), (1, 0)):
        noise = rng.random((side_px, side_px // 2))
        streaks = noise + np.roll(noise, 1, axis) + np.roll(noise, 2, axis)
        rank = streaks.ravel().argsort().argsort()
        pixels[positions == position] = rank * 256 // rank.size
    return pixels[None], positions


def _learned(
    classifier: PatchClassifier,
    pixels: np.ndarray,
    positions: np.ndarray,
    classes: int,
    weights: np.ndarray | None = None,
) -> PatchEvidence:
    """Return what a classifier says of the whole image that taught it."""
    sample, whole = classifier.sample(classes, len(pixels)), Window(0, 0, *positions.shape)
    weights = np.ones_like(positions) if weights is None else weights
    sample.add(pixels, whole, positions, weights, np.ones(positions.shape, bool), whole)
    return PatchEvidence(pixels, sample.taught, classifier.fit(sample))


@cache
def _fitted() -> PatchEvidence:
    return _learned(PatchClassifier(5, **_QUICK), _image(3, 150, 90), _thirds(150, 90, 3), 3)


@pytest.mark.parametrize(
    ("size_px", "bands", "classes", "shape"),
    [(3, 1, 2, (20, 30)), (5, 3, 3, (70, 65)), (7, 4, 2, (64, 129)), (15, 2, 4, (100, 66))],
)
def test_sweeping_equals_patches_laid_out(
    size_px: int, bands: int, classes: int, shape: tuple[int, int]
) -> None:
    """Convolved by blocks, or each patch on its own through scikit-learn: the same answer."""
    from sklearn.neural_network import MLPClassifier

    pixels = _image(bands, *shape)
    mean = pixels.mean(axis=(1, 2)).astype(np.float32)
    deviation = pixels.std(axis=(1, 2)).astype(np.float32)
    patches = patches_around(pixels, np.arange(np.prod(shape)), size_px)
    listed = (patches - mean[:, None, None]) / deviation[:, None, None]
    listed = listed.reshape(len(patches), -1)
    labels = _thirds(*shape, classes).ravel()
    estimator = MLPClassifier((64, 32, 16), max_iter=4, n_iter_no_change=99, random_state=0)
    for _ in range(4):
        estimator.partial_fit(listed, labels, classes=np.unique(labels))
    network = PatchNetwork.of(estimator, mean, deviation, size_px)
    found = np.exp(PatchEvidence(pixels, np.arange(classes), network).scores(slice(None)))
    expected = np.maximum(estimator.predict_proba(listed), 1e-4)
    assert np.ptp(expected[:, 0]) > 0.5  # it has learned something to compare
    assert np.abs(found.reshape(classes, -1).T - expected).max() < 1e-4


@given(st.integers(0, 150), st.integers(0, 150))
@settings(max_examples=25, deadline=None)
def test_same_bytes_whatever_rows_are_asked(start: int, stop: int) -> None:
    whole = _fitted().scores(slice(None))
    part = _fitted().scores(slice(start, stop))
    assert part.tobytes() == whole[:, start:stop].tobytes()


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_a_window_in_its_place_says_what_the_whole_does(data: st.DataObject) -> None:
    """Blocks are the image's: with as much around a window as they reach, it has its bytes."""
    fitted, (height_px, width_px) = _fitted(), _fitted().shape
    top, left = data.draw(st.integers(0, height_px - 1)), data.draw(st.integers(0, width_px - 1))
    window = Window(
        top, left, data.draw(st.integers(1, height_px - top)),
        data.draw(st.integers(1, width_px - left)),
    )  # fmt: skip
    place = window.grown(BLOCK_PX + 2, fitted.shape)
    pixels = fitted.pixels[:, place.rows, place.cols]
    part = PatchEvidence(pixels, fitted.taught, fitted.network, (place.top, place.left))
    rows, cols = window.within(place)
    found = part.scores(rows)[:, :, cols]
    whole = fitted.scores(slice(None))[:, window.rows, window.cols]
    assert found.tobytes() == whole.tobytes()


def test_threads_change_neither_the_network_nor_the_scores() -> None:
    pixels, positions = _image(4, 150, 90), _thirds(150, 90, 3)
    classifier = PatchClassifier(15, **_QUICK)

    def evidence(blas_threads: int) -> PatchEvidence:
        with threadpool_limits(blas_threads, user_api="blas"):
            return _learned(classifier, pixels, positions, 3)

    one, four = evidence(1), evidence(4)
    with threadpool_limits(4, user_api="blas"):
        parts = map_parts(lambda strip: four.scores(strip.rows), strips(150, 20), threads=4)
    assert np.concatenate(parts, axis=1).tobytes() == one.scores(slice(None)).tobytes()


def test_blas_gets_its_threads_back() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    with threadpool_limits(3, user_api="blas"):
        before = threads()
        with one_blas_thread(), one_blas_thread():
            inside = threads()
        assert (inside, threads()) == ({1}, before)


def test_learns_textures_that_colour_cannot_tell_apart() -> None:
    pixels, positions = _textures()
    lying, standing = (np.bincount(pixels[0][positions == k], minlength=256) for k in (0, 1))
    assert np.array_equal(lying, standing)  # by colour, a guess is as good
    evidence = _learned(PatchClassifier(5), pixels, positions, 2)
    unseen, truth = _textures(seed=1)
    for image in (evidence.pixels, unseen):
        asked: Evidence = PatchEvidence(image, evidence.taught, evidence.network)
        assert np.mean(asked.probabilities(slice(None)).argmax(axis=0) == truth) > 0.9


def test_scores_are_logarithms_of_probabilities() -> None:
    scores = _fitted().scores(slice(10, 90))
    assert scores.shape == (3, 80, 90)
    assert scores.dtype == np.float32
    assert scores.min() >= np.log(np.float32(1e-4))
    assert np.allclose(np.exp(scores).sum(axis=0), 1, atol=3e-4)


def test_one_class_is_answered_with_that_class() -> None:
    pixels = _image(3, 20, 30)
    positions = np.full((20, 30), 2, np.uint8)
    positions[:3] = 9
    evidence = _learned(PatchClassifier(), pixels, positions, 4)
    assert (evidence.shape, evidence.taught.tolist()) == ((20, 30), [2])
    assert np.array_equal(evidence.scores(slice(5, 9)), np.zeros((1, 4, 30)))


def test_nothing_taught_answers_nothing() -> None:
    pixels, positions = _image(1, 8, 9), np.zeros((8, 9), np.uint8)
    evidence = _learned(PatchClassifier(), pixels, positions, 2, np.zeros_like(positions))
    assert evidence.scores(slice(None)).shape == (0, 8, 9)


def test_classes_of_few_pixels_are_learned() -> None:
    pixels, positions = np.full((1, 40, 40), 90, np.uint8), np.full((40, 40), 255, np.uint8)
    pixels[:, :20] = 20
    positions[2:5, 2], positions[30, 30:32] = 1, 3
    evidence = _learned(PatchClassifier(3, passes=60), pixels, positions, 5)
    found = evidence.taught[evidence.scores(slice(None)).argmax(axis=0)]
    assert np.all(found[:19] == 1)
    assert np.all(found[21:] == 3)


def test_an_image_of_one_colour_does_not_break_it() -> None:
    pixels, positions = np.full((2, 9, 9), 7, np.uint8), _thirds(9, 9, 2)
    evidence = _learned(PatchClassifier(15), pixels, positions, 2)
    assert np.isfinite(evidence.scores(slice(None))).all()


def test_same_seed_same_answer() -> None:
    pixels, positions = _image(3, 70, 50), _thirds(70, 50, 3)

    def answer(seed: int) -> bytes:
        evidence = _learned(PatchClassifier(5, seed, **_QUICK), pixels, positions, 3)
        return evidence.scores(slice(None)).tobytes()

    assert answer(5) == answer(5)
    assert answer(5) != answer(6)


def test_balance_weighs_a_rare_class() -> None:
    """Two per cent of the pixels, of colours that half overlap with the common class."""
    rng = np.random.default_rng(0)
    positions = (rng.random((100, 100)) < 0.02).astype(np.uint8)
    pixels = np.where(positions, 125, 100) + rng.normal(0, 12, positions.shape)
    image = pixels.clip(0, 255).astype(np.uint8)[None]

    def share(balance: Balance) -> float:
        classifier = PatchClassifier(3, balance=balance, samples_per_class=4000)
        evidence = _learned(classifier, image, positions, 2)
        return float(evidence.scores(slice(None)).argmax(axis=0).mean())

    assert share("none") < share("root") < share("full")
    assert share("none") < 0.02 < share("full")


def test_memory_grows_with_neither_image_nor_patch() -> None:
    def peak_mb(size_px: int, width_px: int) -> float:
        """Return the most that is held beside the scores while a strip is asked for."""
        rng = np.random.default_rng(0)
        filters = rng.random((64, 4, size_px, size_px), np.float32)
        band = np.ones(4, np.float32)
        last, biases = np.ones((3, 64), np.float32), (np.ones(64, np.float32), band[:3])
        network = PatchNetwork(band, band, filters, (last,), biases)
        pixels = np.zeros((4, 2 * BLOCK_PX, width_px), np.uint8)
        evidence = PatchEvidence(pixels, np.arange(3), network)
        evidence.scores(slice(0, 1))
        tracemalloc.start()
        scores = evidence.scores(slice(None))
        peak = tracemalloc.get_traced_memory()[1] - scores.nbytes
        tracemalloc.stop()
        return peak / 1e6

    peaks = [peak_mb(3, 100), peak_mb(3, 1500), peak_mb(15, 1500)]
    assert max(peaks) < 10
    assert max(peaks) - min(peaks) < 1


@pytest.mark.parametrize("size_px", [1, 4, 17, -3])
def test_a_patch_has_a_middle_and_a_limit(size_px: int) -> None:
    with pytest.raises(SettingsError, match=f"from 3 to 15, not {size_px}; set patch_px"):
        PatchClassifier(size_px)


def test_patches_cannot_be_balanced_as_tables_are() -> None:
    with pytest.raises(SettingsError, match="'smote-enn'; set balance to one of none, root, full"):
        PatchClassifier(balance="smote-enn")
