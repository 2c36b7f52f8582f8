"""Tables for the terminal, of few images and of many."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from riverscape.assessment import ConfusionMatrix
from riverscape.cli.results import say_run
from riverscape.cli.tables import MOST_ROWS, assessment_table, image_table, left_out, print_table
from riverscape.execution import ImageResult, Products, SurveyRun
from riverscape.labels import PUBLISHED_CLASSES


def matrix(right: int, of: int = 100) -> ConfusionMatrix:
    """Return the matrix of a map in which so many pixels of water are right."""
    counts = np.zeros((5, 6), np.int64)
    counts[0, 0], counts[0, 1] = right, of - right
    return ConfusionMatrix(counts, PUBLISHED_CLASSES)


def result(name: str, right: int | None) -> ImageResult:
    products = Products(Path("maps"), name, labelled=right is not None, figures=False)
    pixels = {"water": 100}
    found = ImageResult(products, {"read": 9.0, "total": 1.25}, (), pixels)
    return found if right is None else replace(found, cnn=matrix(50), csc=matrix(right))


def rows(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_few_images_stand_by_name_with_their_mean(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(image_table({"b_1": result("b_1", 90), "a_1": result("a_1", 80)}))
    head, first, second, mean = rows(capsys)
    assert head[:6] == ["image", "F1", "CNN", "F1", "CSC", "seconds"]
    assert [first[0], second[0], mean[0]] == ["a_1", "b_1", "mean"]
    assert first[1:4] == ["0.6667", "0.8889", "1.25"]


def test_of_many_the_worst_stand_first_and_the_mean_is_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = {f"a_{right:03}": result(f"a_{right:03}", right) for right in range(1, 61)}
    print_table(image_table(results))
    _, *shown, mean = rows(capsys)
    assert [row[0] for row in shown] == [f"a_{right:03}" for right in range(1, MOST_ROWS + 1)]
    f1 = [one.csc.f1_weighted for one in results.values() if one.csc]
    assert float(mean[2]) == pytest.approx(np.mean(f1), abs=1e-4)


def test_the_mean_is_of_the_images_that_have_labelled_pixels(
    capsys: pytest.CaptureFixture[str],
) -> None:
    blank = replace(result("a_1", 80), cnn=matrix(0, 0), csc=matrix(0, 0))
    print_table(image_table({"a_1": blank, "b_1": result("b_1", 90)}))
    _, first, second, mean = rows(capsys)
    assert first[1:3] == ["-", "-"]
    assert mean[1:3] == second[1:3]


def test_images_without_scores_come_after_those_with(capsys: pytest.CaptureFixture[str]) -> None:
    results = {f"a_{n:03}": result(f"a_{n:03}", None if n < 30 else 90) for n in range(40)}
    print_table(image_table(results))
    _, *shown, _ = rows(capsys)
    names = [row[0] for row in shown]
    assert names == [f"a_{n:03}" for n in (*range(30, 40), *range(10))]


def test_how_many_are_left_out_is_said_and_where_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    many = {f"a_{n:03}": result(f"a_{n:03}", 90) for n in range(MOST_ROWS + 1)}
    say_run(SurveyRun(Path("run.json"), many), Path("maps"), Path("maps/report.html"))
    out = capsys.readouterr().out
    assert "... and 1 more; run.json and the CSV files hold them all\n" in out
    assert out.endswith("the report is maps/report.html\n")
    many.pop("a_000")
    say_run(SurveyRun(Path("run.json"), many), Path("maps"))
    out = capsys.readouterr().out
    assert "more;" not in out
    assert "report" not in out


def test_maps_that_are_assessed_are_shown_as_images_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(assessment_table({f"a_{right:03}": matrix(right) for right in range(60, 0, -1)}))
    _, *shown = rows(capsys)
    assert [row[0] for row in shown] == [f"a_{right:03}" for right in range(1, MOST_ROWS + 1)]
    assert shown[-1][1:] == ["0.3333", "0.3333", "0.2000", "0.0000", "100"]
    assert left_out(60, "x") == "... and 40 more; x"
