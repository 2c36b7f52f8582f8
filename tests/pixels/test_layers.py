"""Laws of confidence, probabilities and uncertainty."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from riverscape.pixels import (
    ColourEvidence,
    Context,
    Layers,
    LayerSettings,
    Posterior,
    classify_pixels,
    describe_pixels,
)
from riverscape.pixels.settings import Smoothing

CLASSES = 4
ALL = LayerSettings(confidence=True, probabilities=True, uncertainty=True)
SMOOTHINGS: tuple[Smoothing, ...] = ("none", "mean", "guided")


def posterior_of(
    seed: int,
    shape: tuple[int, int],
    taught: list[int],
    weight: float = 1.3,
    smoothing: Smoothing = "none",
) -> Posterior:
    """Return a posterior of random colours and tiles, in which a tenth of the pixels is invalid."""
    rng = np.random.default_rng(seed)
    block_px = int(rng.integers(2, 30))
    blocks = rng.dirichlet(np.full(CLASSES, 0.3), [-(-length // block_px) for length in shape])
    evidence = ColourEvidence(
        rng.integers(0, 50, shape, np.int32),
        rng.dirichlet(np.full(CLASSES, 0.3), 50).astype(np.float32),
        np.array(taught, np.intp),
    )
    return Posterior(
        evidence,
        rng.integers(0, 256, shape, np.uint8),
        rng.random(shape) > 0.1,
        Context(blocks.astype(np.float32), block_px, weight),
        smoothing,
        3,
    )


@st.composite
def posteriors(draw: st.DrawFn) -> Posterior:
    return posterior_of(
        draw(st.integers(0, 999)),
        (draw(st.integers(1, 40)), draw(st.integers(1, 40))),
        sorted(draw(st.sets(st.integers(0, CLASSES - 1), min_size=1))),
        draw(st.sampled_from([0.0, 1.3])),
        draw(st.sampled_from(SMOOTHINGS)),
    )


def mapped(posterior: Posterior) -> NDArray[np.uint8]:
    """Return the positions of the map: 255 where there is no data."""
    return np.where(posterior.valid, classify_pixels(posterior), 255).astype(np.uint8)


def described(posterior: Posterior) -> tuple[NDArray[np.uint8], ...]:
    """Return confidence, probabilities and uncertainty."""
    layers = describe_pixels(posterior, mapped(posterior), ALL)
    assert layers.confidence is not None
    assert layers.probabilities is not None
    assert layers.uncertainty is not None
    return layers.confidence, layers.probabilities, layers.uncertainty


def made(layers: Layers) -> set[str]:
    return {name for name, layer in vars(layers).items() if layer is not None}


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(scores - scores.max(axis=0))
    return np.asarray(shares / shares.sum(axis=0))


def pixels_say(posterior: Posterior) -> NDArray[np.float64]:
    """Return what colour alone says of each pixel, (taught class, row, col)."""
    evidence = posterior.evidence
    assert isinstance(evidence, ColourEvidence)
    colours = evidence.colours[evidence.index][:, :, evidence.taught]
    return softmax(np.log(np.maximum(np.moveaxis(colours, 2, 0), 1e-4).astype(np.float64)))


def tiles_say(posterior: Posterior, weight: float = 1.0) -> NDArray[np.float64]:
    """Return what the tiles around each pixel say, (taught class, row, col), pixel by pixel."""
    context, (height_px, width_px) = posterior.context, posterior.evidence.shape
    logs = np.log(np.maximum(context.probabilities, 1e-4).astype(np.float64))
    scores = np.zeros((len(posterior.evidence.taught), height_px, width_px))
    for row in range(height_px):
        for col in range(width_px):
            places = []
            for place, count in ((row, len(logs)), (col, logs.shape[1])):
                middle = min(max((place + 0.5) / context.block_px - 0.5, 0), count - 1)
                places.append((int(middle), min(int(middle) + 1, count - 1), middle % 1))
            (top, bottom, down), (left, right, across) = places
            upper = logs[top, left] * (1 - across) + logs[top, right] * across
            lower = logs[bottom, left] * (1 - across) + logs[bottom, right] * across
            mixed = upper * (1 - down) + lower * down
            scores[:, row, col] = mixed[posterior.evidence.taught]
    return softmax(weight * scores)


@given(posteriors())
def test_percentages_stand_where_there_are_data_and_nowhere_else(posterior: Posterior) -> None:
    for layer in described(posterior):
        assert layer.dtype == np.uint8
        assert (layer[..., posterior.valid] <= 100).all()
        assert (layer[..., ~posterior.valid] == 255).all()


@given(posteriors(), st.integers(0, 999))
def test_the_confidence_is_the_probability_of_the_class_of_the_map(
    posterior: Posterior, seed: int
) -> None:
    # Of any map: despeckling may have chosen another class than the most probable one.
    positions = np.random.default_rng(seed).integers(0, CLASSES, posterior.valid.shape, np.uint8)
    positions[~posterior.valid] = CLASSES
    layers = describe_pixels(posterior, positions, ALL)
    assert layers.confidence is not None
    assert layers.probabilities is not None
    for position in range(CLASSES):
        here = positions == position
        assert np.array_equal(layers.confidence[here], layers.probabilities[position, here])


@given(posteriors())
def test_the_class_of_the_map_is_the_most_probable_one(posterior: Posterior) -> None:
    confidence, probabilities, _ = described(posterior)
    assert np.array_equal(confidence, probabilities.max(axis=0))


@given(posteriors())
def test_probabilities_add_up_and_classes_that_were_not_taught_have_none(
    posterior: Posterior,
) -> None:
    _, probabilities, _ = described(posterior)
    here = probabilities[:, posterior.valid].astype(int)
    assert (np.abs(here.sum(axis=0) - 100) <= CLASSES / 2).all()
    others = np.setdiff1d(np.arange(CLASSES), posterior.evidence.taught)
    assert not here[others].any()


@given(posteriors())
def test_probabilities_are_those_of_colour_and_tiles_together(posterior: Posterior) -> None:
    posterior = replace(posterior, smoothing="none")
    _, probabilities, _ = described(posterior)
    both = pixels_say(posterior) * tiles_say(posterior, posterior.context.weight)
    expected = 100 * both / both.sum(axis=0)
    found = probabilities[posterior.evidence.taught]
    assert (np.abs(found - expected)[:, posterior.valid] <= 0.51).all()


@given(posteriors())
def test_entropy_and_margin_are_those_of_the_probabilities(posterior: Posterior) -> None:
    posterior = replace(posterior, smoothing="none")
    both = pixels_say(posterior) * tiles_say(posterior, posterior.context.weight)
    shares = np.zeros((CLASSES, *posterior.valid.shape))
    shares[posterior.evidence.taught] = both / both.sum(axis=0)
    logs = np.log(np.maximum(shares, 1e-300))
    entropy = -(shares * logs).sum(axis=0) / np.log(CLASSES)
    *_, second, best = np.sort(shares, axis=0)
    _, _, uncertainty = described(posterior)
    for found, expected in zip(uncertainty, (entropy, best - second), strict=False):
        assert (np.abs(found - 100 * expected)[posterior.valid] <= 0.51).all()


@given(posteriors())
def test_disagreement_is_the_total_variation_of_tiles_and_pixels(posterior: Posterior) -> None:
    apart = np.abs(pixels_say(posterior) - tiles_say(posterior)).sum(axis=0) / 2
    _, _, uncertainty = described(posterior)
    assert (np.abs(uncertainty[2] - 100 * apart)[posterior.valid] <= 0.51).all()


def single(colour: list[float], tile: list[float], taught: list[int]) -> list[list[int]]:
    """Return confidence, entropy, margin and disagreement of a pixel of that colour and tile."""
    evidence = ColourEvidence(
        np.zeros((1, 1), np.int32), np.array([colour], np.float32), np.array(taught, np.intp)
    )
    context = Context(np.array([[tile]], np.float32), 1, 0.0)
    grey, valid = np.zeros((1, 1), np.uint8), np.ones((1, 1), bool)
    posterior = Posterior(evidence, grey, valid, context)
    confidence, _, uncertainty = described(posterior)
    return [confidence[0].tolist(), *uncertainty[:, 0].tolist()]


@pytest.mark.parametrize(
    ("colour", "tile", "taught", "expected"),
    [
        ([1, 0], [1, 0], [0, 1], [100, 0, 100, 0]),
        ([1, 0], [0, 1], [0, 1], [100, 0, 100, 100]),
        ([0.5, 0.5], [0.5, 0.5], [0, 1], [50, 100, 0, 0]),
        ([0.75, 0.25], [0.25, 0.75], [0, 1], [75, 81, 50, 50]),
        # As uncertain as can be of two of four classes.
        ([0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 1], [50, 50, 0, 0]),
        # What tiles say of classes that were not taught does not count.
        ([0.5, 0, 0.5, 0], [0.1, 0.8, 0.1, 0], [0, 2], [50, 50, 0, 0]),
        # Where but one class was taught nothing else can be.
        ([0, 1, 0], [1, 0, 0], [1], [100, 0, 100, 0]),
        ([1], [1], [0], [100, 0, 100, 0]),
    ],
)
def test_uncertainty_in_plain_cases(
    colour: list[float], tile: list[float], taught: list[int], expected: list[int]
) -> None:
    assert single(colour, tile, taught) == [[value] for value in expected]


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_threads_do_not_change_the_layers(smoothing: Smoothing) -> None:
    posterior = posterior_of(0, (700, 30), [0, 1, 3], smoothing=smoothing)
    one, four = (describe_pixels(posterior, mapped(posterior), ALL, threads) for threads in (1, 4))
    for name in ("confidence", "probabilities", "uncertainty"):
        assert np.array_equal(getattr(one, name), getattr(four, name))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("name", ["confidence", "probabilities", "uncertainty"])
def test_what_else_is_asked_for_does_not_change_a_layer(name: str, smoothing: Smoothing) -> None:
    posterior = posterior_of(1, (150, 20), [0, 2, 3], smoothing=smoothing)
    together = describe_pixels(posterior, mapped(posterior), ALL)
    alone = describe_pixels(posterior, mapped(posterior), LayerSettings(**{name: True}))
    assert np.array_equal(getattr(alone, name), getattr(together, name))
    assert made(alone) == {name}


def test_nothing_asked_is_nothing_made() -> None:
    posterior = posterior_of(0, (5, 5), [0, 1])
    assert not made(describe_pixels(posterior, mapped(posterior), LayerSettings()))


def test_where_nothing_was_taught_nothing_is_said() -> None:
    posterior = posterior_of(0, (9, 8), [])
    for layer in described(posterior):
        assert (layer == 255).all()
