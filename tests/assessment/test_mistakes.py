"""Which mistakes are shown, and what a mistake is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riverscape.assessment.mistakes import (
    Mistake,
    mistakes_table,
    most_confident_mistakes,
    surroundings,
)
from riverscape.labels import PUBLISHED_CLASSES

_WATER, _SEDIMENT = PUBLISHED_CLASSES.classes[:2]


@st.composite
def _tiles(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(0, 40))

    def whole(below: int, *shape: int) -> np.ndarray:
        return draw(arrays(np.int64, shape, elements=st.integers(0, below - 1)))

    return {
        "classes": whole(3, count),
        "probabilities": whole(101, count, 3) / 100,
        "sources": whole(2, count),
        "corners_px": whole(8, count, 2) * 25,
    }


def _kinds(tiles: dict[str, Any]) -> list[tuple[int, int, int]]:
    predicted = tiles["probabilities"].argmax(axis=1)
    named = zip(tiles["sources"], tiles["classes"], predicted, strict=True)
    return [(int(source), int(old), int(new)) for source, old, new in named]


def _distance(tiles: dict[str, Any], one: int, other: int) -> int:
    return int(np.abs(tiles["corners_px"][one] - tiles["corners_px"][other]).max())


@given(_tiles(), st.integers(0, 12), st.sampled_from([0, 50, 100]), st.integers(1, 3))
def test_only_mistakes_most_certain_first_and_within_the_limit(
    tiles: dict[str, Any], limit: int, apart_px: int, per_kind: int
) -> None:
    shown = most_confident_mistakes(**tiles, limit=limit, apart_px=apart_px, per_kind=per_kind)
    certainty = tiles["probabilities"].max(axis=1)
    assert len(set(shown.tolist())) == len(shown) <= limit
    assert (tiles["probabilities"].argmax(axis=1)[shown] != tiles["classes"][shown]).all()
    assert (np.diff(certainty[shown]) <= 0).all()


@given(_tiles(), st.sampled_from([50, 100]))
def test_thinning_keeps_the_most_certain_and_never_two_alike_close_by(
    tiles: dict[str, Any], apart_px: int
) -> None:
    kinds, certainty = _kinds(tiles), tiles["probabilities"].max(axis=1)
    shown = most_confident_mistakes(**tiles, limit=99, apart_px=apart_px).tolist()
    for place, one in enumerate(shown):
        for other in shown[:place]:
            assert kinds[one] != kinds[other] or _distance(tiles, one, other) >= apart_px
    for tile, (_, labelled, predicted) in enumerate(kinds):
        if labelled != predicted and tile not in shown:
            # Whatever is left out, something at least as certain stands for it.
            assert any(
                kinds[other] == kinds[tile]
                and _distance(tiles, tile, other) < apart_px
                and certainty[other] >= certainty[tile]
                for other in shown
            )


@given(_tiles(), st.integers(1, 8), st.integers(1, 3))
def test_a_smaller_limit_shows_some_of_what_a_larger_one_does(
    tiles: dict[str, Any], limit: int, per_kind: int
) -> None:
    few, more = (
        most_confident_mistakes(**tiles, limit=count, apart_px=50, per_kind=per_kind).tolist()
        for count in (limit, limit + 3)
    )
    assert set(few) <= set(more)
    assert few[:1] == more[:1]


@given(_tiles(), st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_order_of_the_tiles_is_no_matter(
    tiles: dict[str, Any], limit: int, shuffler: Any
) -> None:
    count = len(tiles["classes"])
    # No two alike: among tiles of one certainty the order does decide.
    tiles = tiles | {"probabilities": tiles["probabilities"] + np.arange(count)[:, None] / 1e5}
    order = list(range(count))
    shuffler.shuffle(order)
    shuffled = {name: values[order] for name, values in tiles.items()}
    before = most_confident_mistakes(**tiles, limit=limit, apart_px=50)
    after = most_confident_mistakes(**shuffled, limit=limit, apart_px=50)
    assert before.tolist() == [order[place] for place in after]


def test_one_kind_fills_the_sheet_only_where_nothing_else_is_wrong() -> None:
    # Six mistakes of one kind, each surer than the one mistake of another kind.
    probabilities = np.array([[0.0, 0.99 - place / 100] for place in range(6)] + [[0.6, 0.4]])
    tiles = {
        "classes": np.array([0] * 6 + [1]),
        "probabilities": probabilities,
        "sources": np.zeros(7, int),
        "corners_px": np.arange(14).reshape(7, 2) * 100,
    }
    few = most_confident_mistakes(**tiles, limit=4, apart_px=50, per_kind=2)
    assert few.tolist() == [0, 1, 2, 6]
    every = most_confident_mistakes(**tiles, limit=99, apart_px=50, per_kind=2)
    assert every.tolist() == list(range(7))


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        most_confident_mistakes(
            np.zeros(2, int), np.zeros((3, 2)), np.zeros(2, int), np.zeros((2, 2), int), 9, 50
        )


@given(
    st.integers(50, 300),
    st.integers(50, 300),
    st.integers(0, 200),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_surroundings_hold_the_tile_and_are_of_one_size(
    height: int, width: int, margin: int, down: float, right: float
) -> None:
    row, col = round(down * (height - 50)), round(right * (width - 50))
    rows, cols = surroundings((height, width), row, col, tile_px=50, margin_px=margin)
    for span, start, length in ((rows, row, height), (cols, col, width)):
        assert 0 <= span.start <= start <= start + 50 <= span.stop <= length
        assert span.stop - span.start == min(50 + 2 * margin, length)


def _mistake(**changes: Any) -> Mistake:
    facts: dict[str, Any] = {
        "pixels": np.zeros((3, 50, 50), np.uint8),
        "image": "Alder_0001",
        "row_px": 100,
        "col_px": 25,
        "tile_px": 50,
        "labelled": _WATER,
        "predicted": _SEDIMENT,
        "certainty": 0.98,
    }
    return Mistake(**facts | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pixels": np.zeros((50, 50), np.uint8)}, "no \\(band, row, col\\)"),
        ({"pixels": np.zeros((3, 50, 50))}, "float64"),
        ({"pixels": np.zeros((0, 50, 50), np.uint8)}, "no \\(band, row, col\\)"),
        ({"pixels": np.zeros((3, 40, 50), np.uint8)}, "not inside pixels"),
        ({"tile_at": (0, 1)}, "not inside pixels"),
        ({"tile_at": (-1, 0)}, "not inside pixels"),
        ({"tile_px": 0}, "not inside pixels"),
        ({"image": " "}, "without a name"),
        ({"col_px": -1}, "row 100 col -1 is not inside Alder_0001"),
        ({"predicted": _WATER}, "labelled and predicted water"),
        ({"certainty": 1.01}, "not in 0..1"),
        ({"certainty": float("nan")}, "not in 0..1"),
    ],
)
def test_what_is_no_mistake_cannot_be_built(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _mistake(**changes)


def test_the_table_has_its_columns_even_when_empty() -> None:
    columns = ["image", "row", "col", "labelled", "predicted", "certainty"]
    assert list(mistakes_table([]).columns) == columns
    table = mistakes_table([_mistake(), _mistake(row_px=0, certainty=0.5)])
    assert table["row"].tolist() == [100, 0]
    assert table["labelled"].tolist() == ["water", "water"]
