from pathlib import Path

from riverscape.execution import Products

ALL = {
    "CLASS_CSC_Alder_0001.tif",
    "CLASS_CNN_Alder_0001.tif",
    "CNN_Alder_0001.csv",
    "CSC_Alder_0001.csv",
    "FIGURE_Alder_0001.png",
}


def names(products: Products) -> set[str]:
    return {path.name for path in products.files}


def test_scores_need_labels_and_a_figure_may_be_left_out(tmp_path: Path) -> None:
    whole = Products(tmp_path, "Alder_0001", labelled=True, figures=True)
    bare = Products(tmp_path, "Alder_0001", labelled=False, figures=False)
    assert names(whole) == ALL
    assert names(bare) == {"CLASS_CSC_Alder_0001.tif", "CLASS_CNN_Alder_0001.tif"}
    assert {path.parent for path in whole.files} == {tmp_path}


def test_products_are_whole_once_every_file_stands(tmp_path: Path) -> None:
    products = Products(tmp_path, "Alder_0001", labelled=True, figures=True)
    for path in products.files:
        assert not products.whole
        path.touch()
    assert products.whole


def test_only_what_this_run_does_not_make_is_stale(tmp_path: Path) -> None:
    for path in Products(tmp_path, "Alder_0001", labelled=True, figures=True).files:
        path.touch()
    (tmp_path / "CSC_Alder_0002.csv").touch()
    Products(tmp_path, "Alder_0001", labelled=False, figures=True).clear_stale()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == ALL - {"CNN_Alder_0001.csv", "CSC_Alder_0001.csv"} | {"CSC_Alder_0002.csv"}
