"""The numbers of a report are those of the run."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import integers

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.reports.html.charts import bands, curve, spread
from riverscape.reports.html.facts import image_facts, mistakes
from riverscape.reports.html.matrices import matrix_table
from riverscape.reports.html.summary import figures, rivers, scores, survey_cover, working_time

from ..report_runs import example
from .made_runs import image_of, matrix_of, run_of


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
    table = matrix_table(ConfusionMatrix(counts, PUBLISHED_CLASSES))
    assert table.heads == ("water", "green vegetation", "no class")
    water, green = table.rows
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


def test_a_lost_class_is_told_first_however_small() -> None:
    """As on a photograph that is nearly all vegetation: the weighted F1 is 0.996."""
    matrix = matrix_of({(1, 0): 4994, (1, 2): 3, (2, 0): 36749, (2, 2): 5_850_472})
    assert mistakes(matrix)[0] == "99.9 % of dry sediment is mapped as water"
    assert mistakes(matrix)[1] == "0.6 % of green vegetation is mapped as water"


@given(arrays(np.int64, (5, 6), elements=integers(0, 2000)))
def test_every_lost_class_is_told_and_no_found_one_before_it(counts: np.ndarray) -> None:
    matrix = ConfusionMatrix(counts, PUBLISHED_CLASSES)
    told = mistakes(matrix)
    lost = {held.name for held in matrix.classes if held.support >= 300 and held.recall < 0.5}
    before = [re.sub(r".* % of (.*?) (is mapped as|has no) .*", r"\1", text) for text in told]
    assert set(before[: len(lost)]) == lost
    assert len(told) <= max(3, len(lost))
    assert len(set(told)) == len(told)


def test_an_image_whose_class_is_lost_has_a_low_mean() -> None:
    matrix = matrix_of({(1, 0): 500, (2, 2): 99_500})
    facts = image_facts(image_of("a_1", matrix), PUBLISHED_CLASSES.names)
    assert facts.f1["CSC"] > 0.99
    assert facts.f1["mean"] == facts.to_dict()["f1"]["mean"] == 0.5


def test_intervals_tell_how_many_images_hold_a_class() -> None:
    """Nine images: each holds water, one sediment, two vegetation."""
    only = matrix_of({(0, 0): 90, (0, 1): 10})
    images = [image_of(f"a_{place}", only) for place in range(6)]
    images.append(image_of("b_1", only + matrix_of({(1, 1): 50})))
    images.append(image_of("b_2", only + matrix_of({(2, 2): 50})))
    images.append(image_of("b_3", only + matrix_of({(2, 2): 50, (2, 0): 9})))
    found = scores(run_of(images))
    assert found is not None
    cells = {texts[0]: texts for _, texts in found.classes}
    assert [cells[name][-1] for name in cells] == ["in 9 images", "in 1 image", "in 2 images"]
    assert cells["dry sediment"][3] == ""
    low, high = (float(text) for text in cells["green vegetation"][3].split(" to "))
    assert 0.9 < low < high <= 1


def test_time_is_that_of_the_clock_not_of_stages_that_overlap(tmp_path: Path) -> None:
    run = example(tmp_path).run
    image = replace(run.images[0], seconds={"phase 1": 50.0, "write": 20.0, "total": 60.0})
    assert image_facts(image, run.scheme.names).section["time"] == "1 min 0 s"
    unknown = replace(image, seconds={"phase 1": 50.0})
    assert image_facts(unknown, run.scheme.names).section["time"] == ""
    assert working_time(replace(run, images=(image, image))) == "2 min 0 s"
    assert working_time(replace(run, images=(image, unknown))) == ""
    assert working_time(replace(run, images=())) == ""


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
