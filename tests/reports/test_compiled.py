"""The compiled table holds every score once, and says whose it is."""

import re
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from riverscape.assessment import RunResults
from riverscape.errors import InputError
from riverscape.reports.compiled import compiled_table, save_compiled
from riverscape.reports.experiments import experiment_names
from tests.reports.made_runs import image_of, matrix_of, run_of

# 60 of 100 px of water are right, the others taken for vegetation, of which there are 300.
_CSC = matrix_of({(0, 0): 60, (0, 2): 40, (2, 2): 300})
_CNN = matrix_of({(0, 0): 50, (0, 2): 50, (2, 2): 299, (2, 1): 1})


def _run(folder: str | Path = "maps") -> RunResults:
    names = ("Alder_1", "Alder_2", "Heron_1")
    return run_of([image_of(name, _CSC, _CNN) for name in names], folder)


def test_a_row_for_each_class_and_map_with_the_original_columns_first() -> None:
    table = compiled_table([_run()])
    assert list(table.columns[:8]) == [
        *("class", "f1_score", "support", "RiverName"),
        *("Image", "type", "experiment", "model"),
    ]
    assert table["type"].unique().tolist() == ["CNN", "logistic"]
    one = table[(table["Image"] == "Alder_2") & (table["type"] == "logistic")]
    assert one["class"].tolist() == ["water", "green vegetation", "ALL"]
    assert one["support"].tolist() == [100, 300, 400]
    assert set(one["RiverName"]) == {"Alder"}
    assert set(table["experiment"]) == {"maps"}
    assert set(table["model"]) == {"ste-marguerite"}
    assert len(table) == 3 * (3 + 4)


def test_scores_are_in_per_cent() -> None:
    table = compiled_table([_run()])
    water = table[(table["type"] == "logistic") & (table["class"] == "water")].iloc[0]
    assert water["precision"] == 100
    assert water["recall"] == water["IoU"] == 60
    assert water["f1_score"] == 75
    assert water["share"] == 25
    assert np.isnan(water["kappa"])


def test_the_row_of_all_classes_is_the_matrix_itself() -> None:
    table = compiled_table([_run()])
    row = table[(table["class"] == "ALL") & (table["type"] == "logistic")].iloc[0]
    summary, scores = _CSC.summary(), _CSC.scores().iloc[-1]
    for name in ("precision", "recall", "f1_score"):
        assert row[name] == pytest.approx(100 * scores[name])
    assert row["f1_score"] == pytest.approx(100 * summary["f1_weighted"])
    assert row["f1_macro"] == pytest.approx(100 * summary["f1_macro"])
    assert row["IoU_macro"] == pytest.approx(100 * summary["iou_macro"])
    assert row["accuracy"] == pytest.approx(90)
    assert row["kappa"] == pytest.approx(summary["kappa"])
    assert (row["support"], row["share"]) == (400, 100)


def test_what_only_the_map_holds_has_no_support_and_no_score() -> None:
    """A plot of the table shows no images that score zero where there was nothing to score."""
    table = compiled_table([_run()])
    wrong = table[table["class"] == "dry sediment"]
    assert wrong["type"].tolist() == ["CNN"] * 3
    assert wrong["support"].tolist() == wrong["precision"].tolist() == [0] * 3
    assert wrong[["f1_score", "recall", "IoU"]].isna().all(axis=None)
    scored = table[table["support"] > 0]
    assert scored[["f1_score", "recall", "IoU"]].notna().all(axis=None)


def test_a_class_that_is_lost_scores_zero() -> None:
    table = compiled_table([run_of([image_of("Alder_1", matrix_of({(0, 1): 9}))])])
    water = table[table["class"] == "water"]
    assert water["f1_score"].tolist() == water["recall"].tolist() == [0, 0]


def test_images_without_labels_have_no_rows() -> None:
    empty = image_of("Alder_9", matrix_of({}))
    run = run_of([image_of("Alder_1", _CSC), image_of("Alder_2"), empty])
    assert compiled_table([run])["Image"].unique().tolist() == ["Alder_1"]


def test_a_run_without_any_labels_is_told_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^survey: no image was classified with labels.*--labels"):
        compiled_table([run_of([image_of("Alder_1")], "survey")])


def test_runs_of_folders_of_one_name_stay_apart(tmp_path: Path) -> None:
    runs = [_run(tmp_path / year / "maps") for year in ("2016", "2019")]
    assert experiment_names(runs) == ("2016/maps", "2019/maps")
    table = compiled_table(runs)
    assert table.groupby("experiment").size().tolist() == [21, 21]
    assert not table.duplicated(["experiment", "Image", "type", "class"]).any()


def test_both_files_hold_the_table(tmp_path: Path) -> None:
    table = compiled_table([_run()])
    csv, parquet = save_compiled(table, tmp_path)
    assert (csv.name, parquet.name) == ("compiled.csv", "compiled.parquet")
    read = pd.read_parquet(parquet)
    pd.testing.assert_frame_equal(read, table, check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_csv(csv), read, check_dtype=False, atol=1e-6)
    assert read["support"].dtype == np.int64
    assert sorted(path.name for path in tmp_path.iterdir()) == [csv.name, parquet.name]


def test_seaborn_draws_violins_by_the_original_column_names(tmp_path: Path) -> None:
    # Seaborn imports parts of its own that warn of their age.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seaborn = pytest.importorskip("seaborn")
    mpl.use("Agg")
    csv, _ = save_compiled(compiled_table([_run()]), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = seaborn.violinplot(
            data=pd.read_csv(csv), x="class", y="f1_score", hue="type", split=True
        )
    drawn = {re.sub(r"\s+", " ", tick.get_text()) for tick in axes.get_xticklabels()}
    assert drawn == {"water", "green vegetation", "dry sediment", "ALL"}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["CNN", "logistic"]
    axes.figure.clear()
