"""Phase 2 learns an image: from a lesson to evidence."""

import numpy as np
import pytest

from riverscape.errors import InputError, SettingsError
from riverscape.pixels import (
    CLASSIFIER_NAMES,
    FEATURES,
    Learned,
    Lesson,
    PixelSettings,
    Posterior,
    TeachingSettings,
    View,
    check_pixel_settings,
    classify_pixels,
    learn_view,
)
from riverscape.progress import Stopwatch

_BLOCK_PX = 10
_COLOURS = np.array([[60, 80, 120], [190, 170, 160], [70, 140, 60]])


def _image(top: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return an image (band, row, col) whose blocks have the colours of the classes of `top`."""
    rng = np.random.default_rng(seed)
    classes = top.repeat(_BLOCK_PX, axis=0).repeat(_BLOCK_PX, axis=1)
    pixels = _COLOURS[classes] + rng.normal(0, 8, (*classes.shape, 3))
    return np.ascontiguousarray(np.moveaxis(pixels.clip(0, 255).astype(np.uint8), 2, 0))


def _lesson(top: np.ndarray, sure: float = 0.96, **teaching: object) -> Lesson:
    blocks = np.full((*top.shape, 3), (1 - sure) / 2, np.float32)
    np.put_along_axis(blocks, top[:, :, None], np.float32(sure), axis=2)
    valid = np.ones((top.shape[0] * _BLOCK_PX, top.shape[1] * _BLOCK_PX), bool)
    settings = TeachingSettings.model_validate({"least_px": 0} | teaching)
    return Lesson.of(blocks, _BLOCK_PX, settings, valid)


def _top() -> np.ndarray:
    top = np.zeros((20, 24), int)
    top[:, 8:16] = 1
    top[:, 16:] = 2
    return top


def _view(pixels: np.ndarray, settings: PixelSettings) -> View:
    names = ("red", "green", "blue")[: len(pixels)]
    return View.whole(pixels, np.ones(pixels.shape[1:], bool), names, settings)


def _learned(pixels: np.ndarray, lesson: Lesson, settings: PixelSettings) -> Learned:
    return learn_view(_view(pixels, settings), lesson, Stopwatch())


def _map(pixels: np.ndarray, lesson: Lesson, **chosen: object) -> np.ndarray:
    settings = PixelSettings.model_validate({"patch_px": 3} | chosen)
    view = _view(pixels, settings)
    learned = learn_view(view, lesson, Stopwatch())
    return classify_pixels(Posterior.of(learned, lesson, view, settings))


@pytest.mark.parametrize("classifier", CLASSIFIER_NAMES)
def test_every_classifier_learns_an_image(classifier: str) -> None:
    top = _top()
    found = _map(_image(top), _lesson(top), classifier=classifier, context=False)
    truth = top.repeat(_BLOCK_PX, axis=0).repeat(_BLOCK_PX, axis=1)
    assert (found == truth).mean() > 0.97


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_can_be_learned_from_beside_the_bands(feature: str) -> None:
    name = "nd:green:red" if feature == "nd" else feature
    top = _top()
    found = _map(_image(top), _lesson(top), features=("median", name), classifier="forest")
    truth = top.repeat(_BLOCK_PX, axis=0).repeat(_BLOCK_PX, axis=1)
    assert (found == truth).mean() > 0.95


@pytest.mark.parametrize("classifier", ["kde", "logistic"])
def test_tiles_that_contradict_their_colours_are_overruled(classifier: str) -> None:
    """A stretch of water that phase 1 is sure is vegetation does not make water vegetation."""
    truth, top = _top(), _top()
    top[5:9, :4] = 2
    lesson, settings = _lesson(top), PixelSettings(classifier=classifier)
    learned = _learned(_image(truth), lesson, settings)
    assert learned.overruled[2] == pytest.approx(16 / 176, abs=0.03)
    assert learned.overruled[0] == learned.overruled[1] == 0
    clean = _learned(_image(truth), _lesson(truth), settings)
    # All but a few of their pixels taught nothing in the end.
    assert learned.taught[2] == pytest.approx(clean.taught[2], rel=0.02)


@pytest.mark.parametrize("power", [0, 1, 16])
def test_tiles_that_are_overruled_are_silent_whatever_the_power(power: float) -> None:
    """What they were weighs nothing, and they do not teach another class instead."""
    truth, top = _top(), _top()
    top[5:9, :4] = 2
    lesson, settings = _lesson(top, certainty_power=power), PixelSettings(classifier="kde")
    learned = _learned(_image(truth), lesson, settings)
    assert learned.overruled[2] > 0
    sure = np.rint(255 * 0.96**power)
    assert learned.taught.tolist() == [sure * blocks * 100 for blocks in (144, 160, 160)]


def test_where_it_is_told_not_to_it_overrules_no_tile() -> None:
    top = _top()
    top[5:9, :4] = 2
    learned = _learned(
        _image(_top()), _lesson(top, overrule=False), PixelSettings(classifier="kde")
    )
    assert not learned.overruled.any()
    assert learned.taught[2] > learned.taught[1]


@pytest.mark.parametrize("classifier", ["kde", "patch"])
def test_where_nothing_is_sure_enough_everything_teaches_and_that_is_known(
    classifier: str,
) -> None:
    """Each pixel counts for 255, the most there is."""
    top, settings = _top(), PixelSettings(classifier=classifier, patch_px=3)
    learned = _learned(_image(top), _lesson(top, threshold=0.99), settings)
    assert learned.unsure
    assert learned.taught.tolist() == [255 * 200 * 80] * 3
    assert not _learned(_image(top), _lesson(top), settings).unsure


@pytest.mark.parametrize("classifier", ["kde", "patch"])
def test_borders_that_leave_nothing_let_everything_teach(classifier: str) -> None:
    """Blocks are sure, but a margin around classes takes all their pixels."""
    top, settings = _top() * 0, PixelSettings(classifier=classifier, patch_px=3)
    top[::2] = 1
    learned = _learned(_image(top), _lesson(top, class_border_px=10), settings)
    assert learned.unsure
    assert learned.taught.tolist() == [255 * 100 * 240] * 2 + [0]


def test_an_image_too_small_to_look_into_is_learned_all_the_same() -> None:
    blocks = np.array([[[0.9, 0.1, 0]]], np.float32)
    lesson = Lesson.of(blocks, 25, TeachingSettings(), np.ones((1, 1), bool))
    assert not _map(np.full((3, 1, 1), 7, np.uint8), lesson).any()


def test_one_class_makes_a_map_of_it() -> None:
    top = np.full((4, 5), 2)
    for classifier in CLASSIFIER_NAMES:
        assert (_map(_image(top), _lesson(top), classifier=classifier) == 2).all()


def test_same_seed_same_map() -> None:
    top = _top()
    for classifier in ("forest", "mlp-small", "patch"):
        one, two = (_map(_image(top), _lesson(top), classifier=classifier, seed=3) for _ in "ab")
        assert one.tobytes() == two.tobytes()


def _check(balance: str = "root", **chosen: object) -> None:
    teaching = TeachingSettings.model_validate({"balance": balance})
    settings = PixelSettings.model_validate(chosen)
    check_pixel_settings(settings, teaching, ("red", "green", "blue"))


def test_settings_are_checked_before_any_image_is_read() -> None:
    with pytest.raises(SettingsError, match="svm"):
        _check(classifier="svm")
    with pytest.raises(SettingsError, match="medain"):
        _check(features=("medain",))
    with pytest.raises(SettingsError, match="no band is called 'nir'"):
        _check(features=("nd:nir:red",))
    with pytest.raises(InputError, match="kde takes up to 5 bands, not 6"):
        _check(classifier="kde", features=("median", "lab"))
    with pytest.raises(SettingsError, match="odd"):
        _check(classifier="patch", patch_px=4)
    with pytest.raises(SettingsError, match="smote-enn"):
        _check(classifier="patch", balance="smote-enn")
    for classifier in CLASSIFIER_NAMES:
        _check(classifier=classifier)


def test_a_feature_that_the_image_cannot_have_is_one_line() -> None:
    top = _top()
    with pytest.raises((InputError, SettingsError), match="three bands"):
        _map(_image(top)[:2], _lesson(top), features=("lab",))
