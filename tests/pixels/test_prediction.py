"""Laws of labelling pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riverscape.pixels import ColourEvidence, Context, Posterior, classify_pixels
from riverscape.pixels.settings import Smoothing


def _case(seed: int, height_px: int, width_px: int, block_px: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    index = rng.integers(0, 50, (height_px, width_px)).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(3), 50).astype(np.float32)
    blocks = (-(-height_px // block_px), -(-width_px // block_px))
    return index, probabilities, rng.dirichlet(np.ones(3), blocks).astype(np.float32)


def _posterior(
    case: tuple[np.ndarray, ...],
    block_px: int,
    weight: float = 0.7,
    smoothing: Smoothing = "none",
    taught: tuple[int, ...] = (0, 1, 2),
) -> Posterior:
    index, probabilities, blocks = case
    evidence = ColourEvidence(index, probabilities, np.array(taught, np.intp))
    guide = (index * 5).astype(np.uint8)
    context = Context(blocks, block_px, weight)
    return Posterior(evidence, guide, np.ones(index.shape, bool), context, smoothing, 3)


def _by_pixel(case: tuple[np.ndarray, ...], block_px: int, weight: float) -> np.ndarray:
    """Score every pixel on its own, as the definition says."""
    index, probabilities, context = case
    height, width = index.shape
    scores = np.zeros((height, width, probabilities.shape[1]))
    logs = np.log(np.maximum(context, 1e-4))
    for row in range(height):
        for col in range(width):
            places = []
            for place, count in ((row, context.shape[0]), (col, context.shape[1])):
                middle = min(max((place + 0.5) / block_px - 0.5, 0), count - 1)
                before = int(middle)
                places.append((before, min(before + 1, count - 1), middle - before))
            (top, bottom, down), (left, right, across) = places
            upper = logs[top, left] * (1 - across) + logs[top, right] * across
            lower = logs[bottom, left] * (1 - across) + logs[bottom, right] * across
            colour = np.log(np.maximum(probabilities[index[row, col]], 1e-4))
            scores[row, col] = colour + weight * (upper * (1 - down) + lower * down)
    return scores


@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40), st.integers(2, 25))
def test_context_is_interpolated_between_block_centres(
    seed: int, height_px: int, width_px: int, block_px: int
) -> None:
    case = _case(seed, height_px, width_px, block_px)
    found = classify_pixels(_posterior(case, block_px))
    scores = _by_pixel(case, block_px, 0.7)
    # Where two classes score alike, rounding may decide.
    top = np.sort(scores, axis=2)
    clear = top[:, :, -1] - top[:, :, -2] > 1e-3
    assert np.array_equal(found[clear], scores.argmax(axis=2)[clear])


def test_without_weight_of_the_context_colour_decides_alone() -> None:
    case = _case(0, 30, 40, 10)
    index, probabilities, _ = case
    expected = probabilities.argmax(axis=1)[index]
    assert np.array_equal(classify_pixels(_posterior(case, 10, weight=0)), expected)


def test_a_class_that_was_not_taught_is_never_answered() -> None:
    case = _case(0, 30, 40, 10)
    case[2][:] = 0, 1, 0  # the tiles know nothing but class 1
    found = classify_pixels(_posterior(case, 10, taught=(0, 2)))
    assert set(np.unique(found)) == {0, 2}


def test_where_nothing_was_taught_the_answer_is_empty() -> None:
    assert not classify_pixels(_posterior(_case(0, 30, 40, 10), 10, taught=())).any()


def test_threads_do_not_change_the_map() -> None:
    for smoothing in ("none", "mean", "guided"):
        posterior = _posterior(_case(3, 500, 60, 25), 25, smoothing=smoothing)
        one = classify_pixels(posterior)
        assert np.array_equal(one, classify_pixels(posterior, threads=4))


def test_smoothing_takes_specks_away() -> None:
    """Noise that colour alone cannot resolve: the mean of a neighbourhood can."""
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 30)[None].repeat(60, axis=0)
    index = np.where(rng.random(truth.shape) < 0.3, 1 - truth, truth).astype(np.int32)
    colours = np.array([[0.7, 0.3], [0.3, 0.7]], np.float32)
    case = index, colours, np.full((6, 6, 2), 0.5, np.float32)
    wrong = [
        (classify_pixels(_posterior(case, 10, smoothing=smoothing, taught=(0, 1))) != truth).mean()
        for smoothing in ("none", "mean")
    ]
    assert wrong[0] > 0.25
    assert wrong[1] < 0.06


def test_invalid_pixels_have_no_say_in_smoothing() -> None:
    """A hole full of another class leaves its neighbours alone."""
    index = np.zeros((20, 20), np.int32)
    index[5:15, 5:15] = 1
    colours = np.array([[0.6, 0.4], [0.01, 0.99]], np.float32)
    posterior = _posterior(
        (index, colours, np.full((2, 2, 2), 0.5, np.float32)), 10, smoothing="mean", taught=(0, 1)
    )
    hole = index == 1
    posterior.valid[hole] = False
    assert not classify_pixels(posterior)[~hole].any()


@given(st.integers(0, 99), st.sampled_from(["none", "mean", "guided"]))
def test_probabilities_add_up_and_agree_with_the_map(seed: int, smoothing: Smoothing) -> None:
    from riverscape.imagery import strips

    posterior = _posterior(_case(seed, 40, 30, 10), 10, smoothing=smoothing)
    strip = strips(40, halo_px=posterior.halo_px)[0]
    probabilities = posterior.probabilities(strip)
    assert np.allclose(probabilities.sum(axis=0), 1, atol=1e-5)
    found = classify_pixels(posterior)
    chosen = np.take_along_axis(probabilities, found[None].astype(np.intp), axis=0)[0]
    assert np.array_equal(chosen, probabilities.max(axis=0))
