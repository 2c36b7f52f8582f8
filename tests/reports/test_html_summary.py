"""The numbers of a report are those of the run."""

from pathlib import Path

import numpy as np
import pytest

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.reports.html.charts import bands, curve, spread
from riverscape.reports.html.facts import image_facts, mistakes
from riverscape.reports.html.summary import figures, matrix_rows, rivers, scores, survey_cover

from ..report_runs import example


def test_rows_of_a_river_add_its_images_up(tmp_path: Path) -> None:
    run = example(tmp_path).run
    alder, heron = rivers(run)
    assert (alder["river"], alder["images"], heron["images"]) == ("Alder", 2, 2)
    total = run.images[0].matrices["CSC"] + run.images[1].matrices["CSC"]
    assert alder["csc"] == f"{total.f1_weighted:.3f}"
    assert heron["least"] == f"{min(i.matrices['CSC'].f1_weighted for i in run.images[2:]):.3f}"


def test_rivers_that_alternate_have_one_row_each(tmp_path: Path) -> None:
    run = example(tmp_path, ["b_1", "a_1", "b_2"]).run
    assert [row["river"] for row in rivers(run)] == ["a", "b"]


def test_land_cover_of_the_survey_is_the_sum(tmp_path: Path) -> None:
    run = example(tmp_path).run
    cover = survey_cover(run)
    assert [held.name for held in cover] == ["water", "dry sediment"]
    water = sum(image.pixels["water"] for image in run.images)
    assert cover[0].share == pytest.approx(water / (4 * 240_000))
    assert sum(held.share for held in cover) == pytest.approx(1)


def test_areas_of_some_images_are_not_taken_for_all(tmp_path: Path) -> None:
    placed, other = example(tmp_path, placed=True).run, example(tmp_path).run
    mixed = type(placed)(tmp_path, "m", "c", placed.scheme, (*placed.images[:3], other.images[3]))
    assert all(held.amount.endswith("px") for held in survey_cover(mixed))
    (area,) = [figure for figure in figures(mixed) if figure.name == "mapped area"]
    assert (area.value, area.more) == ("18.0 ha", "3 images with a place")


def test_scores_are_those_of_all_pixels(tmp_path: Path) -> None:
    run = example(tmp_path).run
    found, csc = scores(run), run.total("CSC")
    assert found is not None
    assert csc is not None
    assert found.rows[0][4] == f"{csc.f1_weighted:.3f}"
    low, high = (float(text) for text in found.rows[0][5].split(" to "))
    assert low <= csc.f1_weighted <= high
    assert [cells[0] for _, cells in found.classes] == ["water", "dry sediment"]
    assert scores(example(tmp_path, labelled=False).run) is None


def test_matrix_leaves_out_what_is_nowhere_and_keeps_pixels_without_class() -> None:
    counts = np.zeros((5, 6), np.int64)
    counts[0] = [90, 0, 9, 0, 0, 1]
    water, green = matrix_rows(ConfusionMatrix(counts, PUBLISHED_CLASSES))
    assert (water.name, green.name) == ("water", "green vegetation")
    shares = [share for share, *_ in water.cells]
    assert shares == ["90.0 %", "9.0 %", "1.0 %"]
    assert [right for *_, right in water.cells] == [True, False, False]
    assert all(not share for share, *_ in green.cells)


def test_mistakes_too_small_to_tell_are_not_told() -> None:
    counts = np.diag([1000, 1000, 0, 0, 0]).astype(np.int64)
    counts = np.column_stack([counts, np.zeros(5, np.int64)])
    counts[0, 1] = 5
    assert mistakes(ConfusionMatrix(counts, PUBLISHED_CLASSES)) == ()
    counts[0, 1] = 50
    assert mistakes(ConfusionMatrix(counts, PUBLISHED_CLASSES)) == (
        "4.8 % of water is mapped as dry sediment",
    )


def test_an_image_without_labels_or_size(tmp_path: Path) -> None:
    run = example(tmp_path, labelled=False).run
    facts = image_facts(run.images[0], run.scheme.names)
    assert facts.f1 == {}
    assert facts.mistakes == ()
    assert [len(row) for row in facts.section["classes"]] == [3, 3]


@pytest.mark.parametrize("images", [1, 5, 300])
def test_every_scored_image_is_in_the_spread(images: int) -> None:
    rng = np.random.default_rng(2)
    values = {str(place): float(value) for place, value in enumerate(rng.uniform(0.3, 1, images))}
    found = spread({"CNN": values, "CSC": dict.fromkeys(values, 1.0)})
    assert found is not None
    for columns in found.rows.values():
        assert sum(column.count for column in columns) == images
        assert all(0 <= column.at <= 1 for column in columns)
    ticks = [at for at, _ in found.ticks]
    assert ticks == sorted(ticks)
    assert (ticks[0], ticks[-1]) == (0, 1)
    assert all(0 <= at <= 1 for at, _ in found.medians.values())


def test_unknown_scores_are_in_no_chart() -> None:
    assert spread({"CNN": {"a": float("nan")}, "CSC": {}}) is None
    assert curve(None) is None


def test_bands_lie_end_to_end(tmp_path: Path) -> None:
    placed = bands(survey_cover(example(tmp_path).run))
    ends = [start + held.share for held, start in placed]
    assert [start for _, start in placed[1:]] == pytest.approx(ends[:-1])
